"""The tutorial on testing a playbook, followed from its first line to its last."""

import os
import re
import subprocess
import sys
from pathlib import Path

from tests.api.source_tree import ROOT

PAGE = (ROOT / "docs" / "tutorial" / "test-your-playbook.md").read_text("utf-8")
PARTS = re.compile(r"(?P<before>[^`]*(?:`[^`\n]+`[^`]*)*)```(?P<kind>\w+)\n(?P<text>.*?)```", re.DOTALL)
SECONDS = re.compile(r"in \d+\.\d\ds")


def said(text: str, folder: Path) -> str:
    """What the shell answers in this folder."""
    path = os.pathsep.join((str(Path(sys.executable).parent), os.defpath))
    environment = {"PATH": path, "HOME": str(folder), "COLUMNS": "80", "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(
        ["sh", "-ec", text], cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.stderr == ""
    return done.stdout


def test_the_tutorial_can_be_followed_and_answers_what_it_shows(tmp_path: Path) -> None:
    shown, compared, stories = "", 0, tmp_path / "shop" / "tests" / "test_stories.py"
    for found in PARTS.finditer(PAGE):
        named = re.findall(r"Write `([\w./]+\.py)`", found["before"])
        match found["kind"]:
            case "sh":
                shown = said(found["text"], tmp_path)
            case "text":
                assert SECONDS.sub("", shown).endswith(SECONDS.sub("", found["text"]))
                compared += 1
            case "python" if named:
                (tmp_path / named[-1]).write_text(found["text"])
            case "python":
                assert found["text"] in stories.read_text()
    assert compared == 3


def test_the_warning_that_is_shown_is_what_is_warned(tmp_path: Path) -> None:
    said("opportune init shop", tmp_path)
    (tmp_path / "test_it.py").write_text(
        "from opportune.testing import World\n\n\n"
        "def test_it():\n    World.of('shop').user('ann').does('Cart Updatd')\n"
    )
    (warning,) = re.findall(r"    (StoryWarning: .*)\n", PAGE)
    assert warning in said("pytest -q test_it.py", tmp_path)
