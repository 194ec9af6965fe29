"""What to take up first: impact against feasibility, five by five, with names in the fields."""

from collections.abc import Mapping, Sequence

from opportune.console.lettering import shortened
from opportune.console.markup import Markup, element, joined, text
from opportune.console.picture import Picture, empty, explained, framed, label

_SIZES = (1, 2, 3, 4, 5)
_LEFT, _TALL, _LINE = 34.0, 74.0, 15.0
_MOST = 4
"""Names that one field shows; of more it says how many."""


def priorities_chart(picture: Picture, named: Mapping[str, tuple[int, int]], *, high: int, medium: int) -> Markup:
    """Each name in the field of its impact and feasibility, 1 to 5 both; a field is darker the higher its product.

    ``high`` and ``medium`` are the products from which a field is of these levels.
    """
    if not named:
        return empty(picture, "There is no journey to weigh.")
    wide = (picture.width - _LEFT) / 5
    fields = [
        _field(
            (_LEFT + (feasibility - 1) * wide, (5 - impact) * _TALL),
            wide,
            _look(impact * feasibility, high, medium),
            [name for name, place in sorted(named.items()) if place == (impact, feasibility)],
        )
        for impact in _SIZES
        for feasibility in _SIZES
    ]
    bottom = 5 * _TALL
    rows = [label(str(each), _LEFT - 10, (5.5 - each) * _TALL + 4, anchor="end", look="quiet") for each in _SIZES]
    columns = [
        label(str(each), _LEFT + (each - 0.5) * wide, bottom + 16, anchor="middle", look="quiet") for each in _SIZES
    ]
    said = f"feasibility: 5 is easily had. Darkest: High, from a product of {high} on; then Medium, from {medium}"
    below = label(
        shortened(said, picture.width - _LEFT, 11.0),
        _LEFT + 2.5 * wide,
        bottom + 34,
        anchor="middle",
        look="quiet small",
    )
    beside = element(
        "g",
        label("impact: 5 reaches most", 0, 0, anchor="middle", look="quiet small"),
        transform=f"translate(11 {2.5 * _TALL:.0f}) rotate(-90)",
    )
    return framed(picture, bottom + 40, *fields, *rows, *columns, below, beside)


def _look(product: int, high: int, medium: int) -> int:
    """The shade of a field, 1 to 3: of its level."""
    return 3 if product >= high else 2 if product >= medium else 1


def _field(place: tuple[float, float], wide: float, dark: int, names: Sequence[str]) -> Markup:
    x, y = place
    title = (element("title", text(", ".join(names))),) if names else ()
    box = element("rect", *title, x=x + 1, y=y + 1, width=wide - 2, height=_TALL - 2, rx=3, class_=f"q{dark}")
    shown = list(names) if len(names) <= _MOST else [*names[: _MOST - 1], f"and {len(names) - _MOST + 1} more"]
    lines = [
        explained(label(shortened(name, wide - 12), x + 7, y + 18 + _LINE * row, look=f"on{dark}"), name)
        for row, name in enumerate(shown)
    ]
    return joined(box, *lines)
