"""Killed before any of the things that its first start does to the disk, the next start is as good as the first."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.faults.killing import ROOT

SHARES = 3


@pytest.mark.parametrize("share", range(SHARES))
def test_killed_anywhere_in_its_first_start_the_engine_starts_again_and_sends(tmp_path: Path, share: int) -> None:
    child = [sys.executable, "-m", "tests.faults.starting_child", str(tmp_path), str(share), str(SHARES)]
    said = subprocess.run(child, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    kills = [json.loads(line) for line in said.splitlines()]
    assert len(kills) > 20
    assert [each["before"] for each in kills if each["again"] is None] == []
    assert [each["before"] for each in kills if each["again"]["held"] is not None] == []
    assert [each["before"] for each in kills if each["again"]["secret"] != 32] == []
    assert [each["again"]["known"] for each in kills] == sorted(each["again"]["known"] for each in kills)
