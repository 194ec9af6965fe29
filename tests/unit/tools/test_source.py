"""The files a checker looks at are those that are, or could be, committed."""

import subprocess
from pathlib import Path

import pytest

from tools.source import Source, files_of, texts_of


def test_new_files_are_looked_at_and_those_git_ignores_are_not(tmp_path: Path) -> None:
    subprocess.run(["git", "init", "--quiet", str(tmp_path)], check=True)
    (tmp_path / ".gitignore").write_text("ignored\n")
    (tmp_path / "ignored").write_text("x")
    (tmp_path / "new").write_text("x")
    assert files_of(tmp_path) == [".gitignore", "new"]


def test_a_file_that_is_no_text_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "picture").write_bytes(b"\xff\xfe\x00")
    (tmp_path / "words").write_text("x")
    assert [source.path for source in texts_of(tmp_path, ["picture", "words"])] == ["words"]


@pytest.mark.parametrize(
    ("path", "package", "is_pure"),
    [
        ("src/opportune/policies/holdout.py", "policies", True),
        ("src/opportune/wiring/cli/run.py", "wiring", False),
        ("src/opportune/engine.py", "", False),
        ("tests/unit/policies/test_holdout.py", "", False),
    ],
)
def test_a_path_tells_the_package_and_whether_it_is_pure(path: str, package: str, is_pure: bool) -> None:
    source = Source(path, "")
    assert (source.package, source.is_pure) == (package, is_pure)
