"""Files of sends for tests, and what the heatmap says of them."""

import csv
from collections.abc import Iterable, Mapping
from pathlib import Path

import msgspec

from opportune.wiring.heatmap.making import heatmap_of
from opportune.wiring.heatmap.report import Report
from opportune.wiring.heatmap.wish import Wish

NAMES = ("user_id", "send_time_utc", "open_time_utc", "timezone", "message_id", "plan")


def row(
    user: str = "ann",
    sent: str = "2026-06-01T08:00:00Z",
    opened: str = "",
    *,
    zone: str = "Europe/Berlin",
    **more: str,
) -> dict[str, str]:
    """One row of a table; 2026-06-01 is a Monday."""
    return {"user_id": user, "send_time_utc": sent, "open_time_utc": opened, "timezone": zone} | more


def table(path: Path, rows: Iterable[Mapping[str, str]], names: tuple[str, ...] = NAMES) -> Path:
    """The rows as CSV; what a row does not say is an empty cell."""
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, names, restval="")
        out.writeheader()
        out.writerows(rows)
    return path


def told(folder: Path, rows: Iterable[Mapping[str, str]], wish: Wish | None = None) -> Report:
    """What the rows come to."""
    path = table(folder / "sends.csv", rows)
    return heatmap_of(msgspec.structs.replace(wish or Wish(files=()), files=(path,)))


def plain(report: Report) -> dict[str, object]:
    """The report without what differs from one time to the next."""
    given: dict[str, object] = msgspec.to_builtins(report)
    return {name: value for name, value in given.items() if name not in ("files", "seconds", "peak_mb", "examples")}


def filled(report: Report, place: int = 0) -> dict[tuple[int, int], tuple[int, int]]:
    """By weekday and hour sends and opened sends, of the cells that have any."""
    cells = report.figures[place].cells
    return {(cell.weekday, cell.hour): (cell.of.sends, cell.of.opened) for cell in cells if cell.of.sends}
