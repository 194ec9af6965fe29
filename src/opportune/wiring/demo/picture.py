"""A frame of the live view as an SVG that is readable on light and on dark pages, whatever fonts there are."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from opportune.wiring.demo.frame import Row, Style

_WIDTH: Final = 8.4
_HEIGHT: Final = 18
_MARGIN: Final = 14
_BLOCKS: Final = "▁▂▃▄▅▆▇█"
_LIGHT: Final[dict[Style, str]] = {
    "plain": "#24292f", "bold": "#000000", "dim": "#656d76", "good": "#1a7f37", "plan": "#9a6700", "bad": "#cf222e",
    "accent": "#0550ae",
}  # fmt: skip
_DARK: Final[dict[Style, str]] = {
    "plain": "#d1d7e0", "bold": "#ffffff", "dim": "#8b949e", "good": "#56d364", "plan": "#e3b341", "bad": "#ff7b72",
    "accent": "#79c0ff",
}  # fmt: skip


def picture(rows: Sequence[Row], columns: int) -> str:
    """The whole file. Bars are drawn as shapes, and each stretch of text is given its exact width."""
    width, height = columns * _WIDTH + 2 * _MARGIN, len(rows) * _HEIGHT + 2 * _MARGIN
    inside = "\n".join(line for number, row in enumerate(rows) for line in _row(row, number))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" '
        f'width="{width:.0f}" height="{height:.0f}" role="img" aria-label="The live view of opportune demo">\n'
        f"<style>\n{_colours(_LIGHT, '#f6f8fa', '#d0d7de')}\n"
        f"@media (prefers-color-scheme: dark) {{\n{_colours(_DARK, '#0d1117', '#30363d')}\n}}\n"
        "text { font: 13.5px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; "
        "white-space: pre; }\n.t-bold { font-weight: bold; }\n</style>\n"
        f'<rect class="page" x="0.5" y="0.5" width="{width - 1:.0f}" height="{height - 1:.0f}" rx="8"/>\n'
        f"{inside}\n</svg>\n"
    )


def _colours(palette: dict[Style, str], page: str, edge: str) -> str:
    styles = "".join(f".t-{style} {{ fill: {colour}; }} " for style, colour in palette.items())
    return f".page {{ fill: {page}; stroke: {edge}; }} {styles}"


def _row(row: Row, number: int) -> Iterator[str]:
    column, top = 0, _MARGIN + number * _HEIGHT
    for text, style in row:
        for start, stretch in _stretches(text):
            x = _MARGIN + (column + start) * _WIDTH
            yield _shape(stretch, style, x, top) if stretch[0] in _BLOCKS + "━─" else _words(stretch, style, x, top)
        column += len(text)


def _words(text: str, style: Style, x: float, top: int) -> str:
    exact = f'textLength="{len(text) * _WIDTH:.1f}" lengthAdjust="spacingAndGlyphs"'
    return f'<text class="t-{style}" x="{x:.1f}" y="{top + 13.5}" {exact}>{escape(text)}</text>'


def _shape(text: str, style: Style, x: float, top: int) -> str:
    width = len(text) * _WIDTH
    if text[0] in _BLOCKS:
        height = _HEIGHT * (_BLOCKS.index(text[0]) + 1) / 8
        y = top + _HEIGHT - height
    else:
        height = 5.0 if text[0] == "━" else 1.5
        y = top + (_HEIGHT - height) / 2
    return f'<rect class="t-{style}" x="{x:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height:.1f}"/>'


def _stretches(text: str) -> Iterator[tuple[int, str]]:
    """What is not blank: words with single blanks between them, and runs of one and the same shape."""
    start = 0
    while start < len(text):
        end = start + 1
        if text[start] in _BLOCKS + "━─":
            while end < len(text) and text[end] == text[start]:
                end += 1
            yield start, text[start:end]
        elif text[start] != " ":
            while end < len(text) and text[end] not in _BLOCKS + "━─" and text[end : end + 2].strip():
                end += 1
            yield start, text[start:end].rstrip()
        start = end
