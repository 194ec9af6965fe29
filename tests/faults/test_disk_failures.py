"""Whatever the disk refuses: the engine goes on, or ends in plain words; nothing acknowledged is lost, nothing doubled.

``make failures`` lets everything fail that a run does to its files, one after the other.
"""

import asyncio
from pathlib import Path

import pytest

from tests.faults.failures import Failure, Ways, all_failures, tried, tried_all
from tests.faults.images import scratch
from tests.faults.recording import recorder

SAMPLE = 8


@pytest.mark.needs("smtp")
def test_whatever_fails_on_the_disk_nothing_acknowledged_is_lost_and_nothing_is_sent_twice() -> None:
    with scratch() as place:
        ways = Ways(recorder(Path(place)), "1")
        failures = all_failures(ways, ("sync", "write", "open", "rename"))
        step = len(failures) // SAMPLE
        outcomes = asyncio.run(tried_all(ways, failures[step // 2 :: step], 2))
    assert [each.faults for each in outcomes if each.faults] == []
    assert sum(each.is_reached for each in outcomes) > SAMPLE // 2


@pytest.mark.needs("smtp")
@pytest.mark.parametrize(("planted", "is_found"), [("", False), ("trusting", True)])
def test_after_a_failed_sync_the_next_life_does_not_build_on_what_is_not_on_the_disk(
    planted: str, is_found: bool
) -> None:
    """The disk refuses every sync from one on, so that the commit stays in the log beside the file; then it is mended.

    What the machine only believes to have written must be written again, or the next power cut takes what follows it.
    """
    with scratch() as place:
        ways = Ways(recorder(Path(place)), "1", planted)
        found = tried(ways, Failure("sync", 40, "+:EIO"))
    assert found.is_reached
    assert bool(found.faults) == is_found, found.faults
