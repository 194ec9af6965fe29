"""Files of sends, read row by row into a report; each row is counted in exactly one place."""

import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Final

from opportune.errors import EventError, Unavailable
from opportune.units import DAY, HOUR, Millis
from opportune.wiring.backtest.crew import peak_mb
from opportune.wiring.heatmap.areas import areas_of
from opportune.wiring.heatmap.clocks import Clocks, local_of
from opportune.wiring.heatmap.figures import figures_of
from opportune.wiring.heatmap.hashes import short_hash
from opportune.wiring.heatmap.parts import ERA, RECORD, Parts
from opportune.wiring.heatmap.report import Report, Settings
from opportune.wiring.heatmap.rows import AllBut, FileRow, Progress, rows_of
from opportune.wiring.heatmap.said import Said, Sayings
from opportune.wiring.heatmap.segments import Segments
from opportune.wiring.heatmap.tally import MACHINE, NO_HOUR, OPENED, UNOPENED, UNSURE, Counting
from opportune.wiring.heatmap.users import Users
from opportune.wiring.heatmap.wish import MACHINE_WITHIN, USUAL, Wish
from opportune.wiring.row_files import form_of

EXAMPLES: Final = 10
_BECAME: Final = {"human": OPENED, "machine": MACHINE, "unsure": UNSURE}


def _quiet(what: str) -> Progress:
    return lambda done, of: None


def heatmap_of(wish: Wish, progress: Callable[[str], Progress] = _quiet) -> Report:
    """What the files say; ``progress`` gives a bar for each file by its name.

    Raises PlaybookError for a segment that cannot be asked, and Unavailable for a file or column that is not there.
    """
    begun = perf_counter()
    with _scratch(wish.scratch) as folder:
        reading = _Reading(wish, folder)
        reading.read_users(progress)
        reading.read_sends(progress)
        report = reading.counted()
    report.seconds, report.peak_mb = round(perf_counter() - begun, 3), round(peak_mb(), 1)
    return report


@contextmanager
def _scratch(at: Path | None) -> Iterator[Path]:
    try:
        folder = Path(tempfile.mkdtemp(prefix="opportune-", dir=at))
    except OSError as fault:
        raise Unavailable(f"{at}: {fault.strerror}; name a folder that we may write with --scratch") from None
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


class _Reading:
    """What was read so far."""

    def __init__(self, wish: Wish, folder: Path) -> None:
        self._wish = wish
        self._segments = Segments(wish.segments)
        self._clocks = Clocks(wish.zones)
        self._sayings = Sayings(wish)
        self._users = Users((*self._clocks.traits, *self._segments.names), wish.traits_user)
        self._parts = Parts(folder)
        self._rows = 0
        self._without_zone = 0
        self._users_refused = 0
        self._refused: Counter[str] = Counter()
        self._examples: list[str] = []

    def read_users(self, progress: Callable[[str], Progress]) -> None:
        """The files of traits; rows that cannot be taken are refused, and count as none of the sends."""
        text = frozenset({*USUAL["user"], "id", self._wish.traits_user or "id", *self._clocks.traits})
        for path in self._wish.traits:
            self._users.take(rows_of(path, None, None, text, progress(path.name)), self._refuse_user)
        self._users.check(self._clocks.traits)

    def read_sends(self, progress: Callable[[str], Progress]) -> None:
        """The files of sends."""
        wish = self._wish
        never_text = self._segments.names - self._sayings.columns - self._clocks.columns
        loose: dict[str, None] = {}
        has_loose = False
        for path in wish.files:
            is_loose = form_of(path, wish.form) == "ndjson"
            has_loose = has_loose or is_loose
            self._read(
                rows_of(path, wish.form, wish.delimiter, AllBut(never_text), progress(path.name)),
                loose if is_loose else None,
            )
        if has_loose and loose:
            self._check(list(loose), wish.files[0])

    def _read(self, rows: Iterator[FileRow], loose: dict[str, None] | None) -> None:
        """One file; of rows that each have names of their own these are gathered, else the first must have them all."""
        is_first = loose is None
        for path, row in rows:
            self._rows += 1
            if row.refusal is not None:
                self._refuse(path, row.line, row.refusal)
                continue
            if loose is not None:
                loose.update(dict.fromkeys(row.cells))
            elif is_first:
                self._check(list(row.cells), path)
                is_first = False
            try:
                self._take(row.cells)
            except EventError as refusal:
                self._refuse(path, row.line, refusal)

    def _check(self, names: list[str], path: Path) -> None:
        try:
            self._sayings.check(names)
            self._clocks.check(names)
            self._segments.check(names, self._users.names)
        except Unavailable as refusal:
            raise Unavailable(f"{path}: {refusal}") from None

    def _take(self, cells: dict[str, object]) -> None:
        said = self._sayings.said(cells)
        traits = self._users.traits(said.user)
        clock = self._clocks.clock(cells, traits)
        if clock is None:
            self._without_zone += 1
            return
        local = local_of(clock, said.sent)
        hour = NO_HOUR if said.delay is None else local_of(clock, said.sent + said.delay) % DAY // HOUR
        mask = self._segments.among(cells, traits, said.sent, local)
        self._parts.add(_record(said, (local // HOUR + 72) % 168, hour, mask))

    def _refuse(self, path: Path, line: int, refusal: EventError) -> None:
        self._refused[refusal.code] += 1
        self._exemplify(path, line, refusal)

    def _refuse_user(self, path: Path, line: int, refusal: EventError) -> None:
        self._users_refused += 1
        self._exemplify(path, line, refusal)

    def _exemplify(self, path: Path, line: int, refusal: EventError) -> None:
        if len(self._examples) < EXAMPLES:
            self._examples.append(f"{path}:{line}: {str(refusal).removeprefix(f'line {line}: ')}")

    def counted(self) -> Report:
        """All that was read, counted."""
        wish, areas = self._wish, areas_of(self._wish.window_hours)
        counting = Counting(areas, len(wish.segments))
        for records in self._parts.sorted():
            counting.take(records)
        segments = (None, *wish.segments)
        return Report(
            files=tuple(map(str, wish.files)),
            rows=self._rows,
            refused=dict(sorted(self._refused.items())),
            examples=self._examples,
            users_refused=self._users_refused,
            without_zone=self._without_zone,
            repeats=counting.repeats,
            settings=Settings(wish.least, wish.window_hours, _within(wish), wish.zones),
            figures=tuple(
                figures_of(tally, areas, segment, wish.least)
                for tally, segment in zip(counting.settled(), segments, strict=True)
            ),
        )


def _within(wish: Wish) -> Millis:
    return MACHINE_WITHIN if wish.machine_within is None else wish.machine_within


def _record(said: Said, cell: int, hour: int, mask: int) -> bytes:
    became = UNOPENED if said.delay is None else _BECAME[said.opener]
    user, message = short_hash(said.user), short_hash(said.message)
    return RECORD.pack(user, said.sent + ERA, message, became, said.delay or 0, cell, hour, mask)
