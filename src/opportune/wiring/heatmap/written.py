"""The report as a file: a table, JSON, a picture or a page."""

import csv
import io
from typing import Final

import msgspec

from opportune.errors import Unavailable
from opportune.wiring.heatmap.report import Report

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r")
"""How a cell begins that a spreadsheet would calculate."""


def written(report: Report, ending: str) -> str:
    """The text of a file of this ending: ``.csv``, ``.json``, ``.svg`` or ``.html``."""
    match ending:
        case ".csv":
            return table_of(report)
        case ".json":
            return msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n"
        case ".svg":
            from opportune.wiring.heatmap.pictures import drawn

            return drawn(report)
        case ".html":
            from opportune.wiring.heatmap.html import page_of

            return page_of(report)
    raise Unavailable(f"a file that ends in .html, .svg, .json or .csv, not {ending!r}")


def table_of(report: Report) -> str:
    """One row for each segment and cell; Monday is 1, as in conditions, and a share without sends is empty."""
    text = io.StringIO()
    out = csv.writer(text, lineterminator="\n")
    out.writerow(["segment", "weekday", "hour", "sends", "opened", "users", "share", "low", "high", "is_enough"])
    for figures in report.figures:
        name = figures.name
        said = f"'{name}" if name.startswith(_FORMULA) else name
        for cell in figures.cells:
            of = cell.of
            shares = ["" if each is None else f"{each:.6f}" for each in (of.share, of.low, of.high)]
            counts = [of.sends, of.opened, of.users]
            out.writerow([said, cell.weekday + 1, cell.hour, *counts, *shares, str(of.is_enough).lower()])
    return text.getvalue()
