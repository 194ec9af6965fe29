"""Parts of a week of which it is asked how often sends are opened: each cell, each hour, all of it, and windows."""

from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from msgspec import Struct

from opportune.console.chart_grid import WEEKDAYS

CELLS: Final = 168
"""Hours of a week; cell 0 is Monday 00:00 to 00:59."""
WORKDAYS, WEEKEND, EVERY_DAY = (0, 1, 2, 3, 4), (5, 6), (0, 1, 2, 3, 4, 5, 6)
GROUPS: Final[tuple[tuple[str, tuple[int, ...]], ...]] = (
    *((name, (place,)) for place, name in enumerate(WEEKDAYS)),
    ("Monday to Friday", WORKDAYS),
    ("Saturday and Sunday", WEEKEND),
    ("every day", EVERY_DAY),
)
"""The days that a window may be on."""


class Area(Struct, frozen=True):
    """Hours [first, end) of these weekdays, Monday is 0."""

    days: str
    weekdays: tuple[int, ...]
    first: int
    end: int

    @property
    def cells(self) -> tuple[int, ...]:
        """Its hours of the week."""
        return tuple(day * 24 + hour for day in self.weekdays for hour in range(self.first, self.end))

    @property
    def lines(self) -> tuple[tuple[int, ...], ...]:
        """Each hour of it on all its days, and each of its days with all its hours."""
        hours = tuple(tuple(day * 24 + hour for day in self.weekdays) for hour in range(self.first, self.end))
        days = tuple(tuple(day * 24 + hour for hour in range(self.first, self.end)) for day in self.weekdays)
        return hours + days


class Areas(Struct, frozen=True):
    """All areas that are counted; cells are the first 168, then come 24 hours, the week, and the windows."""

    windows: tuple[Area, ...]
    of_cell: tuple[tuple[int, ...], ...]
    """By cell the places of all areas that it lies in."""
    count: int

    @property
    def week(self) -> int:
        """The place of the whole week."""
        return CELLS + 24

    @property
    def first_window(self) -> int:
        """The place of the first window."""
        return CELLS + 25


@lru_cache
def areas_of(window_hours: int) -> Areas:
    """The areas, with windows of so many hours, 1 to 24, none of which goes past midnight."""
    windows = tuple(_windows(window_hours))
    of_cell: list[list[int]] = [[cell, CELLS + cell % 24, CELLS + 24] for cell in range(CELLS)]
    for place, window in enumerate(windows, CELLS + 25):
        for cell in window.cells:
            of_cell[cell].append(place)
    return Areas(windows, tuple(map(tuple, of_cell)), CELLS + 25 + len(windows))


def _windows(hours: int) -> Iterator[Area]:
    for name, weekdays in GROUPS:
        for first in range(25 - hours):
            yield Area(name, weekdays, first, first + hours)
