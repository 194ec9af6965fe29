"""Brought more than it can take it refuses the rest at once, keeps its memory, and loses nothing that it has taken.

``OPPORTUNE_OVERLOAD`` says for how many seconds (120 % of what was measured; a short one brings four times as much, so
that it comes to refusals at all); with ``LEDGER=1`` what came of it is summed.
"""

import asyncio
import os
from collections import Counter
from pathlib import Path

import pytest

from opportune.adapters.stores.reading import SqliteHistory
from opportune.events.event import Event
from tests.faults import ledger
from tests.faults.killing import ground
from tests.faults.overload import BATCH, PLAYBOOK, Overloaded, overloaded
from tests.faults.sums import taken

SECONDS = float(os.environ.get("OPPORTUNE_OVERLOAD", "4"))
SEED = os.environ.get("OPPORTUNE_SEED", "1")
TIMES = 1.2 if SECONDS >= 60 else 4.0
MOST_MEMORY = 800_000_000
"""Bytes. 50,000 events may wait, and 64 MB of bodies; a million ids are held one by one."""


@pytest.mark.needs("smtp")
def test_an_overload_is_refused_and_nothing_that_was_taken_is_lost(tmp_path: Path) -> None:
    found: list[Overloaded] = []

    async def living() -> list[dict[str, object]]:
        async with ground(tmp_path, SEED, PLAYBOOK) as place:

            async def until() -> None:
                assert place.process is not None
                found.append(await overloaded(place, place.process.pid, seconds=SECONDS, times=TIMES))

            await place.last(until)
            return place.notes

    notes = asyncio.run(living())
    (told,) = found
    print(told)
    assert set(told.crowd.statuses) <= {200, 429}
    assert max(sample.resident for sample in told.samples) < MOST_MEMORY
    history = SqliteHistory(tmp_path / "town.db")
    batches = Counter(
        int(entry.id.split("-")[1]) for entry in history.log() if isinstance(entry, Event) and entry.id.startswith("o-")
    )
    history.close()
    lost = [number for number in told.crowd.accepted if batches[number] < BATCH]
    assert lost == []
    assert batches.keys() == told.crowd.accepted, "nothing of what was refused was taken"
    assert set(batches.values()) == {BATCH}
    mails = Counter(str(note["key"]) for note in taken([note for note in notes if note["kind"] == "mail"]))
    assert max(mails.values(), default=1) == 1
    if os.environ.get("LEDGER"):
        seconds = round(told.samples[-1].seconds)
        counts = {"refused": told.crowd.statuses[429] * BATCH, "lost_acknowledged": len(lost), "mails": len(mails)}
        ledger.add("overload", {"seconds": seconds, "acknowledged": len(told.crowd.accepted) * BATCH} | counts)
