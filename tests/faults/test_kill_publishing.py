"""Killed before any of the things that a publication does to the disk, one of both playbooks is in force, and whole."""

import json
import subprocess
import sys
from pathlib import Path

from tests.faults.killing import ROOT

USERS = ["u0", "u1", "u2", "u3"]
OLD = {"is_new": False, "listed": 1, "decided": [], "waiting": USERS, "counted": [], "differences": 0}
NEW = {"is_new": True, "listed": 2, "decided": USERS, "waiting": [], "counted": USERS, "differences": 0}


def test_killed_anywhere_while_it_publishes_the_engine_has_the_old_playbook_or_the_new_one(tmp_path: Path) -> None:
    child = [sys.executable, "-m", "tests.faults.publishing_child", str(tmp_path), "0", "1"]
    said = subprocess.run(child, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    kills = [json.loads(line) for line in said.splitlines()]
    places = [each.pop("before") for each in kills]
    assert places == list(range(1, len(kills) + 1))
    assert len(kills) > 15
    first_new = kills.index(NEW)
    assert kills == [OLD] * first_new + [NEW] * (len(kills) - first_new)
    assert first_new > 10
