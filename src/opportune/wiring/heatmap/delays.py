"""How long after the send mail is opened: counted finely enough for quantiles, in little memory."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Final

from msgspec import Struct

from opportune.units import DAY, HOUR, MINUTE, SECOND, Millis

QUANTILES: Final = (10, 25, 50, 75, 90, 95)
"""In percent of the opens."""
EDGES: Final[tuple[tuple[Millis, str], ...]] = (
    (MINUTE, "under 1 min"),
    (5 * MINUTE, "1–5 min"),
    (15 * MINUTE, "5–15 min"),
    (30 * MINUTE, "15–30 min"),
    (HOUR, "30–60 min"),
    (2 * HOUR, "1–2 h"),
    (4 * HOUR, "2–4 h"),
    (8 * HOUR, "4–8 h"),
    (16 * HOUR, "8–16 h"),
    (DAY, "16–24 h"),
    (2 * DAY, "1–2 days"),
    (7 * DAY, "2–7 days"),
)
"""The columns of the histogram, each up to and without its instant; what is later is the last one."""
LATER: Final = "later"
_MOST: Final = 366 * DAY


class Delays(Struct, frozen=True):
    """From send to open. Quantiles are by percent, in ms: the least delay within which so many of the opens come.

    They are rounded down to the second below an hour, to the minute below a week, and to the hour beyond.
    """

    opens: int
    quantiles: dict[int, Millis]
    histogram: dict[str, int]


def step_of(delay: Millis) -> Millis:
    """The delay, rounded down as ``Delays`` says; a year is the longest."""
    if delay < HOUR:
        return delay // SECOND * SECOND
    if delay < 7 * DAY:
        return delay // MINUTE * MINUTE
    return min(delay, _MOST) // HOUR * HOUR


def delays_of(counts: Mapping[Millis, int]) -> Delays:
    """From how many opens had each step."""
    ordered = sorted(counts.items())
    opens = sum(counts.values())
    quantiles: dict[int, Millis] = {}
    passed, waiting = 0, list(QUANTILES)
    for step, count in ordered:
        passed += count
        while waiting and passed * 100 >= waiting[0] * opens:
            quantiles[waiting.pop(0)] = step
    return Delays(opens, quantiles, _histogram(counts))


def _histogram(counts: Mapping[Millis, int]) -> dict[str, int]:
    ends = [0, *(end for end, _ in EDGES), _MOST + DAY]
    names = [*(name for _, name in EDGES), LATER]
    found = dict.fromkeys(names, 0)
    spans = list(zip(names, pairwise(ends), strict=True))
    for step, count in counts.items():
        found[next(name for name, (first, end) in spans if first <= step < end)] += count
    return found


def in_words(delay: Millis) -> str:
    """The delay as people say it, in one unit or two: ``42 s``, ``5 min``, ``1 h 20 min``, ``2 days``."""
    if delay < MINUTE:
        return f"{delay // SECOND} s"
    if delay < HOUR:
        return f"{round(delay / MINUTE)} min"
    if delay < DAY:
        hours, minutes = divmod(round(delay / MINUTE), 60)
        return f"{hours} h {minutes} min" if minutes and hours < 10 else f"{round(delay / HOUR)} h"
    days = round(delay / DAY, 1)
    return f"{days:g} day{'' if days == 1 else 's'}"
