"""Killed while a user is being forgotten: once the erasure was answered, nothing of the user is told, sent or left."""

import asyncio
import json
import os
from pathlib import Path

import pytest

from opportune.adapters.stores.overwriting import is_pending
from opportune.adapters.stores.reading import SqliteHistory
from opportune.adapters.stores.schema import open_to_read
from opportune.events.event import Event
from opportune.wiring.replay import replay
from tests.faults import ledger
from tests.faults.killing import Ground, ground, milliseconds
from tests.faults.pausing import pause
from tests.faults.test_kill import KILLS, SEED
from tests.faults.town import PLAYBOOK
from tests.stories.test_erase import traces

ERASING = min(max(KILLS // 10, 3), 50)
"""Lives that end by force, in each of the two."""
ROWS = 240
"""Log rows with the user in them, so that overwriting takes many transactions."""
CANARY = "canary-4711"
ADDRESS = "canary-4711@private.example"


async def told(place: Ground, row: int) -> None:
    """One log row about the user and somebody else."""
    cart = {"cart_id": f"c{row // 8}", "note": f"for {ADDRESS}"}
    calls = [
        {"type": "identify", "userId": CANARY, "traits": {"email": ADDRESS}, "messageId": f"i{row}"},
        {"type": "track", "event": "Cart Updated", "userId": CANARY, "properties": cart, "messageId": f"m{row}"},
        {"type": "track", "event": "Cart Updated", "userId": f"user-{row}", "properties": {}, "messageId": f"o{row}"},
    ]
    await place.insist("POST", "/v1/batch", json.dumps({"batch": calls}).encode())


async def lived(place: Ground, kills: int) -> float:
    """When the erasure was answered; the engine was killed so often before, meanwhile and afterwards."""
    answered = 0.0

    async def people() -> None:
        nonlocal answered
        await asyncio.gather(*(told_all(place, each) for each in range(4)))
        await place.insist("DELETE", f"/v1/users/{CANARY}", key="ak")
        answered = milliseconds()
        place.told("erased")

    talking = asyncio.create_task(people())
    for _ in range(kills):
        await place.lived()
        if answered:
            nothing_is_told(place)

    async def until_clean() -> None:
        await talking
        nothing_is_told(place)
        while is_being_overwritten(place.store):
            await pause(0.02)

    await place.last(until_clean)
    return answered


async def told_all(place: Ground, first: int) -> None:
    for row in range(first, ROWS, 4):
        await told(place, row)
        place.told("acknowledged")


def nothing_is_told(place: Ground) -> None:
    history = SqliteHistory(place.store)
    assert list(history.events_of(CANARY)) == []
    assert history.decisions_of(CANARY) == []
    assert [row for row in history.outbox() if row.claim.attempt.user == CANARY] == []
    history.close()


def is_being_overwritten(path: Path) -> bool:
    connection = open_to_read(path)
    try:
        return is_pending(connection)
    finally:
        connection.close()


@pytest.mark.needs("smtp")
@pytest.mark.parametrize("number", range(2))
def test_killed_while_a_user_is_erased_nothing_of_the_user_is_left_in_the_end(tmp_path: Path, number: int) -> None:
    async def living() -> tuple[float, list[dict[str, object]]]:
        async with ground(tmp_path, f"{SEED}-erasing-{number}", PLAYBOOK) as place:
            place.moments = ("erased", "acknowledged", "line", "spawned")
            place.longest = 1.2
            return await lived(place, ERASING), place.notes

    answered, notes = asyncio.run(living())
    path = tmp_path / "town.db"
    left = traces(path, (CANARY, ADDRESS))
    assert left == []
    history = SqliteHistory(path)
    others = [entry.id for entry in history.log() if isinstance(entry, Event) and entry.id.startswith("o")]
    assert sorted(others) == sorted(f"o{row}" for row in range(ROWS))
    assert replay(history).differences == []
    history.close()
    late = [note for note in notes if note["kind"] == "mail" and note["to"] == ADDRESS]
    assert [note for note in late if float(str(note["asked"])) > answered] == []
    if os.environ.get("LEDGER"):
        ledger.add("kills_erasing", {"kills": ERASING, "traces": len(left)})
