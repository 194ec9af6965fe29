"""Shares by hour: of the week as fields, of the day as columns; where too little is known that is what is shown."""

from collections.abc import Sequence
from math import floor

from msgspec import Struct

from opportune.console.axes import axis, fitting
from opportune.console.chart_grid import HOURS, WEEKDAYS, field
from opportune.console.colours import SHADES_LIGHT
from opportune.console.lettering import width_of
from opportune.console.markup import Markup, element, joined, text
from opportune.console.picture import Picture, empty, framed, label

_SMALL = 11.0
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200)
"""In thousandths: what one shade may stand for."""
_SHADES = len(SHADES_LIGHT)


class Known(Struct, frozen=True):
    """A share and its interval; None where nothing is known. Without ``is_enough`` it says too little to be shown."""

    share: float | None
    low: float | None
    high: float | None
    is_enough: bool
    title: str
    """What is said where one points at it."""


class Shades(Struct, frozen=True):
    """What the six shades stand for: ``first`` is where the lightest begins, each ``step`` wide, in thousandths."""

    first: int
    step: int

    def of(self, share: float) -> int:
        """The shade of a share, 1 to 6."""
        return min(_SHADES, max(1, floor((share * 1000 - self.first) / self.step + 1e-9) + 1))

    def said(self, shade: int) -> str:
        """``12–14%``."""
        low = self.first + (shade - 1) * self.step
        return f"{low / 10:g}–{(low + self.step) / 10:g}%"


def shades_of(known: Sequence[Known]) -> Shades:
    """Round steps from the least to the greatest share that has enough behind it."""
    shares = [round(each.share * 1000) for each in known if each.is_enough and each.share is not None] or [0]
    low, high = min(shares), max(shares)
    for step in _STEPS:
        first = low // step * step
        if first + _SHADES * step >= high:
            return Shades(first, step)
    raise AssertionError(high)


def week_of_shares(
    picture: Picture, week: Sequence[Sequence[Known]], *, shades: Shades, least: int, nothing: str = "Nothing to show."
) -> Markup:
    """Seven weekdays, Monday first, by 24 hours; fields with fewer than ``least`` behind them are struck through."""
    if not any(each.share is not None for day in week for each in day):
        return empty(picture, nothing)
    left = max(width_of(day[:3], _SMALL) for day in WEEKDAYS) + 6
    size = ((picture.width - left) / 24, 20.0 if picture.is_narrow else 28.0)
    fields = [
        _field(left + hour * size[0], weekday * size[1], size, (each, shades))
        for weekday, day in enumerate(week)
        for hour, each in enumerate(day)
    ]
    days = [
        label(day[:3], left - 6, (place + 0.5) * size[1] + 4, anchor="end", look="quiet small")
        for place, day in enumerate(WEEKDAYS)
    ]
    middles = [left + (hour + 0.5) * size[0] for hour in range(24)]
    bottom = 7 * size[1]
    laid = fitting(HOURS, middles, left - 4, picture.width, size=_SMALL)
    hours = [label(said, x, bottom + 15, anchor="middle", look="quiet small") for x, said in laid]
    key, end = _key(picture.width, bottom + 28, week, (shades, least))
    return framed(picture, end, *days, *fields, *hours, key)


def _field(x: float, y: float, size: tuple[float, float], known: tuple[Known, Shades]) -> Markup:
    each, shades = known
    title = element("title", text(each.title))
    if each.share is None:
        return field(x, y, size, 0, title)
    if not each.is_enough:
        return joined(field(x, y, size, 0, title), _struck(x, y, size))
    dark = shades.of(each.share)
    shown = field(x, y, size, dark, title)
    said = _number(each.share, shades)
    if width_of(said, _SMALL) + 3 > size[0]:
        return shown
    number = label(said, x + size[0] / 2 + 0.25, y + size[1] / 2 + 4, anchor="middle", look=f"on{dark} small")
    return element("g", title, shown, number)


def _number(share: float, shades: Shades) -> str:
    """In percent, with as many places as tell one shade from the next."""
    return f"{share * 100:.0f}" if shades.step >= 5 else f"{share * 100:.1f}"


def _struck(x: float, y: float, size: tuple[float, float]) -> Markup:
    """A line through a field, from corner to corner."""
    return element("line", x1=x + 2, x2=x + size[0] - 1.5, y1=y + size[1] - 1.5, y2=y + 2, class_="grid")


def _key(width: float, top: float, week: Sequence[Sequence[Known]], known: tuple[Shades, int]) -> tuple[Markup, float]:
    """What the shades stand for, and the fields without one, as far as there are any."""
    (shades, least), every = known, [each for day in week for each in day]
    used = [shades.of(each.share) for each in every if each.is_enough and each.share is not None]
    said = [(dark, shades.said(dark), False) for dark in range(1, max(used, default=0) + 1)]
    if any(each.share is not None and not each.is_enough for each in every):
        said.append((0, f"fewer than {least} sends", True))
    if any(each.share is None for each in every):
        said.append((0, "none sent", False))
    parts, x, y = [], 0.0, top
    for dark, words, is_struck in said:
        wide = 20 + width_of(words, _SMALL)
        if x and x + wide > width:
            x, y = 0.0, y + 18
        parts.append(field(x, y, (14.5, 14.5), dark, element("title", text(words))))
        parts += [_struck(x, y, (14.5, 14.5))] if is_struck else []
        parts.append(label(words, x + 18, y + 11, look="quiet small"))
        x += wide + 12
    return joined(*parts), y + 18


def day_of_shares(
    picture: Picture, hours: Sequence[Known], below: str, *, most: float = 0, nothing: str = "Nothing to show."
) -> Markup:
    """A column for each hour of the day with its interval as a line; ``most`` lets several pictures share a scale."""
    if not any(each.is_enough for each in hours):
        return empty(picture, nothing)
    top = max(most, *(each.high or 0 for each in hours if each.is_enough))
    scale = axis(0, top, whole=False)
    decimals = 0 if all(abs(tick * 100 - round(tick * 100)) < 1e-6 for tick in scale.ticks) else 1
    said = [f"{tick * 100:.{decimals}f}%" for tick in scale.ticks]
    left = max(width_of(each, _SMALL) for each in said) + 8
    tall, head = (150.0 if picture.is_narrow else 200.0), 18.0
    bottom, step = head + tall, (picture.width - left) / len(hours)
    lines = []
    for tick, words in zip(scale.ticks, said, strict=True):
        y = bottom - tall * scale.share(tick)
        lines.append(element("line", x1=left, x2=picture.width, y1=y, y2=y, class_="grid"))
        lines.append(label(words, left - 6, y + 4, anchor="end", look="quiet small"))
    columns = [
        _column(left + (place + 0.5) * step, step * 0.8, bottom, (each, tall * scale.share(each.share or 0)))
        + _reach(left + (place + 0.5) * step, bottom, each, [tall * scale.share(end or 0) for end in _ends(each)])
        for place, each in enumerate(hours)
    ]
    base = element("line", x1=left, x2=picture.width, y1=bottom, y2=bottom, class_="base")
    middles = [left + (place + 0.5) * step for place in range(len(hours))]
    laid = fitting(HOURS, middles, left - 4, picture.width, size=_SMALL)
    names = [label(each, x, bottom + 15, anchor="middle", look="small") for x, each in laid]
    under = label(below, (left + picture.width) / 2, bottom + 33, anchor="middle", look="quiet small")
    return framed(picture, bottom + 40, *lines, *map(Markup, columns), base, *names, under)


def _ends(each: Known) -> tuple[float | None, float | None]:
    return each.low, each.high


def _column(x: float, wide: float, bottom: float, known: tuple[Known, float]) -> Markup:
    each, tall = known
    title = element("title", text(each.title))
    if not each.is_enough:
        return element("rect", title, x=x - wide / 2, y=bottom - 6, width=wide, height=6.0, class_="none")
    return element("rect", title, x=x - wide / 2, y=bottom - tall, width=wide, height=tall, class_="s0")


def _reach(x: float, bottom: float, each: Known, ends: Sequence[float]) -> Markup:
    """The interval, as a line."""
    if not each.is_enough:
        return Markup("")
    return element("line", x1=x, x2=x, y1=bottom - ends[1], y2=bottom - ends[0], class_="span")
