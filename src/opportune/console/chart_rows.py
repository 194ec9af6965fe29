"""Rows from a line on the left: how much of each, and estimates with how far they may be off."""

from collections.abc import Sequence

from msgspec import Struct

from opportune.console.axes import Axis, axis, counted
from opportune.console.colours import kind
from opportune.console.lettering import SIZE, shortened, width_of
from opportune.console.markup import Markup, element, joined, text
from opportune.console.picture import Picture, empty, explained, framed, label


class Row(Struct, frozen=True):
    """One bar; ``place`` is its colour's, None the grey of the others, and ``note`` stands behind its number."""

    name: str
    value: int
    note: str = ""
    place: int | None = 0


class Interval(Struct, frozen=True):
    """An estimate; low <= value <= high."""

    name: str
    value: float
    low: float
    high: float


class _Shape(Struct, frozen=True):
    """Where bars lie; ``above`` is the room of names that stand over their bars, None if they stand on the left."""

    above: float | None
    left: float
    right: float
    step: float

    def middle(self, place: int) -> float:
        """The middle of a row's bar."""
        return (place + 0.5) * self.step + (0 if self.above is None else 9)


def rows(picture: Picture, bars: Sequence[Row], *, most: int = 0, nothing: str = "Nothing to show.") -> Markup:
    """A bar for each, in their order, with its number at its end."""
    if not any(bar.value for bar in bars):
        return empty(picture, nothing)
    said = [counted(bar.value) + (f" {bar.note}" if bar.note else "") for bar in bars]
    shape = _shape(picture, [bar.name for bar in bars], said)
    top = max(most, *(bar.value for bar in bars))
    drawn = []
    for place, (bar, numbered) in enumerate(zip(bars, said, strict=True)):
        middle = shape.middle(place)
        wide = max((shape.right - shape.left) * bar.value / top, 1.0 if bar.value else 0.0)
        drawn.append(
            element(
                "g",
                element("title", text(f"{bar.name}: {numbered}")),
                _name(shape, place, bar.name),
                element("rect", x=shape.left, y=middle - 7, width=wide, height=14, rx=1.5, class_=kind(bar.place)),
                label(numbered, shape.left + wide + 6, middle + 4, look="quiet"),
            )
        )
    return framed(picture, shape.step * len(bars) + 2, *drawn)


def intervals(
    picture: Picture, estimates: Sequence[Interval], *, unit: str = "", nothing: str = "Nothing can be estimated."
) -> Markup:
    """A point for each estimate on a line from low to high, above one axis; ``unit`` ``%`` reads numbers as shares."""
    if not estimates:
        return empty(picture, nothing)
    said = [told(each, unit) for each in estimates]
    shape = _shape(picture, [each.name for each in estimates], said)
    scale = axis(
        min(each.low for each in estimates),
        max(each.high for each in estimates),
        parts=3 if picture.is_narrow else 5,
        whole=False,
    )
    bottom = shape.step * len(estimates) + 4
    drawn = [_interval(shape, scale, place, (each, said[place])) for place, each in enumerate(estimates)]
    return framed(picture, bottom + 20, _ticks(shape, scale, bottom, unit), *drawn)


def told(each: Interval, unit: str) -> str:
    """``3.2% (2.1–4.5%)``."""
    ends = (
        f"{written(each.low)}–{written(each.high)}" if unit != "%" else f"{percent(each.low)[:-1]}–{percent(each.high)}"
    )
    value = written(each.value) if unit != "%" else percent(each.value)
    return f"{value} ({ends})"


def percent(share: float) -> str:
    """A share as a percentage, with a decimal where it is below ten: ``3.2%``, ``45%``."""
    return f"{share * 100:.0f}%" if abs(share) >= 0.0995 or share == 0 else f"{share * 100:.1f}%"


def written(value: float) -> str:
    """A number with as many decimals as it needs to be told from its like."""
    if value == 0 or abs(value) >= 99.5:
        return counted(value)
    return f"{value:.1f}" if abs(value) >= 9.95 else f"{value:.2f}"


def _shape(picture: Picture, names: Sequence[str], said: Sequence[str]) -> _Shape:
    """Names stand on the left where they fit in two fifths of the picture; else above their bars."""
    behind = max(width_of(each) for each in said) + 10
    wide = max(width_of(name) for name in names) + 10
    if wide <= picture.width * 0.42 and picture.width - wide - behind > picture.width * 0.2:
        return _Shape(None, wide, picture.width - behind, 24)
    return _Shape(picture.width, 1, max(picture.width - behind, 20), 42)


def _name(shape: _Shape, place: int, name: str) -> Markup:
    if shape.above is not None:
        return explained(label(shortened(name, shape.above), 0, shape.middle(place) - 13), name)
    return label(name, shape.left - 8, shape.middle(place) + 4, anchor="end")


def _ticks(shape: _Shape, scale: Axis, bottom: float, unit: str) -> Markup:
    parts = []
    factor = 100 if unit == "%" else 1
    decimals = 0 if all(abs(tick * factor - round(tick * factor)) < 1e-6 for tick in scale.ticks) else 1
    for tick in scale.ticks:
        x = shape.left + (shape.right - shape.left) * scale.share(tick)
        said = f"{tick * factor:,.{decimals}f}{unit}"
        half = width_of(said, 11) / 2
        parts.append(element("line", x1=x, x2=x, y1=0, y2=bottom, class_="base" if tick == 0 else "grid"))
        parts.append(label(said, max(half, x), bottom + 15, anchor="middle", look="quiet small"))
    return joined(*parts)


def _interval(shape: _Shape, scale: Axis, place: int, shown: tuple[Interval, str]) -> Markup:
    each, said = shown
    low, value, high = (
        shape.left + (shape.right - shape.left) * scale.share(end) for end in (each.low, each.value, each.high)
    )
    middle = shape.middle(place)
    return element(
        "g",
        element("title", text(f"{each.name}: {said}")),
        _name(shape, place, each.name),
        element("line", x1=low, x2=high, y1=middle, y2=middle, class_="reach"),
        element("circle", cx=value, cy=middle, r=SIZE / 2.4, class_="s0 gap"),
        label(said, shape.right + 10, middle + 4, look="quiet"),
    )
