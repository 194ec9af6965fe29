"""The page on publishing a change, followed from its first line to its last, with a port of its own."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PAGE = (Path(__file__).parents[2] / "docs" / "howto" / "publish-a-change.md").read_text()
PARTS = re.compile(r"(?P<before>[^`]*(?:`[^`\n]+`[^`]*)*)```(?P<kind>\w+)\n(?P<text>.*?)```", re.DOTALL)
COMMAND = re.compile(r"(?m)^(opportune (?:publish|pause|resume|rollback|publications)\b.*)$")
HASH = re.compile(r"\b[0-9a-f]{16}\b")


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def running(text: str, folder: Path, environment: dict[str, str], port: int) -> Iterator[None]:
    """The engine of the page, from when it listens on."""
    engine = subprocess.Popen(
        ["sh", "-ec", f"exec {text.strip()} --port {port}"],
        cwd=folder, env=environment, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    try:
        assert engine.stdout is not None
        while not (line := engine.stdout.readline()).startswith("Ctrl-C"):
            assert line, "the engine does not start"
        yield
    finally:
        engine.terminate()
        assert engine.wait(30) == 0
        engine.stdout.close()


def steps() -> Iterator[tuple[str, str, str]]:
    """Each block with its kind and the last file that is named before it."""
    for found in PARTS.finditer(PAGE):
        named = re.findall(r"`([\w./]+\.yaml)`", found["before"])
        yield found["kind"], found["text"], named[-1] if named else ""


def test_the_page_can_be_followed(tmp_path: Path) -> None:
    folder, port = str(Path(sys.executable).parent), free_port()
    environment = {"PATH": os.pathsep.join((folder, os.defpath)), "HOME": str(tmp_path)}
    blocks = iter(steps())
    for kind, text, file in blocks:
        if text.startswith("opportune run"):
            with running(text, tmp_path, environment, port):
                told = follow(blocks, tmp_path, environment, port)
            break
        done(kind, text, file, tmp_path, environment)
    assert told == 2
    environment["OPPORTUNE_ADMIN_KEY"] = ""
    listed = subprocess.run(
        ["opportune", "publications"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert len(listed.stdout.splitlines()) == 7


def follow(blocks: Iterator[tuple[str, str, str]], folder: Path, environment: dict[str, str], port: int) -> int:
    """Does what the rest of the page says; how many of its texts were the answer."""
    said, told = "", 0
    for kind, text, file in blocks:
        if kind == "text":
            assert HASH.sub("*", said) == HASH.sub("*", text)
            told += 1
            continue
        spoken = COMMAND.sub(rf"\1 --url http://127.0.0.1:{port}", text).replace(":8080", f":{port}")
        said = done(kind, spoken, file, folder, environment)
    return told


def done(kind: str, text: str, file: str, folder: Path, environment: dict[str, str]) -> str:
    """What is said when this is done."""
    if kind != "sh":
        (folder / file).write_text(text)
        return ""
    answered = subprocess.run(
        ["sh", "-ec", text], cwd=folder, env=environment, capture_output=True, text=True, timeout=60, check=False
    )
    assert answered.returncode == 0, f"{text}{answered.stdout}{answered.stderr}"
    return answered.stdout
