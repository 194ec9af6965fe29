"""When sends are opened, in figures: for all, and for each segment."""

from typing import Final

from msgspec import Struct

from opportune.units import Millis
from opportune.wiring.heatmap.delays import Delays

WRONG: Final = 0.05
"""The chance that an interval misses; of windows, that any of all those looked at does."""


class Share(Struct, frozen=True, kw_only=True):
    """How many of some sends were opened; the share and its interval are None where there are none."""

    sends: int
    opened: int
    users: int
    share: float | None
    low: float | None
    high: float | None
    is_enough: bool
    """Whether there are as many sends as are asked for; else the share is no answer."""


class Cell(Struct, frozen=True):
    """One hour of the week, of the send, on the user's clock; weekday 0 is Monday."""

    weekday: int
    hour: int
    of: Share


class Hour(Struct, frozen=True):
    """One hour of the day on all days: of the sends then, and of the opens that happened then, whenever it was sent."""

    hour: int
    of: Share
    opens: int


class Window(Struct, frozen=True):
    """Hours [first, end) on these days. The interval holds for all windows that were looked at together."""

    days: str
    weekdays: tuple[int, ...]
    first: int
    end: int
    of: Share
    rest: float | None
    """The share of all other sends; None if there are none."""
    is_better: bool
    """Whether the low end is above the share of all sends: else chance alone may have put it on top."""


class Figures(Struct, frozen=True, kw_only=True):
    """What is known of the sends of one segment; None is all of them."""

    segment: str | None
    sends: int
    opened: int
    machine: int
    """Sends that only machines opened; they count as not opened."""
    unsure: int
    """Sends of whose opening nobody can say by whom; they count as not opened."""
    all: Share
    cells: tuple[Cell, ...]
    hours: tuple[Hour, ...]
    delays: Delays
    windows: tuple[Window, ...]
    """The best, at most three, none of them lying over another."""
    windows_compared: int
    """How many had enough behind them to be looked at."""

    @property
    def name(self) -> str:
        """How it is called beside others."""
        return "all sends" if self.segment is None else self.segment


class Settings(Struct, frozen=True):
    """What the figures were made with."""

    least: int
    window_hours: int
    machine_within: Millis
    """Of rows without a column that says who opened, unless it was asked for."""
    zones: tuple[str, ...]


class Report(Struct, kw_only=True):
    """All that files of sends say. rows = refused + without_zone + repeats + sends of all."""

    files: tuple[str, ...]
    rows: int
    refused: dict[str, int]
    """Rows by the code of what is wrong with them."""
    examples: list[str]
    """The first refusals, in words."""
    users_refused: int
    """Rows of files of traits that say nothing that can be taken; they are none of ``rows``."""
    without_zone: int
    repeats: int
    """Rows of sends that another row had told of."""
    settings: Settings
    figures: tuple[Figures, ...]
    """Of all, then of each segment."""
    seconds: float = 0.0
    peak_mb: float = 0.0
