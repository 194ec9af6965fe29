"""Tables as text without a header: the columns are named 1, 2, 3 and so on."""

import csv
from collections.abc import Callable, Iterator

from opportune.adapters.sources.csv_rows import DELIMITERS
from opportune.adapters.sources.rows import Lines, Row, cell_of, too_long
from opportune.errors import EventError


def bare_rows(delimiter: str | None = None) -> Callable[[Lines], Iterator[Row]]:
    """Reads lines with this sign between the cells; else the one that the first line has most, or if none blanks.

    A cell ends with its line. Empty lines, and lines that begin with ``#``, are no rows.
    """

    def rows(lines: Lines) -> Iterator[Row]:
        sign = delimiter
        for raw in lines:
            if raw is None:
                yield Row(lines.line, refusal=too_long(lines.line))
                continue
            try:
                text = raw.decode("utf-8-sig" if lines.line == 1 else "utf-8")
                if not text.strip() or text.startswith("#"):
                    continue
                sign = sign or _sign_of(text)
                yield Row(lines.line, {str(place): cell_of(cell) for place, cell in enumerate(_cells(text, sign), 1)})
            except (csv.Error, UnicodeDecodeError) as fault:
                reason = "not UTF-8; save the file as UTF-8" if isinstance(fault, UnicodeDecodeError) else str(fault)
                yield Row(lines.line, refusal=EventError("bad_row", f"line {lines.line}: {reason}"))

    return rows


def _sign_of(text: str) -> str:
    sign = max(DELIMITERS, key=lambda each: (text.count(each), -DELIMITERS.index(each)))
    return sign if sign in text else " "


def _cells(text: str, sign: str) -> list[str]:
    return text.split() if sign == " " else next(csv.reader([text], delimiter=sign, strict=True))
