"""The whole engine, killed again and again while people and providers go on: nothing is lost, nothing comes twice.

``OPPORTUNE_KILLS`` says how many lives end by force, in all; ``OPPORTUNE_SEED`` which moments are chosen; with
``LEDGER=1`` what came of them is summed.
"""

import asyncio
import os
from pathlib import Path

import pytest

from opportune.adapters.stores.reading import SqliteHistory
from tests.faults import ledger
from tests.faults.book import Book
from tests.faults.deed_sums import DeedSums
from tests.faults.deeds import Deeds
from tests.faults.killing import ground
from tests.faults.sums import Sums
from tests.faults.town import KILLED, Town, lived

KILLS = int(os.environ.get("OPPORTUNE_KILLS", "60" if os.environ.get("CI") else "20"))
SEED = os.environ.get("OPPORTUNE_SEED", "1")
TOWNS = max(4, KILLS // 40)
CALLED = max(1, KILLS // 400)
"""Towns in which every message is a call."""


ON_WEBHOOK = {name: text.replace("channels: [email]", "channels: [webhook]") for name, text in KILLED.items()}


def survived(folder: Path, seed: str, playbook: dict[str, str], kills: int) -> Sums:
    """What so many kills have left; raises AssertionError if something was lost, or came twice."""
    book = Book(folder / "town.db")

    async def living() -> tuple[Town, Deeds]:
        async with ground(folder, seed, playbook) as place:
            return await lived(place, book, kills)

    town, deeds = asyncio.run(living())
    history = SqliteHistory(book.path)
    try:
        found = Sums(town, book, history)
        print(f"seed {seed}: {found.all_hold()}")
        print(DeedSums(found, deeds).all_hold())
    finally:
        history.close()
    assert town.ground.lives == kills + 1
    if os.environ.get("LEDGER"):
        ledger.add("kills", found.figures() | deeds.figures())
    return found


@pytest.mark.needs("smtp")
@pytest.mark.parametrize("number", range(TOWNS))
def test_killed_at_random_moments_it_loses_nothing_and_sends_nothing_twice(tmp_path: Path, number: int) -> None:
    found = survived(tmp_path, f"{SEED}-{number}", KILLED, (KILLS + number) // TOWNS)
    assert len(found.mails) > 5


@pytest.mark.needs("smtp")
@pytest.mark.parametrize("number", range(CALLED))
def test_a_target_that_knows_repeats_gets_each_message_again_until_it_answers_and_acts_once(
    tmp_path: Path, number: int
) -> None:
    found = survived(tmp_path, f"{SEED}-webhook-{number}", ON_WEBHOOK, max(KILLS // CALLED // 10, 3))
    assert any(note["is_repeat"] for note in found.calls)
