"""Cuts the power at every note of recorded runs, in many ways, and opens what is left.

Usage: python -m tests.faults.images --images 10000 [--seed 1] [--workers 2] [--planted normal] [--ledger]. Prints a
line for each record and for each fault found, with what brings it about again, and ends with 1 if there was one.
"""

import argparse
import asyncio
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from random import Random
from typing import Final

from tests.faults import ledger
from tests.faults.crash_images import DATA, NAMES, Disk
from tests.faults.recorded_town import lived
from tests.faults.recording import Note, Record, recorder
from tests.faults.resting import came_to_rest
from tests.faults.surviving import STORE, Fault, faults_of, put
from tests.faults.truth import Truth

PER_RECORD: Final = 2_000
"""Images of one recorded run."""
LIVED_ON: Final = 4
"""Images of one run on which a real engine is started."""
THOROUGH: Final = 3
"""Of so many images one is decided again from its whole log, and opened a second time."""
JUNK: Final = 5
"""Beside so many images one has anything at all as shared memory: nobody may rely on what is there."""
CHANGING: Final = "otwruS"
"""Kinds of notes that may leave another state."""


@dataclass(frozen=True)
class Cut:
    """The power goes after this note, and so much of what was on its way is there."""

    place: int
    data: str
    names: str
    seed: str
    is_lived_on: bool = False
    """A real engine is started on it too."""


@dataclass
class Outcome:
    """What was found on some cuts of one record."""

    opened: int = 0
    """Images held against what was acknowledged: the same image counts again once more was acknowledged."""
    images: set[bytes] = field(default_factory=set)
    faults: list[tuple[Cut, Fault]] = field(default_factory=list)
    damaged: int = 0
    """Images with a fault."""
    by_kind: Counter[str] = field(default_factory=Counter)
    """Images, by the kinds of their faults."""
    started: int = 0
    """Images on which a real engine has lived until nothing was under way."""

    def add(self, other: "Outcome") -> None:
        self.opened += other.opened
        self.images |= other.images
        self.faults += other.faults
        self.damaged += other.damaged
        self.by_kind += other.by_kind
        self.started += other.started

    def figures(self) -> dict[str, int]:
        """For the ledger."""
        kinds = {"lost_acknowledged": "lost", "corrupt": "corrupt", "doubled": "doubled", "wrong": "wrong"}
        found = {name: self.by_kind[kind] for name, kind in kinds.items()}
        return {"images": len(self.images), "opened": self.opened, "started": self.started} | found


def recorded(folder: Path, seed: str, *, planted: str = "", size: int = 16) -> list[Note]:
    """The notes of a run in this folder."""
    (folder / "disk").mkdir(parents=True)
    record = Record(recorder(folder), folder / "disk", folder / "trace")
    asyncio.run(lived(folder, seed, record, planted=planted, size=size))
    record.close()
    return record.notes()


def cuts(notes: Sequence[Note], count: int, seed: str, *, lived_on: int = 0) -> list[Cut]:
    """So many moments and ways, in the order of the moments: half of them just after something was acknowledged.

    On so many of them, all over the run, an engine is to live on.
    """
    dice, truth = Random(f"{seed}-cuts"), Truth()
    telling = [place for place, note in enumerate(notes) if truth.take(note)]
    changing = [place for place, note in enumerate(notes) if note.kind in CHANGING]
    places = _spread(telling, count // 2, dice) + _spread(changing, count - count // 2, dice)
    chosen = set(dice.sample(range(count), min(lived_on, count)))
    return [
        Cut(place, dice.choice(DATA), dice.choice(NAMES), f"{seed}-{place}-{number}", number in chosen)
        for number, place in enumerate(sorted(places))
    ]


def _spread(places: Sequence[int], count: int, dice: Random) -> list[int]:
    """All of them as often as that goes, and some of them once more."""
    return list(places) * (count // len(places)) + dice.sample(list(places), count % len(places))


def secret_in(notes: Sequence[Note]) -> bytes:
    """The secret of the recorded store, as it is in the end."""
    disk = Disk()
    for note in notes:
        disk.take(note)
    return disk.image("all", "strict_all", Random(0)).files[f"{STORE}.secret"]


def opened(notes: Sequence[Note], secret: bytes, folder: Path, wanted: Sequence[Cut]) -> Outcome:
    """Makes and opens the images of these cuts, which are in order."""
    found, disk, truth = Outcome(), Disk(), Truth()
    known: set[tuple[bytes, int]] = set()
    place = told = 0
    for cut in wanted:
        while place <= cut.place:
            disk.take(notes[place])
            told += truth.take(notes[place])
            place += 1
        image = disk.image(cut.data, cut.names, Random(cut.seed))
        digest = image.digest()
        found.images.add(digest)
        if (digest, told) in known:
            continue
        known.add((digest, told))
        found.opened += 1
        path = put(image, folder)
        if found.opened % JUNK == 0:
            path.with_name(f"{STORE}-shm").write_bytes(Random(cut.seed).randbytes(32_768))
        faults = faults_of(path, truth, secret, is_thorough=found.opened % THOROUGH == 0)
        if cut.is_lived_on:
            found.started += 1
            faults += came_to_rest(image, folder, truth, secret, cut.seed)
        found.faults += [(cut, each) for each in faults]
        found.damaged += bool(faults)
        found.by_kind.update({each.kind for each in faults})
    return found


def explored(notes: Sequence[Note], count: int, seed: str, folder: Path, workers: int) -> Outcome:
    """So many cuts of one record, by so many processes."""
    wanted, found = cuts(notes, count, seed, lived_on=LIVED_ON), Outcome()
    secret = secret_in(notes)
    if workers == 1:
        return opened(notes, secret, folder / "image", wanted)
    size = -(-len(wanted) // (workers * 2))
    parts = [wanted[start : start + size] for start in range(0, len(wanted), size)]
    with ProcessPoolExecutor(workers, initializer=_begin, initargs=(notes, secret)) as pool:
        for each in pool.map(partial(_opened, folder), range(len(parts)), parts):
            found.add(each)
    return found


_shared: list[tuple[Sequence[Note], bytes]] = []


def _begin(notes: Sequence[Note], secret: bytes) -> None:
    _shared.append((notes, secret))


def _opened(folder: Path, number: int, wanted: Sequence[Cut]) -> Outcome:
    notes, secret = _shared[0]
    return opened(notes, secret, folder / f"image-{number}", wanted)


def scratch() -> "tempfile.TemporaryDirectory[str]":
    """A folder in memory, where there is such a thing."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(prefix="power-", dir=memory if memory.is_dir() else None)


def runs(images: int, seed: str, workers: int, planted: str) -> Iterator[tuple[str, Outcome]]:
    """Record after record, until there are so many images, with what was found in each."""
    made = number = 0
    while made < images:
        with scratch() as place:
            folder, name = Path(place), f"{seed}-{number}"
            notes = recorded(folder, name, planted=planted)
            found = explored(notes, min(PER_RECORD, images - made), name, folder, workers)
        made += found.opened
        number += 1
        yield name, found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=500)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--planted", default="")
    parser.add_argument("--ledger", action="store_true")
    options = parser.parse_args()
    whole, records = Outcome(), 0
    for name, found in runs(options.images, options.seed, options.workers, options.planted):
        whole.add(found)
        records += 1
        print(f"record {name}: {found.figures()}", flush=True)
        for cut, fault in found.faults[:20]:
            print(f"  {fault.kind}: {fault.what[:300]} at {cut}", flush=True)
    print(f"{records} records: {whole.figures()}")
    if options.ledger:
        ledger.add("images", {"records": records, **whole.figures()})
    return 1 if whole.faults else 0


if __name__ == "__main__":
    sys.exit(main())
