"""Shares by hour of the week as fields, darker for more; where too little is known that is what is shown."""

from collections.abc import Sequence
from math import floor

from msgspec import Struct

from opportune.console.axes import fitting
from opportune.console.chart_grid import HOURS, WEEKDAYS, field
from opportune.console.chart_shares import Known
from opportune.console.colours import SHADES_LIGHT
from opportune.console.lettering import shortened, width_of
from opportune.console.markup import Markup, element, joined, text
from opportune.console.picture import Picture, empty, framed, label

_SMALL = 11.0
_STEPS = (1, 2, 5, 10, 20, 30, 40, 50, 100, 120, 150, 200)
"""In thousandths: what one shade may stand for."""
_SHADES = len(SHADES_LIGHT)


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

    def number(self, share: float) -> str:
        """In percent, with as many places as tell one shade from the next."""
        return f"{share * 100:.0f}" if self.step >= 5 else f"{share * 100:.1f}"


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
    picture: Picture, week: Sequence[Sequence[Known]], *, shades: Shades, least: int, below: str = ""
) -> Markup:
    """Seven weekdays, Monday first, by 24 hours; fields with fewer than ``least`` behind them are struck through.

    ``below`` is a line of words under it, for where nothing else says what it shows.
    """
    if not any(each.share is not None for day in week for each in day):
        return empty(picture, "There is no send to show.")
    left = max(width_of(day[:3], _SMALL) for day in WEEKDAYS) + 6
    size = ((picture.width - left) / 24, 20.0 if picture.is_narrow else 28.0)
    is_wide = all(width_of(shades.number(each.share or 0), _SMALL) + 3 <= size[0] for day in week for each in day)
    fields = [
        _field(left + hour * size[0], weekday * size[1], size, _Shown(each, shades, is_wide))
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
    if below:
        key, end = (
            joined(key, label(shortened(below, picture.width, _SMALL), 0, end + 14, look="quiet small")),
            end + 20,
        )
    return framed(picture, end, *days, *fields, *hours, key)


class _Shown(Struct, frozen=True):
    """What one field shows; ``is_told``: its number too."""

    each: Known
    shades: Shades
    is_told: bool


def _field(x: float, y: float, size: tuple[float, float], shown: _Shown) -> Markup:
    each, shades = shown.each, shown.shades
    title = element("title", text(each.title))
    if each.share is None:
        return field(x, y, size, 0, title)
    if not each.is_enough:
        return joined(field(x, y, size, 0, title), _struck(x, y, size))
    dark = shades.of(each.share)
    box = field(x, y, size, dark, title)
    if not shown.is_told:
        return box
    said, middle = shades.number(each.share), x + size[0] / 2 + 0.25
    number = label(said, middle, y + size[1] / 2 + 4, anchor="middle", look=f"on{dark} small")
    return element("g", title, box, number)


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
