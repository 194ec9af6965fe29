"""Columns that stand on a line: of days, of hours, of how many users had so many."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from opportune.console.axes import Axis, Ladder, axis, brief, counted, fitting
from opportune.console.colours import KINDS, kind
from opportune.console.lettering import width_of
from opportune.console.markup import Markup, element, joined, text
from opportune.console.picture import Kind, Picture, empty, framed, label, legend

_SMALL = 11.0
_WIDEST = 96.0
"""A column has at most so much room, the gap beside it included."""


class Series(Struct, frozen=True):
    """One kind's share of each column; ``place`` is its colour's, None the grey of the others."""

    name: str
    values: tuple[int, ...]
    place: int | None = 0


class Columns(Struct, frozen=True):
    """What stands below: each column's full name, the ways to label them, and what they are together."""

    names: tuple[str, ...]
    ladder: Ladder
    below: str = ""


class _Plot(Struct, frozen=True):
    """The ground that the columns stand on, in the units of the picture."""

    left: float
    right: float
    top: float
    bottom: float
    axis: Axis

    def height(self, value: float) -> float:
        return (self.bottom - self.top) * self.axis.share(value)


def largest(totals: Mapping[str, int], most: int = KINDS) -> tuple[str, ...]:
    """The names that have a colour of their own: those of the most, ties by name; all but one are never folded."""
    named = sorted((name for name, total in totals.items() if total > 0), key=lambda name: (-totals[name], name))
    return tuple(named[:most])


def folded(values: Mapping[str, Sequence[int]], kept: Sequence[str]) -> tuple[Series, ...]:
    """The kept ones each in their colour, and all others together as ``3 others``; the columns' sums stay."""
    shown = [Series(name, tuple(values[name]), place) for place, name in enumerate(kept) if name in values]
    rest = sorted(name for name in values if name not in set(kept) and any(values[name]))
    if len(rest) == 1:
        shown.append(Series(rest[0], tuple(values[rest[0]]), None))
    elif rest:
        sums = tuple(sum(each) for each in zip(*(values[name] for name in rest), strict=True))
        shown.append(Series(f"{len(rest)} others", sums, None))
    return tuple(shown)


def stacked_columns(
    picture: Picture, columns: Columns, series: Sequence[Series], *, most: int = 0, nothing: str = "Nothing to show."
) -> Markup:
    """A column for each name, of all series one on the other; ``most`` lets several pictures share their scale."""
    sums = [sum(each) for each in zip(*(each.values for each in series), strict=True)] if series else []
    if not any(sums):
        return empty(picture, nothing)
    several = len(series) > 1
    head, top = legend([Kind(each.name, each.place) for each in series if several], picture.width, 0)
    plot = _plot(picture, top, max(most, *sums), len(columns.names))
    return framed(
        picture,
        plot.bottom + (40 if columns.below else 22),
        head,
        _grid(plot),
        *_stacks(plot, columns, series),
        _peak(plot, sums),
        element("line", x1=plot.left, x2=plot.right, y1=plot.bottom, y2=plot.bottom, class_="base"),
        _below(plot, columns),
    )


def histogram(picture: Picture, counts: Mapping[int, int], below: str, *, most: int = 0, fold: int = 16) -> Markup:
    """How many users (or what is counted) have each number; ``fold`` numbers are shown, what is above is one column."""
    low, high = (min(counts), max(counts)) if counts else (0, 0)
    last = low + fold - 1
    numbers = range(low, min(high, last) + 1)
    values = [counts.get(number, 0) for number in numbers]
    names = [counted(number) for number in numbers]
    if high > last:
        values[-1] += sum(count for number, count in counts.items() if number > last)
        names[-1] += " or more"
    said = [name.replace(" or more", "+") for name in names]
    ladder = [[*enumerate(said)][::step] for step in (1, 2, 5)]
    columns = Columns(tuple(names), ladder, below)
    return stacked_columns(picture, columns, [Series("", tuple(values), 0)], most=most)


def _plot(picture: Picture, top: float, most: int, count: int) -> _Plot:
    scale = axis(0, most)
    left = max(width_of(brief(tick), _SMALL) for tick in scale.ticks) + 8
    tall = 150 if picture.is_narrow else 200
    right = min(picture.width - 1.0, left + max(count, 2) * _WIDEST)
    return _Plot(left, right, top + 18, top + 18 + tall, scale)


def _grid(plot: _Plot) -> Markup:
    parts = []
    for tick in plot.axis.ticks:
        y = plot.bottom - plot.height(tick)
        parts.append(element("line", x1=plot.left, x2=plot.right, y1=y, y2=y, class_="grid"))
        parts.append(label(brief(tick), plot.left - 6, y + 4, anchor="end", look="quiet small"))
    return joined(*parts)


def _step(plot: _Plot, count: int) -> tuple[float, float]:
    """From one column to the next, and how much of that is a column."""
    step = (plot.right - plot.left) / count
    return step, min(72.0, step * 0.8 if step >= 5 else step * 0.92)


def _stacks(plot: _Plot, columns: Columns, series: Sequence[Series]) -> list[Markup]:
    """Each column is one group, which says in words what it is made of."""
    step, wide = _step(plot, len(columns.names))
    drawn = []
    for place, name in enumerate(columns.names):
        shares = [(each, each.values[place]) for each in series if each.values[place]]
        if not shares:
            continue
        x, y, parts = plot.left + (place + 0.5) * step - wide / 2, plot.bottom, []
        for each, value in shares:
            tall = plot.height(value)
            y -= tall
            look = kind(each.place) + (" gap" if len(shares) > 1 and wide > 7 and tall > 5 else "")
            parts.append(element("rect", x=x, y=y, width=wide, height=tall, class_=look))
        drawn.append(element("g", element("title", text(_told(name, shares))), *parts))
    return drawn


def _told(name: str, shares: list[tuple[Series, int]]) -> str:
    """``2 Jun: 40 (cart 28, winback 12)``; what has no name has no share of its own."""
    total = counted(sum(value for _, value in shares))
    parts = ", ".join(f"{each.name} {counted(value)}" for each, value in shares if each.name)
    return f"{name}: {total} ({parts})" if parts else f"{name}: {total}"


def _peak(plot: _Plot, sums: list[int]) -> Markup:
    """The greatest column says its number."""
    place = sums.index(max(sums))
    step, _ = _step(plot, len(sums))
    said = counted(sums[place])
    half = width_of(said, _SMALL) / 2
    x = max(plot.left + half, min(plot.right - half, plot.left + (place + 0.5) * step))
    return label(said, x, plot.bottom - plot.height(sums[place]) - 5, anchor="middle", look="small strong")


def _below(plot: _Plot, columns: Columns) -> Markup:
    step, _ = _step(plot, len(columns.names))
    middles = [plot.left + (place + 0.5) * step for place in range(len(columns.names))]
    laid = fitting(columns.ladder, middles, plot.left - 4, plot.right, size=_SMALL)
    parts = [label(said, x, plot.bottom + 15, anchor="middle", look="small") for x, said in laid]
    if columns.below:
        parts.append(
            label(columns.below, (plot.left + plot.right) / 2, plot.bottom + 33, anchor="middle", look="quiet small")
        )
    return joined(*parts)
