"""A run that was meant to test everything fails when it tested less."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PLANTED = """
import pytest

@pytest.mark.needs("node")
def test_that_needs_node() -> None: ...

def test_that_passes() -> None: ...
"""
UNEXPLAINED = "import pytest\n\ndef test_that_says_nothing() -> None:\n    pytest.skip('not today')\n"


def outcome(folder: Path, text: str, require: str) -> subprocess.CompletedProcess[str]:
    """The run of one test file under our own conftest, on a machine without the Node clients."""
    shutil.copy(ROOT / "tests" / "conftest.py", folder / "conftest.py")
    (folder / "test_planted.py").write_text(text)
    world = {key: value for key, value in os.environ.items() if not key.startswith(("OPPORTUNE_", "PYTEST_"))}
    settings = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(folder), "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *settings, str(folder)]
    asked = {**world, "OPPORTUNE_REQUIRE": require}
    return subprocess.run(command, env=asked, cwd=folder, capture_output=True, text=True, check=False)


def test_what_was_skipped_is_told_with_its_reason(tmp_path: Path) -> None:
    run = outcome(tmp_path, PLANTED, "")
    assert run.returncode == 0
    assert "1 x needs node: " in run.stdout
    assert "test_planted.py::test_that_needs_node" in run.stdout


@pytest.mark.parametrize(("require", "code"), [("node", 1), ("smtp,node", 1), ("smtp", 0)])
def test_a_skip_for_want_of_what_is_required_fails_the_run(tmp_path: Path, require: str, code: int) -> None:
    assert outcome(tmp_path, PLANTED, require).returncode == code


def test_a_skip_that_names_no_need_fails_a_run_that_requires_anything(tmp_path: Path) -> None:
    assert outcome(tmp_path, UNEXPLAINED, "smtp").returncode == 1
    assert outcome(tmp_path, UNEXPLAINED, "").returncode == 0


def test_an_unknown_need_is_an_error(tmp_path: Path) -> None:
    run = outcome(tmp_path, PLANTED.replace("node", "nodes"), "")
    assert run.returncode == 1
    assert "it may be one of node" in run.stdout
