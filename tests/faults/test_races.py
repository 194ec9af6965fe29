"""A stop that was answered holds: no call to a provider begins after the answer, however close the two are.

``OPPORTUNE_RACES`` says how many; ``OPPORTUNE_SEED`` how they are timed; with ``LEDGER=1`` they are summed.
"""

import asyncio
import os
import selectors
import sys
from pathlib import Path
from random import Random

import pytest

from opportune.adapters.sources.unsubscribe import Links
from opportune.adapters.stores.reading import SqliteHistory
from opportune.adapters.stores.secret import secret_of
from opportune.wiring.replay import replay
from tests.faults import ledger
from tests.faults.killing import Ground, free_port, laid
from tests.faults.races import PLAYBOOK, RACERS, CallSink, Course, MailSink, Race, summed
from tests.faults.stamped import stamping

RACES = int(os.environ.get("OPPORTUNE_RACES", "300"))
SEED = os.environ.get("OPPORTUNE_SEED", "1")


async def run(folder: Path) -> dict[str, Race]:
    """All races, each ended one way or the other."""
    races: dict[str, Race] = {}
    mail, web = MailSink(races), CallSink(races)
    laid(folder, PLAYBOOK)
    place = Ground(folder, Random(SEED), mail.port, web.port, free_port())

    async def until() -> None:
        links = Links(f"http://127.0.0.1:{place.port}", secret_of(place.store))
        course = Course(place.port, links, races, Random(SEED))
        for number in range(RACES):
            course.numbers.put_nowait(number)
        await asyncio.gather(*(course.racer() for _ in range(RACERS)))

    try:
        async with stamping():
            await place.last(until)
    finally:
        await place.bury()
        mail.close()
        web.close()
    return races


@pytest.mark.skipif(sys.platform != "linux", reason="needs linux: stamps of its kernel")
def test_no_call_begins_after_a_stop_was_answered(tmp_path: Path) -> None:
    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(selectors.SelectSelector())) as runner:
        races = runner.run(run(tmp_path))
    found = summed(list(races.values()))
    print(found)
    broken = [(race.user, race.mood, (race.began or 0) - race.answered) for race in races.values() if race.is_broken]
    assert broken == []
    assert found["races"] == RACES
    assert all(race.began is None for race in races.values() if race.mood == "held")
    assert all(race.began is not None for race in races.values() if race.mood == "sent")
    history = SqliteHistory(tmp_path / "town.db")
    sent = {row.claim.attempt.user for row in history.outbox() if row.stage == "sent"}
    staying = [race for race in races.values() if race.mood != "erase"]
    assert sent == {race.user for race in staying if race.began is not None}
    assert replay(history).differences == []
    history.close()
    if os.environ.get("LEDGER"):
        ledger.add("races", found)
