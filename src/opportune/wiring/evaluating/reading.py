"""From files of events to when users were active, on their own clocks; rows that cannot be read are counted."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Final, Literal, TypeAlias

from msgspec import Struct, field

from opportune.adapters.sources.bare_rows import bare_rows
from opportune.adapters.sources.rows import Lines
from opportune.errors import EventError, Unavailable
from opportune.events.instants import instant_of
from opportune.features.local_time import zone_named
from opportune.training.histories import Histories, Whole
from opportune.units import DAY, Instant
from opportune.wiring.heatmap.clocks import Clock, Clocks, local_of
from opportune.wiring.heatmap.rows import FileRow, rows_of
from opportune.wiring.histories.gathering import Gathering, Happened
from opportune.wiring.mapping import USUAL, Columns, Field, stated_instant, stated_object
from opportune.wiring.row_files import Form, opened

Told: TypeAlias = Callable[[int, int], None]
EXAMPLES: Final = 5
_FOR_EVER: Final = 253_370_764_800_000 - 2 * DAY
"""Two days before the year 9999 begins."""
_UTC: Final = zone_named("UTC")


class Files(Struct, frozen=True, kw_only=True):
    """Which files, and how they are read."""

    paths: tuple[Path, ...]
    columns: Columns = Columns()
    zones: tuple[str, ...] = ()
    """Where clocks are read, first to last, as for a heatmap; after what an event's context says, before UTC."""
    form: Form | None = None
    delimiter: str | None = None
    has_header: bool = True
    """Whether the first line of a table names the columns; else they are called 1, 2, 3 and so on."""
    since: Instant | None = None
    """What is before it is left out."""
    until: Instant | None = None
    """What is after it is left out."""
    now: Instant | None = None
    """Rows of more than a day later are refused; None: of the year 9999 at the latest."""
    zone: str = "UTC"
    """Of users of whom nothing says where they are."""
    kinds: dict[str, str] = {}
    """Of messages by name: of which nothing else says whether they are marketing."""


class Read(Struct, kw_only=True):
    """What the files say."""

    histories: Histories
    hours: Whole
    """Local hours of all events of activity, in the order of the files: several in one hour count as several."""
    refused: Counter[str] = field(default_factory=Counter)
    examples: list[str] = field(default_factory=list)
    left_out: int = 0
    """Before ``since`` or after ``until``."""


def read(files: Files, progress: Told = lambda done, of: None) -> Read:
    """Reads them all; raises Unavailable, naming the file, for one that cannot be read."""
    gathered = _Gathered(files)
    for path in files.paths:
        is_looked_at = False
        for place, row in _rows(files, path, progress):
            if row.refusal is not None:
                gathered.refuse(place, row.line, row.refusal)
                continue
            if not is_looked_at:
                gathered.check(path, row.cells)
                is_looked_at = True
            try:
                gathered.take(row.cells)
            except EventError as refusal:
                gathered.refuse(place, row.line, refusal)
    return gathered.read()


def _rows(files: Files, path: Path, progress: Told) -> Iterator[FileRow]:
    if files.has_header:
        yield from rows_of(path, files.form, files.delimiter, frozenset[str](), progress)
        return
    with opened(path) as file:
        try:
            for row in bare_rows(files.delimiter)(Lines(file, is_hashed=False)):
                yield path, row
        except (OSError, EOFError) as fault:
            raise Unavailable(f"{path}: it cannot be read on: {fault}; is it whole?") from None


class _Gathered:
    """Columns that grow row by row."""

    def __init__(self, files: Files) -> None:
        self._files = files
        self._clocks = Clocks(files.zones)
        self._default = zone_named(files.zone) or _UTC
        self._found = Gathering(files.kinds)
        self._zones: dict[str, Clock] = {}
        self._refused: Counter[str] = Counter()
        self._examples: list[str] = []
        self._left_out = 0
        self._last = (_FOR_EVER if files.now is None else files.now) + DAY

    def check(self, path: Path, cells: Mapping[str, object]) -> None:
        """Raises Unavailable if columns that were named are not there; ``cells`` are those of a file's first row."""
        try:
            self._clocks.check(tuple(cells))
        except Unavailable as refusal:
            raise Unavailable(f"{path}: {refusal}") from None
        for meaning, column in self._files.columns.named.items():
            if column not in cells:
                there = ", ".join(map(repr, list(cells)[:20]))
                raise Unavailable(f"{path}: --map {meaning}: there is no column {column!r}; there are {there}")

    def refuse(self, path: Path, line: int, refusal: EventError) -> None:
        """Counts a row that says nothing."""
        self._refused[refusal.code] += 1
        if len(self._examples) < EXAMPLES:
            said = str(refusal)
            self._examples.append(f"{path.name}: {said if said.startswith('line ') else f'line {line}: {said}'}")

    def take(self, cells: Mapping[str, object]) -> None:
        """Takes one event; raises EventError for one that does not say who or when."""
        who, at = self._who(cells), self._at(cells)
        if (self._files.since or at) > at or (self._files.until or at) < at:
            self._left_out += 1
            return
        properties = stated_object(cells.get("properties")) or cells
        local = local_of(self._clock(who, cells), at)
        name = self._files.columns.event or str(self._cell(cells, "event") or "")
        self._found.take(Happened(who, name, at, local, properties))

    def _cell(self, cells: Mapping[str, object], meaning: Field) -> object:
        named = self._files.columns.named
        names = (named[meaning],) if meaning in named else USUAL[meaning]
        return next((cells[name] for name in names if cells.get(name) is not None), None)

    def _who(self, cells: Mapping[str, object]) -> str:
        found = self._cell(cells, "user")
        found = self._cell(cells, "anonymous") if found is None else found
        if found is None:
            raise EventError("missing_user", f"no column says who; {_there(cells, 'user')}")
        return str(found)

    def _at(self, cells: Mapping[str, object]) -> Instant:
        found = self._cell(cells, "at")
        if found is None:
            raise EventError("missing_instant", f"no column says when; {_there(cells, 'at')}")
        stated = stated_instant(found, self._files.columns)
        if isinstance(stated, bool) or not isinstance(stated, int | float | str):
            raise EventError("bad_instant", f"{stated!r:.60} is no instant; write ISO 8601, or a number since 1970")
        at = instant_of(stated, "at")
        if at < 0:
            raise EventError("bad_instant", f"{stated!r:.60} lies before 1970; is it what was meant?")
        if at > self._last:
            raise EventError("bad_instant", f"{stated!r:.60} lies more than a day ahead; is it what was meant?")
        return at

    def _clock(self, user: str, cells: Mapping[str, object]) -> Clock:
        """What the event says, else where the user was last seen, else UTC."""
        context = stated_object(cells.get("context")) or {}
        stated = zone_named(str(context["timezone"])) if "timezone" in context else None
        found: Clock | None = stated or self._clocks.clock(cells, {})
        if found is not None:
            if stated is not None:
                self._zones[user] = stated
            return found
        seen = self._zones.get(user)
        assert self._default is not None
        return self._default if seen is None else seen

    def read(self) -> Read:
        """All of it, in the form that models learn from."""
        return Read(
            histories=self._found.histories(), hours=self._found.hours(), refused=self._refused,
            examples=self._examples, left_out=self._left_out,
        )  # fmt: skip


def _there(cells: Mapping[str, object], meaning: Literal["user", "at"]) -> str:
    names = ", ".join(repr(name) for name in list(cells)[:12])
    return f"name one of {names} with --map {meaning}=COLUMN"
