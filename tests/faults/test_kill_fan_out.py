"""Killed while users are told of an item: whoever it concerns is told by one life or another, and nobody twice."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

from opportune.adapters.stores.reading import SqliteHistory
from opportune.events.event import Event
from opportune.events.names import PRICE_DROPPED
from opportune.wiring.replay import replay
from tests.faults.fan_out_child import USERS

LIVES = (1, 7, 20, 0)
"""How many users each life tells before it is killed; the last one is not."""


def lived(path: Path, left: int) -> int:
    child = [sys.executable, "-m", "tests.faults.fan_out_child", str(path), str(left)]
    return subprocess.run(child, check=False, timeout=60, capture_output=True).returncode


def test_everybody_hears_once_however_often_the_engine_is_killed(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    assert [lived(path, left) for left in LIVES] == [-9] * len(LIVES)
    assert lived(path, -1) == 0
    history = SqliteHistory(path)
    try:
        told = Counter(each.user for each in history.log() if isinstance(each, Event) and each.name == PRICE_DROPPED)
        assert told == dict.fromkeys((f"u{number}" for number in range(USERS)), 1)
        assert len(list(history.decisions())) == USERS
        assert replay(history).differences == []
    finally:
        history.close()
