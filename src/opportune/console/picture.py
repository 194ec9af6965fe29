"""The frame of every picture: what it is called, what it says, how wide it is."""

from msgspec import Struct

from opportune.console.colours import kind, sheet
from opportune.console.lettering import SIZE, shortened, width_of
from opportune.console.markup import Markup, element, text

WIDE, COLUMN, NARROW = 880, 420, 350
"""A page's width, half of it, and a telephone's: text keeps its size, so a picture is drawn for one of them."""


class Picture(Struct, frozen=True):
    """What is drawn: ``name`` is its id on the page, ``title`` what it shows, ``says`` what is to be seen in it."""

    name: str
    title: str
    says: str
    width: int = WIDE

    @property
    def is_narrow(self) -> bool:
        """Is it drawn for a telephone, or a column?"""
        return self.width < 600


class Kind(Struct, frozen=True):
    """What a colour stands for; ``place`` None is the grey of the others."""

    name: str
    place: int | None


def framed(picture: Picture, height: float, *inner: Markup) -> Markup:
    """The picture as an SVG element that says in words what it shows."""
    tall = round(height)
    return element(
        "svg",
        element("title", text(picture.title), id=f"{picture.name}-title"),
        element("desc", text(picture.says), id=f"{picture.name}-desc"),
        *inner,
        xmlns="http://www.w3.org/2000/svg",
        class_="chart",
        role="img",
        aria_labelledby=f"{picture.name}-title {picture.name}-desc",
        viewBox=f"0 0 {picture.width} {tall}",
        width=picture.width,
        height=tall,
    )


def alone(svg: Markup) -> str:
    """The picture as a file of its own, with its colours."""
    head, _, rest = svg.partition("<title")
    return f"{head}<style>{sheet()}\nsvg.chart{{background:var(--paper)}}</style><title{rest}"


def empty(picture: Picture, why: str) -> Markup:
    """A picture of nothing, which says so."""
    said = shortened(why, picture.width - 24)
    return framed(
        picture,
        64,
        element("rect", x=0.5, y=0.5, width=picture.width - 1, height=63, rx=4, class_="none"),
        explained(label(said, picture.width / 2, 36, anchor="middle", look="quiet"), why),
    )


def label(said: str, x: float, y: float, *, anchor: str = "start", look: str | None = None) -> Markup:
    """One line of text from its base."""
    return element("text", text(said), x=x, y=y, text_anchor=anchor, class_=look)


def explained(shown: Markup, full: str) -> Markup:
    """What is shown in brief, with the whole of it where one points at it."""
    return element("g", element("title", text(full)), shown)


def legend(kinds: list[Kind], width: float, top: float) -> tuple[Markup, float]:
    """Which colour is whose, in as many lines as it takes; also where it ends below."""
    if not kinds:
        return Markup(""), top
    parts, x, y = [], 0.0, top
    for each in kinds:
        said = shortened(each.name, min(width - 20, 240))
        wide = 16 + width_of(said)
        if x and x + wide > width:
            x, y = 0.0, y + 18
        parts.append(element("rect", x=x, y=y + 1, width=10, height=10, rx=2, class_=kind(each.place)))
        parts.append(explained(label(said, x + 16, y + 10), each.name))
        x += wide + 16
    return Markup("".join(parts)), y + 18 + SIZE / 2
