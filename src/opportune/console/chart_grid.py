"""Fields of a grid, darker for more: hours of the week, and who kept whom from speaking."""

from collections.abc import Mapping, Sequence
from math import ceil, floor

from msgspec import Struct

from opportune.console.axes import brief, counted, fitting
from opportune.console.colours import SHADES_LIGHT, shade
from opportune.console.lettering import lines_of, shortened, width_of
from opportune.console.markup import Markup, element, joined, text
from opportune.console.picture import Picture, empty, explained, framed, label

_SMALL = 11.0
HOURS = [[(hour, f"{hour:02}") for hour in range(0, 24, step)] for step in (1, 2, 3, 6)]
"""The ways to label the hours of a day, the fullest first."""
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def heatmap(
    picture: Picture, week: Sequence[Sequence[int]], *, most: int = 0, nothing: str = "Nothing to show."
) -> Markup:
    """Seven weekdays, Monday first, by 24 hours; ``most`` lets several pictures share their shades."""
    top = max(most, *(value for day in week for value in day))
    if not any(value for day in week for value in day):
        return empty(picture, nothing)
    left = max(width_of(day[:3], _SMALL) for day in WEEKDAYS) + 6
    wide = (picture.width - left) / 24
    tall = 20 if picture.is_narrow else 26
    fields = [
        _hour(left + hour * wide, weekday * tall, (wide, tall), (weekday, hour, value, top))
        for weekday, day in enumerate(week)
        for hour, value in enumerate(day)
    ]
    days = [
        label(day[:3], left - 6, (place + 0.5) * tall + 4, anchor="end", look="quiet small")
        for place, day in enumerate(WEEKDAYS)
    ]
    middles = [left + (hour + 0.5) * wide for hour in range(24)]
    bottom = 7 * tall
    laid = fitting(HOURS, middles, left - 4, picture.width, size=_SMALL)
    hours = [label(said, x, bottom + 15, anchor="middle", look="quiet small") for x, said in laid]
    key, end = _key(picture.width, bottom + 26, top)
    return framed(picture, end, *days, *fields, *hours, key)


def _hour(x: float, y: float, size: tuple[float, float], said: tuple[int, int, int, int]) -> Markup:
    weekday, hour, value, top = said
    title = element("title", text(f"{WEEKDAYS[weekday]} {hour:02}:00–{hour:02}:59: {counted(value)}"))
    return field(x, y, size, shade(value, top), title)


def field(x: float, y: float, size: tuple[float, float], dark: int, title: Markup) -> Markup:
    """One field of a grid, with air around it; of no shade it is an outline."""
    look = f"q{dark}" if dark else "none"
    wide, tall = size
    return element("rect", title, x=x + 1, y=y + 1, width=wide - 1.5, height=tall - 1.5, rx=1.5, class_=look)


def _key(width: float, top: float, most: int) -> tuple[Markup, float]:
    """What each shade stands for, of whole numbers; a shade that no number has is left out."""
    parts, x, y = [], 0.0, top
    shades = len(SHADES_LIGHT)
    for dark in range(1, shades + 1):
        low, high = floor((dark - 1) * most / shades) + 1, floor(dark * most / shades)
        if high < low:
            continue
        said = brief(low) if low == high else f"{brief(low)}–{brief(high)}"
        wide = 16 + width_of(said, _SMALL)
        if x and x + wide > width:
            x, y = 0.0, y + 18
        parts.append(element("rect", x=x, y=y + 1, width=12, height=12, rx=2, class_=f"q{dark}"))
        parts.append(label(said, x + 16, y + 11, look="quiet small"))
        x += wide + 12
    return joined(*parts), y + 18


class _Layout(Struct, frozen=True):
    """Where the fields of a matrix begin, and how large they are."""

    left: float
    top: float
    wide: float
    tall: float = 30


def matrix(
    picture: Picture, counts: Mapping[tuple[str, str], int], *, most: int = 0, nothing: str = "Nothing to show."
) -> Markup:
    """How often the one of each row lost to the one of each column; the small ones are folded into ``others``."""
    counts = {pair: count for pair, count in counts.items() if count > 0}
    if not counts:
        return empty(picture, nothing)
    shown, losers, winners = _folded(counts, most or (6 if picture.is_narrow else 10))
    left = min(max(width_of(name) for name in losers) + 10, picture.width * (0.36 if picture.is_narrow else 0.25))
    wide = min((picture.width - left) / len(winners), 110.0)
    heads, top = _heads(winners, left, wide)
    layout = _Layout(left, top, wide)
    highest = max(shown.values())
    fields = [
        _collision(layout, (row, column), (loser, winner), (shown.get((loser, winner), 0), highest))
        for row, loser in enumerate(losers)
        for column, winner in enumerate(winners)
    ]
    names = [
        explained(label(shortened(name, left - 10), left - 8, top + (place + 0.5) * 30 + 4, anchor="end"), name)
        for place, name in enumerate(losers)
    ]
    return framed(picture, top + 30 * len(losers) + 2, heads, *names, *fields)


def _folded(
    counts: Mapping[tuple[str, str], int], most: int
) -> tuple[dict[tuple[str, str], int], list[str], list[str]]:
    """The counts between the largest of either side, what is left over as ``n others``; and both sides in order."""
    sides = [_sides(counts, place, most) for place in (0, 1)]
    shown: dict[tuple[str, str], int] = {}
    for (loser, winner), count in sorted(counts.items()):
        pair = (sides[0][loser], sides[1][winner])
        shown[pair] = shown.get(pair, 0) + count
    losers, winners = (list(dict.fromkeys(side.values())) for side in sides)
    return shown, losers, winners


def _sides(counts: Mapping[tuple[str, str], int], place: int, most: int) -> dict[str, str]:
    """By name, what it is shown as; those of the most first, ties by name."""
    totals: dict[str, int] = {}
    for pair, count in counts.items():
        totals[pair[place]] = totals.get(pair[place], 0) + count
    named = sorted(totals, key=lambda name: (-totals[name], name))
    if len(named) <= most:
        return {name: name for name in named}
    rest = f"{len(named) - most + 1} others"
    return {name: name if place < most - 1 else rest for place, name in enumerate(named)}


def _heads(winners: Sequence[str], left: float, wide: float) -> tuple[Markup, float]:
    """The winners above their columns: in lines where they fit so, else upright; also where they end."""
    parted = [lines for name in winners if (lines := lines_of(name, wide - 6, 3))]
    middles = [left + (place + 0.5) * wide for place in range(len(winners))]
    if len(parted) == len(winners):
        deep = max(map(len, parted))
        level = [
            explained(label(line, x, 14 * (deep - len(lines) + row) + 12, anchor="middle"), name)
            for x, name, lines in zip(middles, winners, parted, strict=True)
            for row, line in enumerate(lines)
        ]
        return joined(*level), 14.0 * deep + 8
    said = [shortened(name, 120) for name in winners]
    tall = ceil(max(map(width_of, said))) + 6.0
    upright = [_upright(each, name, x + 4, tall - 4) for x, name, each in zip(middles, winners, said, strict=True)]
    return joined(*upright), tall


def _upright(said: str, name: str, x: float, y: float) -> Markup:
    """A text that is read from below."""
    return element("g", explained(label(said, 0, 0), name), transform=f"translate({x:.1f} {y:.1f}) rotate(-90)")


def _collision(layout: _Layout, place: tuple[int, int], pair: tuple[str, str], counted_of: tuple[int, int]) -> Markup:
    (row, column), (loser, winner), (count, highest) = place, pair, counted_of
    x, y = layout.left + column * layout.wide, layout.top + row * layout.tall
    dark = shade(count, highest)
    title = element("title", text(f"{loser} lost to {winner}: {counted(count)}"))
    box = field(x, y, (layout.wide, layout.tall), dark, title)
    said = next((each for each in (counted(count), brief(count)) if width_of(each) <= layout.wide - 4), "")
    if not count or not said:
        return box
    return joined(box, label(said, x + layout.wide / 2, y + 19, anchor="middle", look=f"on{dark}"))
