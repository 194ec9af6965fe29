"""Shares by hour of the day as columns; where too little is known that is what is shown."""

from collections.abc import Sequence

from msgspec import Struct

from opportune.console.axes import axis, fitting
from opportune.console.chart_grid import HOURS
from opportune.console.lettering import width_of
from opportune.console.markup import Markup, element, text
from opportune.console.picture import Picture, empty, framed, label

_SMALL = 11.0


class Known(Struct, frozen=True):
    """A share and its interval; None where nothing is known. Without ``is_enough`` it says too little to be shown."""

    share: float | None
    low: float | None
    high: float | None
    is_enough: bool
    title: str
    """What is said where one points at it."""


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
