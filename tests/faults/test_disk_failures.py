"""Whatever the disk refuses: the engine goes on, or ends in plain words; nothing acknowledged is lost, nothing doubled.

``make failures`` lets everything fail that a run does to its files, one after the other.
"""

import asyncio
from pathlib import Path

import pytest

from tests.faults.failures import Failure, Ways, all_failures, tried, tried_all
from tests.faults.images import scratch
from tests.faults.recording import recorder
from tests.faults.surviving import Fault

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


def after_all_syncs_from(place: str, number: int, planted: str = "") -> list[Fault]:
    """What is wrong if the disk refuses every sync from this one on, and is then mended."""
    found = tried(Ways(recorder(Path(place)), "1", planted), Failure("sync", number, "+:EIO"))
    assert found.is_reached
    return found.faults


@pytest.mark.needs("smtp")
def test_after_a_failed_sync_the_next_life_does_not_build_on_what_is_not_on_the_disk() -> None:
    """The commit stays in the log beside the file, and the machine only believes to have written it.

    It must be written again, or the next power cut takes what follows it: without that it is found out.
    """
    with scratch() as place:
        assert after_all_syncs_from(place, 40) == []
        assert any(after_all_syncs_from(place, number, "trusting") for number in (40, 38, 43))
