"""One page that needs nothing but itself: no script, font or picture from elsewhere; it may be mailed and printed."""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from opportune.console.markup import Markup, element, joined, text
from opportune.console.page_style import style
from opportune.console.picture import COLUMN, NARROW, WIDE, Picture

POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
"""What a browser may load for our pages: nothing but the style that stands in them."""
Draw: TypeAlias = Callable[[Picture], Markup]
"""Draws one picture, in the width that it is asked for."""


class Column(Struct, frozen=True):
    """A column of a table: numbers stand on the right, long texts have room."""

    name: str
    look: Literal["number", "long"] | None = None


class Chart(Struct, frozen=True):
    """One drawing: ``name`` is unique on the page, ``says`` its one sentence, ``label`` whose it is among several."""

    name: str
    draw: Draw
    says: str
    label: str = ""


def document(title: str, head: Markup, sections: Sequence[tuple[str, str, Markup]], foot: Markup) -> str:
    """The whole page: sections by (id, heading, inner), which the head leads to."""
    links = [element("a", text(heading), href=f"#{name}") for name, heading, _ in sections]
    parts = [element("section", element("h2", text(heading)), inner, id=name) for name, heading, inner in sections]
    page = element(
        "html",
        element(
            "head",
            element("meta", charset="utf-8"),
            element("meta", http_equiv="Content-Security-Policy", content=POLICY),
            element("meta", name="viewport", content="width=device-width, initial-scale=1"),
            element("meta", name="referrer", content="no-referrer"),
            element("title", text(title)),
            Markup(f"<style>{style()}</style>"),
        ),
        element(
            "body",
            element("header", head, element("nav", *links, aria_label="Sections")),
            element("main", *parts),
            element("footer", foot),
        ),
        lang="en",
    )
    return f"<!doctype html>\n{page}\n"


def figure(title: str, charts: Sequence[Chart], table: Markup | None = None) -> Markup:
    """Charts under what they say; for a desk and for a telephone, beside each other if several, and as a table."""
    behind = () if table is None else (folded("As a table", table, look="table"),)
    caption = element("figcaption", text(title))
    if len(charts) == 1:
        (chart,) = charts
        drawn = _drawn(chart, title, WIDE)
        return element("figure", element("h3", text(chart.says)), caption, *drawn, *behind)
    beside = [
        element("div", paragraph(chart.label, look="label"), paragraph(chart.says), *_drawn(chart, title, COLUMN))
        for chart in charts
    ]
    return element("figure", element("h3", text(title)), element("div", *beside, class_="beside"), *behind)


def _drawn(chart: Chart, title: str, wide: int) -> tuple[Markup, Markup]:
    """For a desk, and for a telephone: only one of them is shown."""
    return (
        element("div", chart.draw(_picture(chart, title, wide)), class_="wide"),
        element("div", chart.draw(_picture(chart, title, NARROW)), class_="narrow"),
    )


def _picture(chart: Chart, title: str, width: int) -> Picture:
    ours = f"{chart.label}: {title}" if chart.label else title
    return Picture(f"{chart.name}-{width}", ours, chart.says, width)


def folded(summary: str, inner: Markup, *, look: str | None = None, is_open: bool = False) -> Markup:
    """What one may unfold, or fold if it is open."""
    named = element("summary", text(summary), class_=look)
    return element("details", named, inner, class_=look, open="" if is_open else None)


def table(columns: Sequence[Column], rows: Iterable[Sequence[Markup]], *, folds: bool = False) -> Markup:
    """The first cell names its row; ``folds``: on a telephone each row becomes a list, else one moves it sideways."""
    head = element("tr", *(element("th", text(each.name), class_=each.look, scope="col") for each in columns))
    body = [element("tr", *_cells(columns, row)) for row in rows]
    inner = element("table", element("thead", head), element("tbody", *body), class_="folds" if folds else None)
    return element("div", inner, class_="scroll", tabindex=None if folds else "0")


def _cells(columns: Sequence[Column], row: Sequence[Markup]) -> list[Markup]:
    return [
        element("td", cell, class_=column.look, data_name=column.name) if place else element("th", cell, scope="row")
        for place, (column, cell) in enumerate(zip(columns, row, strict=True))
    ]


def figures(shown: Sequence[tuple[str, str, str]]) -> Markup:
    """Large numbers: (what it is, the number, a word to it)."""
    parts = [
        element(
            "div",
            element("dt", text(name)),
            element("dd", text(number), *((element("small", text(note)),) if note else ())),
        )
        for name, number, note in shown
    ]
    return element("dl", *parts, class_="figures")


def paragraph(said: str, *, look: str | None = None) -> Markup:
    """A paragraph of plain text."""
    return element("p", text(said), class_=look)


def listed(items: Iterable[str]) -> Markup:
    """A list of plain texts."""
    return element("ul", *(element("li", text(item)) for item in items))


def with_note(said: str, note: str) -> Markup:
    """A cell with a quieter second line."""
    return joined(text(said), element("span", text(note), class_="quiet")) if note else text(said)


def breakable(name: str) -> Markup:
    """A name of ours that may go on in the next line behind each of its parts."""
    parts = name.replace("_", "_\0").replace("-", "-\0").split("\0")
    return Markup("<wbr/>".join(map(text, parts)))
