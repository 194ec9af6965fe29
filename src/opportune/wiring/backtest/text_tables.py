"""Tables and small charts in plain text, for a terminal of a hundred columns."""

from collections.abc import Sequence
from itertools import zip_longest
from textwrap import wrap

WIDTH = 98
"""Columns that a line has at most."""
_EIGHTHS = " ▏▎▍▌▋▊▉█"
_HEIGHTS = " ▁▂▃▄▅▆▇█"


def counted(count: int) -> str:
    """``12,345``; nothing as a dash, so that the eye finds what there is."""
    return f"{count:,}" if count else "-"


def percent(part: int, whole: int) -> str:
    """``4 %``, with one place below ten; what is nearly nothing or nearly all is never said to be so."""
    if not whole or not part:
        return "0 %"
    share = 100 * part / whole
    if share < 0.1:
        return "<0.1 %"
    if part < whole and share > 99:
        return ">99 %"
    return f"{share:.1f} %" if share < 9.95 else f"{share:.0f} %"


def bar(value: float, most: float, width: int) -> str:
    """As long as the value is of the most; what is there at all shows."""
    eighths = round(8 * width * value / most) if most else 0
    if value and not eighths:
        eighths = 1
    return "█" * (eighths // 8) + _EIGHTHS[eighths % 8].strip()


def heights(values: Sequence[int]) -> str:
    """One sign for each value, as high as it is of the most; what is there at all shows."""
    most = max(values, default=0)
    return "".join(_HEIGHTS[max(round(8 * value / most), 1) if value else 0] for value in values)


def table(rows: Sequence[Sequence[str]], *, left: int = 1, indent: int = 2, gap: int = 2) -> list[str]:
    """The rows in columns, the first ``left`` of them flush left and the others flush right; the last may be text."""
    columns = list(zip_longest(*rows, fillvalue=""))
    widths = [max(map(len, column)) for column in columns]
    lines = []
    for row in rows:
        cells = [
            cell.ljust(width) if place < left else cell.rjust(width)
            for place, (cell, width) in enumerate(zip(row, widths, strict=False))
        ]
        lines.append((" " * indent + (" " * gap).join(cells)).rstrip())
    return lines


def escaped(text: str) -> str:
    """The text with what moves a cursor or turns the direction of writing written out, as ``\\u202e``."""
    if text.isprintable():
        return text
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode("ascii") for each in text)


def shortened(text: str, most: int) -> str:
    """The text, or its beginning with ``…``."""
    return text if len(text) <= most else text[: most - 1] + "…"


def paragraph(text: str, *, sign: str = "", indent: int = 2) -> list[str]:
    """The text in lines; behind a sign such as ``- `` they stand in."""
    first, later = " " * indent + sign, " " * (indent + len(sign))
    return wrap(text, WIDTH, initial_indent=first, subsequent_indent=later, break_on_hyphens=False)
