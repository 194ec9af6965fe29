"""A past lived under several playbooks at once, by all cores: read in pieces, put apart by user, lived user by user."""

import os
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Final, Generic, TypeVar

from msgspec import Struct

from opportune.errors import Unavailable
from opportune.playbook.definition import Playbook
from opportune.playbook.reading import playbook_from
from opportune.units import Instant
from opportune.wiring.backtest.crew import Crew
from opportune.wiring.backtest.folds import Fold
from opportune.wiring.backtest.groups import Links
from opportune.wiring.backtest.past import (
    PIECE,
    Past,
    Pieces,
    nothing_in,
    past_begins_after,
    past_ends_before,
    pieces_of,
    weight,
)
from opportune.wiring.backtest.spill import keep_roots
from opportune.wiring.backtest.working import (
    EXAMPLES,
    BringTogether,
    Errand,
    HandOver,
    Live,
    Make,
    Read,
    Span,
    Task,
    Told,
    around,
)
from opportune.wiring.installed import installed

F = TypeVar("F", bound=Fold)
PARTITION: Final = 24 * 1024 * 1024
"""Bytes of text that are lived at a time by one worker, about; in memory they take twice as much."""
MOST_PARTITIONS: Final = 512
_WORTH_A_WORKER: Final = 8 * 1024 * 1024
"""With less text, starting a process takes longer than it saves."""


def _no_progress(done: int, of: int) -> None:
    """Nobody looks."""


class Work(Struct, frozen=True, kw_only=True):
    """How much of the machine is used; none of it changes what comes out."""

    workers: int | None = None
    """None: as many as there are cores, and fewer for a short past."""
    scratch: Path | None = None
    """Where the temporary folder is made; None: where the system has them."""
    partitions: int | None = None
    """Into how many parts users are put; None: as many as keep memory small."""
    piece: int = PIECE
    """Bytes of text that are read in one go."""
    progress: Callable[[int, int], None] = _no_progress
    """Told how much is done, of how much."""


USUAL: Final = Work()


class Outcome(Struct, Generic[F]):
    """What came of a past, and what it took."""

    fold: F
    """What was made of all users."""
    playbooks: dict[str, Playbook]
    span: Span
    events: int
    users: int
    beyond: int
    """Events after the last instant."""
    refused: dict[str, int]
    """Rows that say nothing that can be taken, by code."""
    examples: list[str]
    """The first refusals, in words."""
    seconds: float
    peak_mb: float
    """The most memory that each process had in use, added up."""


def backtest(playbooks: Mapping[str, Mapping[str, str]], past: Past, make: Make[F], work: Work = USUAL) -> Outcome[F]:
    """Lives the past under each of these playbooks, given by name as files by path.

    ``make`` is a function of a module, or a ``partial`` of one: every worker calls it. The same past gives the same
    fold with any number of workers, partitions and pieces. Raises PlaybookError for a playbook that is wrong, and
    Unavailable for a past that cannot be read, or where the disk is full or a worker dies.
    """
    begun = perf_counter()
    books = {name: playbook_from(files, policies=installed()) for name, files in playbooks.items()}
    pieces = pieces_of(past, size=work.piece)
    size = weight(past, pieces)
    workers = _workers(work, size)
    partitions = work.partitions or min(MOST_PARTITIONS, max(workers, -(-size // PARTITION)))
    with _folder(work.scratch) as folder:
        errand = Errand(folder, past, playbooks, make, partitions)
        with Crew[Task, "Told | F | None"](errand, workers) as crew:
            read = _read(crew, pieces, past, work)
            if read.links:
                keep_roots(folder, read.links, partitions)
            lived = _lived(crew, read, partitions, work)
            fold, peak = _merged(crew.all(HandOver())), crew.peak_mb
    return Outcome(
        fold=fold,
        playbooks=books,
        span=read.span,
        events=lived.events,
        users=lived.users,
        beyond=read.beyond,
        refused=dict(sorted(read.refused.items())),
        examples=read.examples,
        seconds=perf_counter() - begun,
        peak_mb=peak,
    )


class _Readings(Struct):
    """What all pieces came to."""

    span: Span
    first: Instant
    """Of all events, those before the span too."""
    links: list[tuple[str, str]]
    """Each linked id, and the root of its group."""
    beyond: int
    refused: Counter[str]
    examples: list[str]


def _read(crew: Crew[Task, "Told | F | None"], pieces: Pieces, past: Past, work: Work) -> _Readings:
    """Reads every piece; raises Unavailable where there is no event at all."""
    told, links, refused, done = list[Told](), Links(), Counter[str](), 0
    whole = 2 * sum(piece.size for piece in pieces)
    for each in crew.each(Read(piece, place) for place, piece in enumerate(pieces)):
        assert isinstance(each, Told)
        for one, other in each.links:
            links.join(one, other)
        refused += each.refused
        each.links.clear()
        told.append(each)
        done += each.size
        work.progress(done, whole)
    told.sort(key=lambda each: each.place)
    examples = _in_words(told, pieces)
    first = min((each.first for each in told if each.first is not None), default=None)
    last = max((each.last for each in told if each.last is not None), default=None)
    if first is None or last is None:
        raise _nothing(past, told, examples)
    if past.store is None and past.since is not None and past.since > last:  # of a log more may come
        raise past_ends_before(past, past.since, (first, last))
    since = first if past.since is None else past.since
    span = Span(since, max(since, last) if past.until is None else past.until)
    return _Readings(span, first, list(links.roots()), sum(each.beyond for each in told), refused, examples)


def _nothing(past: Past, told: list[Told], examples: list[str]) -> Unavailable:
    outside: tuple[Instant, Instant] | None = None
    for each in told:
        outside = outside if each.outside is None else around(outside, each.outside)
    if outside is None or past.until is None:
        return nothing_in(past, examples)
    return past_begins_after(past, past.until, outside)


def _lived(crew: Crew[Task, "Told | F | None"], read: _Readings, partitions: int, work: Work) -> Told:
    """Everybody lives; linked ids are brought together before."""
    if read.links:
        for _ in crew.each(BringTogether(partition) for partition in range(partitions)):
            pass
    lived = Told()
    for done, each in enumerate(
        crew.each(Live(partition, read.span, read.first) for partition in range(partitions)), 1
    ):
        assert isinstance(each, Told)
        lived.events += each.events
        lived.users += each.users
        work.progress(partitions + done, 2 * partitions)
    return lived


def _merged(handed: "list[Told | F | None]") -> F:
    folds = [each for each in handed if each is not None and not isinstance(each, Told)]
    first, *others = folds
    for other in others:
        first.merge(other)
    return first


def _in_words(told: list[Told], pieces: Pieces) -> list[str]:
    """The first refusals, with file and line, each reason once for each file; the pieces in order."""
    known = set[tuple[int, str]]()
    found, file, before = list[str](), -1, 0
    for each in told:
        piece = pieces[each.place]
        before, file = (before if piece.file == file else 0), piece.file
        for refusal in each.examples:
            if (file, refusal.reason) not in known:
                known.add((file, refusal.reason))
                found.append(f"{piece.path}: line {before + refusal.line}: {refusal.reason}")
        before += each.lines
    return found[:EXAMPLES]


def _workers(work: Work, size: int) -> int:
    if work.workers is not None:
        return work.workers
    return max(
        1,
        min(
            len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1,
            size // _WORTH_A_WORKER,
        ),
    )


@contextmanager
def _folder(scratch: Path | None) -> Iterator[Path]:
    """A folder that is gone afterwards; raises Unavailable where none can be made."""
    try:
        folder = Path(tempfile.mkdtemp(prefix="opportune-backtest-", dir=scratch))
    except OSError as fault:
        where = scratch or tempfile.gettempdir()
        raise Unavailable(f"{where}: {fault.strerror}; name a folder that may be written with --scratch") from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
