"""The one command finds what any of the checkers finds."""

import shutil
import subprocess
from pathlib import Path

from tools.check import ROOT, offences

PLANTED = """
def planted(duration: int) -> int:
    if duration:
        if duration > 1:
            if duration > 2:
                if duration > 3:
                    print(duration)
    return hash(duration)  # type: ignore
"""


def tree(root: Path) -> Path:
    subprocess.run(["git", "init", "--quiet", str(root)], check=True)
    (root / "docs").mkdir()
    shutil.copy(ROOT / "docs" / "glossary.md", root / "docs" / "glossary.md")
    (root / "src" / "opportune" / "policies").mkdir(parents=True)
    return root


def test_every_checker_is_asked(tmp_path: Path) -> None:
    root = tree(tmp_path)
    (root / "src" / "opportune" / "policies" / "planted.py").write_text(PLANTED)
    (root / "heavy.bin").write_bytes(b"\xff" * 1_000_001)
    (root / "notes.md").write_text("/tm" + "p/x\n")
    (root / "broken.py").write_text("def (\n")
    found = {checker for checker, _ in offences(root)}
    assert found == {"addresses", "hash", "sizes", "syntax", "types", "weight", "words", "world"}


def test_a_clean_tree_has_no_offence(tmp_path: Path) -> None:
    root = tree(tmp_path)
    (root / "src" / "opportune" / "policies" / "holdout.py").write_text('"""Clean."""\n')
    assert list(offences(root)) == []
