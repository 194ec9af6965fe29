"""The report in plain text, for a terminal of eighty columns."""

from collections.abc import Iterator
from textwrap import wrap

from opportune.console.axes import brief, counted
from opportune.console.chart_grid import WEEKDAYS
from opportune.wiring.backtest.text_tables import bar, escaped, heights, shortened, table
from opportune.wiring.heatmap import words
from opportune.wiring.heatmap.delays import in_words
from opportune.wiring.heatmap.report import Cell, Figures, Report

WIDTH = 80
_THIN = "·"
_SHORT = {"Monday to Friday": "Mon–Fri", "Saturday and Sunday": "Sat, Sun"}
_FINE = 0.1
"""Where no share is above, cells count opens of a thousand sends."""


def lines_of(report: Report) -> Iterator[str]:
    """All of it: what was read, then each segment."""
    yield f"{words.many(report.rows, 'row')} of {shortened(', '.join(map(escaped, report.files)), 56)}"
    for line in words.left_out(report):
        yield from wrap(line, WIDTH, initial_indent="  ", subsequent_indent="    ")
    for figures in report.figures:
        yield ""
        if len(report.figures) > 1:
            yield escaped(shortened(f"== {figures.name}", WIDTH))
        yield from _of_figures(figures, report)


def _of_figures(figures: Figures, report: Report) -> Iterator[str]:
    yield from wrap(words.of_all(figures), WIDTH)
    if not figures.sends:
        return
    yield ""
    yield from _week(figures, report.settings.least)
    yield ""
    yield from _windows(figures, report.settings.least)
    yield ""
    yield from _hours(figures)
    yield from wrap(words.of_hours(figures, report.settings.least), WIDTH, initial_indent="  ", subsequent_indent="  ")
    yield ""
    yield from _delays(figures)


def _week(figures: Figures, least: int) -> Iterator[str]:
    shares = [cell.of.share or 0 for cell in figures.cells if cell.of.is_enough]
    per, unit = (100, "%") if max(shares, default=1) >= _FINE else (1000, "per mille")
    yield f"opened, in {unit}, by weekday and hour of the send on the users' own clocks"
    yield "     " + "".join(f" {hour:02}" for hour in range(24))
    for place, name in enumerate(WEEKDAYS):
        day = figures.cells[place * 24 : place * 24 + 24]
        yield (f"  {name[:3]}" + "".join(_cell(cell, per) for cell in day)).rstrip()
    thin = sum(1 for cell in figures.cells if cell.of.sends and not cell.of.is_enough)
    if thin:
        yield f"  {_THIN} fewer than {least} sends: too little to say ({thin} of 168 cells)"


def _cell(cell: Cell, per: int) -> str:
    if cell.of.share is None:
        return "   "
    return f"{round(cell.of.share * per):3}" if cell.of.is_enough else f"  {_THIN}"


def _windows(figures: Figures, least: int) -> Iterator[str]:
    yield from wrap(words.of_windows(figures, least), WIDTH)
    if not figures.windows:
        return
    rows = [["window", "opened", "interval", "others", "sends", "users", "better"]]
    for window in figures.windows:
        rest = "–" if window.rest is None else f"{100 * window.rest:.1f}%"
        surely = "surely" if window.is_better else "perhaps"
        numbers = [words.share_of(window.of), words.ends_of(window.of), rest]
        counts = [brief(window.of.sends), brief(window.of.users)]
        name = f"{_SHORT.get(window.days, window.days)} {words.span_of(window.first, window.end)}"
        rows.append([name, *numbers, *counts, surely])
    yield from table(rows)
    yield from wrap(words.promised(figures), WIDTH, initial_indent="  ", subsequent_indent="  ")


def _hours(figures: Figures) -> Iterator[str]:
    shares = [round(1_000_000 * (each.of.share or 0)) if each.of.is_enough else 0 for each in figures.hours]
    yield "by hour of the day      00    06    12    18"
    yield f"  sends                 {heights([each.of.sends for each in figures.hours])}"
    yield f"  opens by hour         {heights([each.opens for each in figures.hours])}"
    yield f"  opens per send        {heights(shares)}"


def _delays(figures: Figures) -> Iterator[str]:
    yield from wrap(words.of_delays(figures), WIDTH)
    most = max(figures.delays.histogram.values())
    if not most:
        return
    for name, count in list(figures.delays.histogram.items())[: words.columns_of([figures.delays])]:
        yield f"  {name:12} {counted(count):>12}  {bar(count, most, 40)}".rstrip()
    quantiles = [f"{percent}% within {in_words(delay)}" for percent, delay in figures.delays.quantiles.items()]
    yield from wrap("of the opens " + ", ".join(quantiles), WIDTH, initial_indent="  ", subsequent_indent="    ")
