"""A real engine, started on what a power cut has left, until nothing is under way any more."""

import asyncio
from collections import Counter
from contextlib import closing
from pathlib import Path

from opportune.adapters.stores.reading import SqliteHistory
from opportune.sending.outbox import OPEN
from tests.faults.crash_images import Image
from tests.faults.killing import Ground
from tests.faults.pausing import pause
from tests.faults.recorded_town import ENGINE, grounds
from tests.faults.recording import Record
from tests.faults.sums import TAKEN
from tests.faults.surviving import STORE, Fault, faults_of, put
from tests.faults.truth import Truth

LONGEST = 8
"""Seconds."""


def came_to_rest(image: Image, folder: Path, truth: Truth, secret: bytes, seed: str) -> list[Fault]:
    """What was wrong in that life, and after it."""
    put(image, folder / "disk")
    record = Record(folder / "none", folder / "disk", folder / "trace")
    try:
        found = asyncio.run(_lived(folder, record, truth, seed))
    except (AssertionError, TimeoutError) as refusal:
        found = [Fault("wrong", f"{type(refusal).__name__}: {refusal}")]
    finally:
        record.close()
    return found + faults_of(folder / "disk" / STORE, truth, secret)


async def _lived(folder: Path, record: Record, truth: Truth, seed: str) -> list[Fault]:
    async with grounds(folder, seed, record) as ground, asyncio.timeout(60):
        ground.program = ENGINE
        life = await ground.spawned()
        watching = asyncio.create_task(ground.watch(life))
        await ground.opened(life)
        await _rest(ground)
        life.process.terminate()
        assert life.process.stdout is not None
        await life.process.stdout.read()
        assert await life.process.wait() == 0, life.errors
        await watching
        return _sent_again(ground, truth)


async def _rest(ground: Ground) -> None:
    """Until every attempt has been answered, or it is clear that some target does not answer."""
    end = asyncio.get_running_loop().time() + LONGEST
    while asyncio.get_running_loop().time() < end:
        with closing(SqliteHistory(ground.store)) as history:
            if not history.attempts(OPEN):
                return
        await pause(0.05)


def _sent_again(ground: Ground, truth: Truth) -> list[Fault]:
    """Mails that the provider had before the cut, or gets twice now."""
    mails = Counter(str(note["key"]) for note in ground.notes if note["kind"] == "mail" and note["mood"] in TAKEN)
    mails.update(mails.keys() & truth.given.keys())
    return [Fault("doubled", f"mail {key} was sent {count} times") for key, count in mails.items() if count > 1]
