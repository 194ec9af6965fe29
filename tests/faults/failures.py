"""Lets the n-th write, sync, cut, opening, renaming or removal of a short run fail, and looks what becomes of it.

Usage: python -m tests.faults.failures [--every 4 --first 0] [--seed 1] [--workers 4] [--ledger].
Whatever fails, the engine either goes on correctly or ends with a plain word. Started again on a sound disk it has all
that was acknowledged, once, and sends nothing twice. After a sync that failed the machine believes that it has written
what it has not: a power cut later on must not find that out either.
"""

import argparse
import asyncio
import json
import sys
from collections import Counter
from collections.abc import Awaitable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from opportune.wiring.cli.exit_codes import OK, UNAVAILABLE
from tests.faults import ledger
from tests.faults.crash_images import Disk
from tests.faults.images import scratch
from tests.faults.killing import Ground, Life
from tests.faults.recorded_town import Town, ended, grounds, program
from tests.faults.recording import Note, Record, counted, recorder
from tests.faults.sums import TAKEN
from tests.faults.surviving import STORE, Fault, faults_of, put
from tests.faults.truth import Truth

HOWS: Final = {
    "sync": ("EIO", "ENOSPC", "+:EIO"),
    "write": ("EIO", "ENOSPC", "+:ENOSPC", "short", "+:EIO"),
    "truncate": ("EIO",),
    "open": ("EIO", "ENOSPC", "+:EIO"),
    "rename": ("EIO", "ENOSPC"),
    "unlink": ("EIO",),
}
"""By turns; with a plus everything from the n-th on."""
SIZE: Final = 10
PATIENCE: Final = 120
"""Seconds for both lives together."""
CUTS: Final = 6
"""Cuts after a failed sync."""


@dataclass(frozen=True)
class Failure:
    """What shall fail."""

    kind: str
    n: int
    how: str

    @property
    def error(self) -> str:
        return self.how.removeprefix("+:")

    @property
    def spec(self) -> str:
        return f"{self.kind}:{self.n}{'+' if self.how.startswith('+') else ''}:{self.error}"


@dataclass(frozen=True)
class Ways:
    """What is the same for all failures."""

    library: Path
    seed: str
    planted: str = ""


@dataclass
class Outcome:
    """What one failure has come to."""

    failure: Failure
    is_reached: bool = False
    end: str = ""
    """How the first life has ended: ``never began``, ``ended itself`` or ``went on``."""
    faults: list[Fault] = field(default_factory=list)


async def first_life(town: Town) -> tuple[str, str, int]:
    """How it went, what was complained of, and the exit code."""
    life = await town.ground.spawned()
    over, watching = asyncio.create_task(life.process.wait()), asyncio.create_task(town.ground.watch(life))
    opening, end = asyncio.create_task(town.opened(life)), "never began"
    await asyncio.wait([over, opening], return_when=asyncio.FIRST_COMPLETED)
    if opening.done() and opening.exception() is None:
        day = asyncio.create_task(town.short_day())
        await asyncio.wait([over, day], return_when=asyncio.FIRST_COMPLETED)
        end = "ended itself" if over.done() else "went on"
        town.has_ended = over.done()
        await day
        if not over.done():
            life.process.terminate()
    await _read_out(life)
    await asyncio.gather(over, watching)
    await asyncio.gather(opening, return_exceptions=True)
    town.has_ended = False
    return end, "".join(life.errors), over.result()


async def _read_out(life: Life) -> None:
    assert life.process.stdout is not None
    while await life.process.stdout.read(65_536):
        pass


async def second_life(town: Town) -> None:
    """On a sound disk, and to its end."""
    life = await town.ground.spawned()
    watching = asyncio.create_task(town.ground.watch(life))
    await town.opened(life)
    await town.short_day(is_first=False)
    await ended(town, life)
    await watching


async def lived(folder: Path, record: Record, failure: Failure | None, ways: Ways) -> list[Fault]:
    """Both lives, and what was wrong in them."""
    async with grounds(folder, ways.seed, record) as ground, asyncio.timeout(PATIENCE):
        town = Town(ground, record, SIZE)
        ground.program = program(record, fail="" if failure is None else failure.spec, planted=ways.planted)
        end, complaint, code = await first_life(town)
        record.say(end=end)
        ground.program = program(record, planted=ways.planted)
        await second_life(town)
        return list(_wrong_outside(ground, town, complaint, code))


def _wrong_outside(ground: Ground, town: Town, complaint: str, code: int) -> Iterator[Fault]:
    if code not in (OK, UNAVAILABLE) or "Traceback" in complaint:
        yield Fault("wrong", f"it ended with {code}: {complaint[-1_500:]}")
    if code == UNAVAILABLE and not any(line.startswith("opportune: ") for line in complaint.splitlines()):
        yield Fault("wrong", f"it ended without a plain word: {complaint[-1_500:]}")
    if not set(town.refusals) <= {503}:
        yield Fault("wrong", f"it answered {town.refusals}")
    mails = Counter(str(note["key"]) for note in ground.notes if note["kind"] == "mail" and note["mood"] in TAKEN)
    calls = Counter(str(note["key"]) for note in ground.notes if note["kind"] == "call" and not note["is_repeat"])
    for key, count in (mails + calls).items():
        if count > 1:
            yield Fault("doubled", f"message {key} came {count} times")


def failed(folder: Path, failure: Failure | None, ways: Ways) -> tuple[Outcome, list[Note]]:
    """One failure, from the first start to the end of the second life."""
    (folder / "disk").mkdir(parents=True)
    record = Record(ways.library, folder / "disk", folder / "trace")
    found = Outcome(failure or Failure("none", 0, ""))
    try:
        found.faults += asyncio.run(lived(folder, record, failure, ways))
    except (AssertionError, TimeoutError) as refusal:
        found.faults.append(Fault("wrong", f"{type(refusal).__name__}: {str(refusal)[-1_500:]}"))
    record.close()
    notes = record.notes()
    found.is_reached = any(note.kind == "x" for note in notes)
    said = [json.loads(note.content) for note in notes if note.kind == "!"]
    found.end = next((str(each["end"]) for each in said if "end" in each), "never ended")
    found.faults += _wrong_inside(notes, folder, ways.seed)
    return found, notes


def _wrong_inside(notes: Sequence[Note], folder: Path, seed: str) -> Iterator[Fault]:
    """What is left at the end, and what a cut would have left at some moments after a sync that failed."""
    disk, truth, dice = Disk(), Truth(), Random(seed)
    telling = [place for place, note in enumerate(notes) if truth.take(note)]
    secret = (folder / "disk" / f"{STORE}.secret").read_bytes()
    yield from faults_of(folder / "disk" / STORE, truth, secret)
    broken = [place for place, note in enumerate(notes) if note.kind == "S" and note.more]
    after = [place for place in telling if broken and place > broken[0]]
    chosen = sorted({*dice.sample(after, min(CUTS, len(after))), len(notes) - 1} if broken else ())
    truth = Truth()
    for place, note in enumerate(notes):
        disk.take(note)
        truth.take(note)
        if place in chosen:
            image = disk.image("none", "strict_all", dice)
            for fault in faults_of(put(image, folder / "image"), truth, secret):
                yield Fault(fault.kind, f"cut at {place} of {len(notes)}, sync failed at {broken[0]}: {fault.what}")


def all_failures(ways: Ways, kinds: Sequence[str]) -> list[Failure]:
    """The n-th of everything that a run without failures does in its first life."""
    with scratch() as place:
        sound, notes = failed(Path(place), None, ways)
    assert not sound.faults, sound.faults
    counts = counted(notes, next(note.process for note in notes if note.kind == "c"))
    return [
        Failure(kind, n, HOWS[kind][n % len(HOWS[kind])]) for kind in kinds for n in range(1, counts.get(kind, 0) + 1)
    ]


def tried(ways: Ways, failure: Failure) -> Outcome:
    """One failure in a folder of its own."""
    with scratch() as place:
        return failed(Path(place), failure, ways)[0]


async def tried_all(ways: Ways, failures: Sequence[Failure], workers: int) -> list[Outcome]:
    """So many at once; each prints what is wrong with it."""
    places, found = asyncio.Semaphore(workers), list[Outcome]()

    async def trying(failure: Failure) -> None:
        async with places:
            outcome = await asyncio.to_thread(tried, ways, failure)
        found.append(outcome)
        if len(found) % 50 == 0:
            print(f"{len(found)}: {figures(found)}", flush=True)
        for fault in outcome.faults:
            print(f"{failure.spec} ({outcome.end}): {fault.kind}: {fault.what[:1_200]}", flush=True)

    waiting: list[Awaitable[None]] = [trying(failure) for failure in failures]
    await asyncio.gather(*waiting)
    return found


def figures(outcomes: Sequence[Outcome]) -> dict[str, int]:
    """For the ledger."""
    reached = [each for each in outcomes if each.is_reached]
    kinds = Counter(kind for each in outcomes for kind in {fault.kind for fault in each.faults})
    counts = Counter(each.failure.kind for each in reached) + Counter(each.failure.error for each in reached)
    ends = Counter(each.end.replace(" ", "_") for each in reached)
    return {
        "failures": len(reached),
        "lost_acknowledged": kinds["lost"],
        **{name: kinds[name] for name in ("corrupt", "doubled", "wrong")},
        **dict(sorted((counts + ends).items())),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--every", type=int, default=1, help="only every so manyth")
    parser.add_argument("--first", type=int, help="where to begin; so that parts can be run one after the other")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--only", choices=tuple(HOWS))
    parser.add_argument("--planted", default="")
    parser.add_argument("--ledger", action="store_true")
    options = parser.parse_args()
    with scratch() as place:
        ways = Ways(recorder(Path(place)), options.seed, options.planted)
        failures = all_failures(ways, (options.only,) if options.only else tuple(HOWS))
        chosen = failures[options.every // 2 if options.first is None else options.first :: options.every]
        print(f"{len(chosen)} of {len(failures)} failures: {dict(Counter(each.kind for each in failures))}", flush=True)
        outcomes = asyncio.run(tried_all(ways, chosen, options.workers))
    print(figures(outcomes))
    if options.ledger:
        ledger.add("disk_failures", figures(outcomes))
    return 1 if any(each.faults for each in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main())
