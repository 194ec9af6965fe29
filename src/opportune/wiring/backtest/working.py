"""What a worker does: it reads pieces of a past, brings linked ids together, and lets users live."""

import gc
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Generic, TypeAlias, TypeVar

from msgspec import Struct, field

from opportune.errors import Unavailable
from opportune.events.event import Event
from opportune.playbook.compiling import compiled
from opportune.playbook.definition import Playbook
from opportune.playbook.reading import playbook_from
from opportune.policies.compiled import Compiled
from opportune.units import Instant
from opportune.wiring.backtest.entry import Entry, Refused, at_of
from opportune.wiring.backtest.folds import Fold
from opportune.wiring.backtest.groups import happened, in_order, link_of
from opportune.wiring.backtest.life import lives_of
from opportune.wiring.backtest.log import Log
from opportune.wiring.backtest.past import Past, Piece
from opportune.wiring.backtest.rows import Rows
from opportune.wiring.backtest.spill import Spill, drop, kept_groups, kept_roots, partition_of, spilled
from opportune.wiring.backtest.traits import known_before
from opportune.wiring.installed import installed

F = TypeVar("F", bound=Fold)
EXAMPLES: Final = 10
"""Refusals that are kept in words."""
_NEVER: Final = 1 << 62
PART, LINKED = "part", "linked"


class Span(Struct, frozen=True):
    """From when on a past is judged, and its last instant; both ends included."""

    since: Instant
    until: Instant


Make: TypeAlias = Callable[[Sequence[Playbook], Span], F]
"""Makes what users' lives are added to; a function of a module, for every worker makes its own."""


class Read(Struct, frozen=True):
    """Task: read this piece."""

    piece: Piece
    place: int
    """Of the piece among all."""


class BringTogether(Struct, frozen=True):
    """Task: put what this partition holds of linked ids where their group is."""

    partition: int


class Live(Struct, frozen=True):
    """Task: let the users of this partition live."""

    partition: int
    span: Span
    first: Instant
    """Of all events: what is known of users before it is history."""


class HandOver(Struct, frozen=True):
    """Task: hand over what was made of all users who lived here."""


Task: TypeAlias = Read | BringTogether | Live | HandOver


class Told(Struct):
    """What a piece came to, or a partition."""

    events: int = 0
    beyond: int = 0
    """Events after the last instant: none of them was taken."""
    outside: tuple[Instant, Instant] | None = None
    """When the first and the last of those were."""
    first: Instant | None = None
    last: Instant | None = None
    refused: Counter[str] = field(default_factory=Counter)
    examples: list[Refused] = field(default_factory=list)
    links: set[tuple[str, str]] = field(default_factory=set)
    lines: int = 0
    place: int = 0
    users: int = 0
    size: int = 0


class Errand(Struct, Generic[F], frozen=True):
    """What every worker is told once."""

    folder: Path
    past: Past
    playbooks: Mapping[str, Mapping[str, str]]
    """Files by path, of each playbook by name."""
    make: Make[F]
    partitions: int

    def begin(self, writer: int) -> "Callable[[Task], Told | F | None]":
        """A worker's hand."""
        return Hand(self, writer).act


class Hand(Generic[F]):
    """Does one task after the other, in one process."""

    def __init__(self, errand: Errand[F], writer: int) -> None:
        self._errand = errand
        self._writer = writer
        self._compiled: list[Compiled] = []
        self._fold: F | None = None

    def act(self, task: Task) -> "Told | F | None":
        """Does this."""
        match task:
            case Read():
                return self._read(task)
            case BringTogether():
                return self._bring_together(task.partition)
            case Live():
                return self._live(task)
            case HandOver():
                return self._fold

    def _read(self, task: Read) -> Told:
        piece, count = task.piece, self._errand.partitions
        told, last = Told(place=task.place, size=piece.size), self._errand.past.until
        spill = Spill(self._errand.folder, PART, self._writer, count)
        rows = Log(piece) if piece.form == "log" else Rows(piece, self._errand.past)
        first, beyond, latest, events = _NEVER, 0, -1, 0
        with _naming(piece.path), undisturbed():
            for found in rows:
                if isinstance(found, Refused):
                    _refuse(told, found)
                    continue
                at = found.received_at if isinstance(found, Event) else at_of(found)
                if last is not None and at > last:
                    beyond += 1
                    told.outside = around(told.outside, (at, at))
                    continue
                if isinstance(found, Event):
                    events += 1
                elif (link := link_of(found)) is not None:
                    told.links.add(link)
                first, latest = first if piece.is_traits else min(first, at), max(latest, at)
                spill.put(partition_of(found.user, count), found)
        told.first = None if first == _NEVER else first
        told.last = None if latest < 0 else latest
        told.events, told.beyond = events, beyond
        spill.flush()
        told.lines = rows.lines
        return told

    def _bring_together(self, partition: int) -> Told:
        errand = self._errand
        roots = kept_roots(errand.folder, partition)
        if roots:
            spill = Spill(errand.folder, LINKED, self._writer, errand.partitions)
            for entry in spilled(errand.folder, PART, partition):
                if entry.user in roots:
                    spill.put(partition_of(roots[entry.user], errand.partitions), entry)
            spill.flush()
        return Told()

    def _live(self, task: Live) -> Told:
        if self._fold is None:
            books = [playbook_from(files, policies=installed()) for files in self._errand.playbooks.values()]
            self._compiled = [compiled(each) for each in books]
            self._fold = self._errand.make(books, task.span)
        told, fold = Told(), self._fold
        with undisturbed():
            for entries in self._groups(task):
                told.events += sum(isinstance(each, Event) for each in entries)
                inputs = happened(entries)
                lives = [lives_of(each, inputs, until=task.span.until) for each in self._compiled]
                for lived in zip(*lives, strict=True):
                    told.users += 1
                    fold.add(lived)
        gc.collect(1)
        for kind in (PART, LINKED):
            drop(self._errand.folder, kind, task.partition)
        return told

    def _groups(self, task: Live) -> Iterator[list[Entry]]:
        """What is known of each user of this partition, or of ids that are linked, in the order in which it came."""
        folder, past, partition = self._errand.folder, self._errand.past, task.partition
        moved, groups = kept_roots(folder, partition), kept_groups(folder, partition)
        found: dict[str, list[Entry]] = {}
        for entry in spilled(folder, PART, partition):
            if entry.user not in moved:
                found.setdefault(entry.user, []).append(entry)
        for entry in spilled(folder, LINKED, partition):
            found.setdefault(groups[entry.user], []).append(entry)
        for root in sorted(found):
            entries = known_before(found.pop(root), task.first) if past.traits else found.pop(root)
            yield in_order(entries, since=past.since, is_log=past.store is not None)


@contextmanager
def undisturbed() -> Iterator[None]:
    """Neither rows nor memories hold circles, so that nothing is looked for meanwhile."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Whatever goes wrong with a file is said of that file."""
    try:
        yield
    except (OSError, EOFError, zlib.error) as fault:
        raise Unavailable(f"{path}: cannot be read on: {fault}") from None
    except Unavailable as refusal:
        raise Unavailable(f"{path}: {refusal}" if str(refusal).startswith("line ") else str(refusal)) from None


def around(one: tuple[Instant, Instant] | None, other: tuple[Instant, Instant]) -> tuple[Instant, Instant]:
    """The first and the last of both."""
    return other if one is None else (min(one[0], other[0]), max(one[1], other[1]))


def _refuse(told: Told, refused: Refused) -> None:
    told.refused[refused.code] += 1
    if len(told.examples) < EXAMPLES and all(each.reason != refused.reason for each in told.examples):
        told.examples.append(refused)
