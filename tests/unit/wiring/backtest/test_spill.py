"""Entries on disk by user."""

from pathlib import Path

import pytest

from opportune.errors import Unavailable
from opportune.events.event import Event, Merged
from opportune.wiring.backtest.entry import Entry, Linked
from opportune.wiring.backtest.spill import BLOCK, Spill, add_to, drop, partition_of, spilled

ENTRIES: list[Entry] = [
    *(Event(f"e{place}", "ann", "Seen", place, place, place) for place in range(2 * BLOCK + 3)),
    Linked("l", "dev", "ann", 5, 6),
    Merged("ann", "dev", 7, 8),
]


def test_what_was_put_comes_back_in_its_order(tmp_path: Path) -> None:
    for writer in (0, 1):
        spill = Spill(tmp_path, "part", writer, 3)
        for entry in ENTRIES:
            spill.put(1, entry)
        spill.flush()
    assert list(spilled(tmp_path, "part", 1)) == ENTRIES * 2
    assert list(spilled(tmp_path, "part", 0)) == []
    drop(tmp_path, "part", 1)
    assert list(tmp_path.iterdir()) == []


def test_a_user_is_always_in_the_same_partition() -> None:
    assert [partition_of(user, 7) for user in ("ann", "bob", "zoë")] == [5, 2, 6]


def test_a_full_disk_is_told_with_its_remedy() -> None:
    with pytest.raises(Unavailable, match="/dev: the disk is full; make room, or name a folder on another disk"):
        add_to(Path("/dev/full"), b"block")


def test_a_folder_that_may_not_be_written_is_told() -> None:
    with pytest.raises(Unavailable, match=r"/proc: .*name another folder with --scratch"):
        add_to(Path("/proc/none"), b"block")
