"""What clocks show around a change, minute by minute as a library of its own reads them, and what follows from it.

Nothing here knows of offsets or gaps: a day has begun once its clock has shown it, or more; a window is open from
the minute by which the clock has shown its beginning until that by which it has shown its end. The zones of our time
differ from UTC by whole minutes, so an answer can change only at a whole minute.
"""

from bisect import bisect_left
from collections.abc import Iterator
from functools import cache, cached_property
from itertools import accumulate, pairwise

from msgspec import Struct
from whenever import Instant as Moment
from whenever import reset_tzpath

from opportune.units import MINUTE, Instant

reset_tzpath([])  # the pinned rules only: both read the files of the same tzdata
IN_DAY = 1_440
IN_WEEK = 7 * IN_DAY
MONDAY = 3 * IN_DAY
"""1970 began on a Thursday: so many minutes after a Monday."""
STEP = 6 * 60
"""Minutes within which no clock is changed and changed back."""
BEFORE, AFTER = 12 * IN_DAY, 20 * IN_DAY
"""How far around a change is read."""
Window = tuple[int, int]
"""Minutes after midnight, [start, end); the first may be the larger one."""


class Change(Struct, frozen=True, order=True):
    """The minute since 1970 from which a clock is ``ahead`` of UTC so far, and no more ``behind``, in minutes."""

    minute: int
    behind: int
    ahead: int


def reading(zone: str, minute: int) -> int:
    """What the clock shows at this minute since 1970, as minutes since its own 1970."""
    shown = Moment.from_timestamp(minute * 60).to_tz(zone).to_plain().assume_utc().timestamp()
    assert shown % 60 == 0, f"{zone} is not whole minutes from UTC"
    return shown // 60


def changes(zone: str, first: int, last: int) -> list[Change]:
    """Every change of this clock in [first, last), found by looking four times a day and halving."""
    looks = [(minute, reading(zone, minute) - minute) for minute in range(first, last + STEP, STEP)]
    found = [_first_change(zone, one, other) for one, other in pairwise(looks) if one[1] != other[1]]
    return [each for each in found if first <= each.minute < last]


def _first_change(zone: str, before: tuple[int, int], after: tuple[int, int]) -> Change:
    """The change between two looks, each a minute and how far the clock is ahead then."""
    first, last = before[0], after[0]
    while last - first > 1:
        middle = (first + last) // 2
        if reading(zone, middle) - middle == before[1]:
            first = middle
        else:
            last = middle
    return Change(last, before[1], after[1])


class Clock:
    """The readings of one clock around a minute."""

    def __init__(self, zone: str, around: int) -> None:
        self.zone = zone
        self.first = around - BEFORE
        self.shows = [reading(zone, minute) for minute in range(self.first, around + AFTER)]
        self.furthest = list(accumulate(self.shows, max))
        """The latest reading shown so far: a day that has ended does not come back."""
        self._showing = _pieces(self.shows)
        self.painted = cache(self._painted)
        self.open_marks = cache(self._open_marks)
        self.hit_marks = cache(self._hit_marks)

    @cached_property
    def _reached(self) -> list[tuple[int, int, bool]]:
        return _pieces(self.furthest)

    def shown_at(self, at: Instant) -> int:
        """The reading, in minutes."""
        return self.shows[at // MINUTE - self.first]

    def next_marked(self, marks: bytes, at: Instant, *, lasts: bool) -> Instant | None:
        """The first instant >= ``at`` that is marked; a mark that ``lasts`` holds for its whole minute."""
        minute, rest = divmod(at, MINUTE)
        place = minute - self.first
        if lasts and marks[place]:
            return at
        found = marks.find(1, place + (1 if rest else 0))
        return None if found < 0 else (self.first + found) * MINUTE

    def _painted(self, window: Window, *, inside: bool) -> bytes:
        """Marks the minutes at which the clock shows a time in, or out of, the window; equal ends are empty."""
        start, end = window
        day = bytearray(IN_DAY)
        for minute in range(start, end if start <= end else end + IN_DAY):
            day[minute % IN_DAY] = 1
        if not inside:
            day = bytearray(1 - each for each in day)
        return _paint(bytes(day * 7), self._showing)

    def _open_marks(self, window: Window, weekdays: frozenset[int]) -> bytes:
        """Marks the minutes inside a window that began on one of these days; equal ends are a whole day."""
        start, end = window
        week = bytearray(IN_WEEK)
        for weekday in weekdays:
            for minute in range(start, end if start < end else end + IN_DAY):
                week[(weekday * IN_DAY + minute) % IN_WEEK] = 1
        return _paint(bytes(week), self._reached)

    def _hit_marks(self, minutes: int, weekdays: frozenset[int]) -> bytes:
        """Marks each minute by which the clock has shown this time of one of these days, or has passed over it."""
        week = bytearray(IN_WEEK)
        for weekday in weekdays:
            week[weekday * IN_DAY + minutes] = 1
        marks, passed, last = bytearray(), bytes(week), None
        for start, length, rises in self._reached:
            piece = bytearray(_paint(passed, [(start, length, rises)]) if rises else bytes(length))
            if rises and last is not None:
                jumped = range(last + 1, start + 1)
                piece[0] = max((passed[(each + MONDAY) % IN_WEEK] for each in jumped), default=0)
            last = start + length - 1 if rises else start
            marks += piece
        return bytes(marks)

    def next_hour(self, at: Instant) -> Instant:
        """The first instant >= ``at`` at which the clock shows a whole hour."""
        place = -(-at // MINUTE) - self.first
        while self.shows[place] % 60:
            place += 1
        return (self.first + place) * MINUTE

    def bucket(self, at: Instant, days: int) -> tuple[Instant, Instant]:
        """The calendar day, or the week of ``days`` from Monday, around ``at``."""
        length, shift = days * IN_DAY, MONDAY if days == 7 else 0
        number = (self.furthest[at // MINUTE - self.first] + shift) // length
        edges = (bisect_left(self.furthest, each * length - shift) for each in (number, number + 1))
        start, end = ((self.first + each) * MINUTE for each in edges)
        return start, end


def on_both(one: bytes, other: bytes) -> bytes:
    """What is marked on two clocks that are read from the same minute on."""
    both = int.from_bytes(one) & int.from_bytes(other)
    return both.to_bytes(len(one))


def on_either(one: bytes, other: bytes) -> bytes:
    """What is marked on one of two such clocks at least."""
    either = int.from_bytes(one) | int.from_bytes(other)
    return either.to_bytes(len(one))


def _pieces(readings: list[int]) -> list[tuple[int, int, bool]]:
    """The readings as (first, how many, whether they rise by one a minute); a clock held back shows one for long."""
    places = [place for place, (one, other) in enumerate(pairwise(readings), 1) if other != one + 1]
    pieces: list[tuple[int, int, bool]] = []
    for start, end in pairwise((0, *places, len(readings))):
        if start and readings[start] == readings[start - 1]:
            pieces.append((readings[start], 1, False))
            start += 1
        if start < end:
            pieces.append((readings[start], end - start, True))
    return pieces


def _paint(week: bytes, pieces: list[tuple[int, int, bool]]) -> bytes:
    """The marks of a week, from Monday, as the readings come to them."""
    return b"".join(_painted(week, *piece) for piece in pieces)


def _painted(week: bytes, start: int, length: int, rises: bool) -> bytes:
    place = (start + MONDAY) % IN_WEEK
    if not rises:
        return week[place : place + 1] * length
    return (week * (length // IN_WEEK + 2))[place : place + length]


def groups(names: list[str], first: int, last: int) -> Iterator[tuple[Change, list[str]]]:
    """Each change of these clocks in [first, last), with the names of those that show the same all around it."""
    alike: dict[tuple[Change, tuple[Change, ...]], list[str]] = {}
    for name in names:
        known = changes(name, first - BEFORE, last + AFTER)
        for change in known:
            if first <= change.minute < last:
                near = tuple(c for c in known if -BEFORE <= c.minute - change.minute < AFTER)
                alike.setdefault((change, near), []).append(name)
    for (change, _), found in sorted(alike.items()):
        yield change, found
