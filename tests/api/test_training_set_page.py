"""The page on features and training sets, followed from its first line to its last."""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "feature-to-training-set.md").read_text()
PARTS = re.compile(r"(?P<before>[^`]*(?:`[^`\n]+`[^`]*)*)```(?P<kind>\w+)\n(?P<text>.*?)```", re.DOTALL)


def steps() -> Iterator[tuple[str, str, str]]:
    """Each block with its kind and the last file that is named before it."""
    for found in PARTS.finditer(PAGE):
        named = re.findall(r"`([\w./]+\.(?:ndjson|csv|yaml))`", found["before"])
        yield found["kind"], found["text"], named[-1] if named else ""


def test_the_page_can_be_followed(tmp_path: Path) -> None:
    folder = str(Path(sys.executable).parent)
    said, told = "", 0
    for kind, text, file in steps():
        match kind:
            case "sh" | "python":
                command = ["sh", "-ec", text] if kind == "sh" else [sys.executable, "-c", text]
                environment = {"PATH": os.pathsep.join((folder, os.defpath)), "HOME": str(tmp_path)}
                done = subprocess.run(
                    command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60, check=False
                )
                assert done.returncode == 0, f"{text}{done.stdout}{done.stderr}"
                said = done.stdout
            case "text":
                assert said == text
                told += 1
            case _:
                path = tmp_path / file
                assert file.endswith((kind, "yaml")), f"the page does not say where this goes: {text}"
                path.write_text((path.read_text() if path.exists() else "") + text)
    assert told == 3
    assert {path.name for path in tmp_path.iterdir()} >= {"training.parquet", "opportune.db"}
