"""Events from files, into a store or a running engine: once each, however often and however far an import got.

A file is read in stretches. Each is committed together with a mark made of all bytes before its end; a stretch whose
mark is known was imported before, also as the beginning of a file that has grown since; but not one that was read
otherwise, with other columns.
"""

from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO, Final, Protocol, TypeAlias

import msgspec

from opportune.adapters.sources.rows import Lines, Reader, Row
from opportune.draws import hash_of
from opportune.errors import EventError
from opportune.events.alias import WITH_IDENTIFY
from opportune.events.event import Event
from opportune.events.wire import Arrival, Read, read
from opportune.ports import DeadLetter
from opportune.ports import Taken as KnownIds
from opportune.units import Instant
from opportune.wiring.mapping import Columns, call_of

ROWS: Final = 1_000
"""Of one stretch, at most."""
BYTES: Final = 4 * 1024 * 1024
MARK: Final = "import:"
"""How the name of an import's mark begins."""


class Stretch(msgspec.Struct, frozen=True):
    """Rows of a file that are imported together, as calls."""

    calls: list[bytes]
    refused: list[tuple[int, str, str]]
    """Line, code and reason of rows that say nothing that can be taken."""
    mark: str
    place: int
    """Bytes, or rows, of the file up to its end."""
    is_known: bool = False


class Target(Protocol):
    """Where events go."""

    async def take(self, stretch: Stretch) -> "Taken":
        """Returns once they are durable."""
        ...


class Taken(msgspec.Struct, frozen=True):
    """What became of a stretch."""

    known: int
    """Events whose ids were known."""
    refused: list[tuple[int, str, str]]
    """Place among the calls, code and reason."""
    erased: int = 0
    """Calls of users who were erased."""


@dataclass(slots=True)
class Report:
    """What an import came to."""

    rows: int = 0
    events: int = 0
    known: int = 0
    """Rows that had been imported before."""
    erased: int = 0
    """Rows of users who were erased: nothing of them was taken."""
    refused: Counter[str] = field(default_factory=Counter)
    """By code."""
    examples: list[str] = field(default_factory=list)
    """The first few refusals, in words."""

    def refuse(self, code: str, reason: str) -> None:
        """One row said nothing that can be taken."""
        self.refused[code] += 1
        if len(self.examples) < 10:
            self.examples.append(reason)


def marked(columns: Columns, *said: str) -> str:
    """How the marks begin of a file that is read like this; read otherwise its rows say something else."""
    if columns == Columns() and not any(said):
        return MARK
    told = msgspec.json.encode((columns, said), order="deterministic", enc_hook=str)
    return f"{MARK}{hash_of('read', told.decode()).hex()}:"


def text_stretches(
    file: BinaryIO, reader: Reader, columns: Columns, *, known: frozenset[str], begin: str | None = None
) -> Iterator[Stretch]:
    """The rows of a text file in stretches; ``known`` are the marks of earlier imports.

    ``begin`` is how this one's marks begin, if the columns are not all that says how the file is read.
    """
    begin = marked(columns) if begin is None else begin
    lines = Lines(file)
    head = file.read(65_536)
    file.seek(0)
    lines.begin_with(head)
    marks = ((row, begin + lines.passed(), lines.place) for row in reader(lines))
    return stretches(marks, columns, known=known)


def stretches(rows: Iterator[tuple[Row, str, int]], columns: Columns, *, known: frozenset[str]) -> Iterator[Stretch]:
    """Rows, each with the mark and place behind it, in stretches; one that ends in a known mark was taken before."""
    calls: list[bytes] = []
    refused: list[tuple[int, str, str]] = []
    size, mark, place = 0, "", 0
    for row, mark, place in rows:
        try:
            if row.refusal is not None:
                raise row.refusal
            calls.append(call_of(row.cells, columns))
            size += len(calls[-1])
        except EventError as refusal:
            said = str(refusal) if row.refusal is not None else f"line {row.line}: {refusal}"
            refused.append((row.line, refusal.code, said))
        is_known = mark in known
        if is_known or size >= BYTES or len(calls) + len(refused) >= ROWS:
            yield Stretch(calls, refused, mark, place, is_known)
            calls, refused, size = [], [], 0
    if calls or refused:
        yield Stretch(calls, refused, mark, place)


async def imported(
    found: Iterator[Stretch], target: Target, *, progress: Callable[[int, Report], None] = lambda place, report: None
) -> Report:
    """Hands every stretch to the target; ``progress`` is told the place reached after each."""
    report = Report()
    for stretch in found:
        report.rows += len(stretch.calls) + len(stretch.refused)
        if stretch.is_known:
            report.known += len(stretch.calls)
        else:
            taken = await target.take(stretch)
            report.events += len(stretch.calls) - len(taken.refused) - taken.known - taken.erased
            report.erased += taken.erased
            report.known += taken.known
            for _, code, reason in taken.refused:
                report.refuse(code, reason)
        for _, code, reason in stretch.refused:
            report.refuse(code, reason)
        progress(stretch.place, report)
    return report


Accept: TypeAlias = Callable[[Sequence[Read], Sequence[DeadLetter], tuple[tuple[str, int], ...]], Awaitable[KnownIds]]
"""Makes reads, dead letters and marks durable together; returns the ids that were known, or whose users are erased."""


class IntoHost:
    """Takes stretches in this process."""

    def __init__(self, accept: Accept, *, now: Callable[[], Instant], is_history: bool) -> None:
        self._accept = accept
        self._now = now
        self._is_history = is_history

    async def take(self, stretch: Stretch) -> Taken:
        """Every call is read as one that came over HTTP; one that is refused becomes a dead letter."""
        reads: list[Read] = []
        dead: list[DeadLetter] = []
        refused: list[tuple[int, str, str]] = []
        now = self._now()
        for index, call in enumerate(stretch.calls):
            try:
                found = read(call, Arrival(now))
            except EventError as error:
                refused.append((index, error.code, str(error)))
                dead.append(DeadLetter(now, error.code, str(error), call))
                continue
            reads += (_trusted(each, is_history=self._is_history) for each in found)
        known = await self._accept(reads, dead, ((stretch.mark, stretch.place),))
        erased = sum(not each.startswith(WITH_IDENTIFY) for each in known.erased)
        return Taken(len(known), refused, erased)


def _trusted(each: Read, *, is_history: bool) -> Read:
    """An operator imports: also an alias of a known user is carried out."""
    if isinstance(each, Event):
        return msgspec.structs.replace(each, is_history=is_history)
    return msgspec.structs.replace(each, is_trusted=True)
