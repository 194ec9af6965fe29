"""The figures as charts, on scales that all segments share."""

from collections.abc import Sequence

from msgspec import Struct

from opportune.console.chart_grid import HOURS, WEEKDAYS
from opportune.console.chart_heatmap import Shades, shades_of, week_of_shares
from opportune.console.chart_rows import Interval, intervals
from opportune.console.chart_shares import Known, day_of_shares
from opportune.console.charts import Columns, Series, stacked_columns
from opportune.console.markup import Markup
from opportune.console.page import Draw
from opportune.console.picture import Picture, alone
from opportune.wiring.heatmap import words
from opportune.wiring.heatmap.report import Cell, Figures, Hour, Report, Share

_HOURS = Columns(tuple(f"{hour:02}:00–{hour:02}:59" for hour in range(24)), HOURS, "hour of the open")


class Scales(Struct, frozen=True):
    """What pictures of several segments share."""

    shades: Shades
    least: int
    top: float
    """The highest end of an hour's interval."""
    delays: int
    """Columns of the histogram of delays."""


def scales_of(report: Report) -> Scales:
    """The scales of this report."""
    hours = [hour.of.high or 0 for each in report.figures for hour in each.hours if hour.of.is_enough]
    cells = [_of_cell(cell) for each in report.figures for cell in each.cells]
    columns = words.columns_of([each.delays for each in report.figures])
    return Scales(shades_of(cells), report.settings.least, max(hours, default=0.0), columns)


def drawn(report: Report) -> str:
    """The week as an SVG file: of the segment if there is one, else of all."""
    figures = report.figures[1] if len(report.figures) > 1 else report.figures[0]
    whose = "" if figures.segment is None else f" where {figures.segment}"
    title = f"Share of sends{whose} that were opened, by weekday and hour of the send on the users' own clocks"
    says = f"{words.of_all(figures)} {words.of_windows(figures, report.settings.least)}"
    below = f"{words.of_all(figures)} In the fields: % opened of those sent then, by the users' own clocks."
    return alone(week(figures, scales_of(report), below)(Picture("heatmap", title, says)))


def week(figures: Figures, scales: Scales, below: str = "") -> Draw:
    """The heatmap; ``below`` is a line under it."""
    days = [[_of_cell(cell) for cell in figures.cells[day * 24 : day * 24 + 24]] for day in range(7)]

    def draw(picture: Picture) -> Markup:
        return week_of_shares(picture, days, shades=scales.shades, least=scales.least, below=below)

    return draw


def windows(figures: Figures) -> Draw:
    """The best windows, with their intervals, and all sends beside them."""
    shown = [_interval(words.window_named(each), each.of) for each in figures.windows]
    shown.append(_interval("all sends", figures.all))
    return lambda picture: intervals(picture, [each for each in shown if each is not None], unit="%")


def opens(figures: Figures) -> Draw:
    """Opens by the hour in which they happened."""
    series = [Series("", tuple(hour.opens for hour in figures.hours), 0)]
    return lambda picture: stacked_columns(picture, _HOURS, series, nothing="Nothing was opened.")


def hours(figures: Figures, scales: Scales) -> Draw:
    """Opens per send, by the hour of the send."""
    known = [_of_hour(hour) for hour in figures.hours]
    nothing = f"No hour has {scales.least} sends."
    return lambda picture: day_of_shares(picture, known, "hour of the send", most=scales.top, nothing=nothing)


def delays(figures: Figures, scales: Scales) -> Draw:
    """How many opens came how long after the send."""
    names = tuple(figures.delays.histogram)[: scales.delays]
    short = [name.replace("under ", "<").replace(" days", " d") for name in names]
    ladder = [[*enumerate(short)][::step] for step in (1, 2, 3, 4)]
    columns = Columns(names, ladder, "from send to open")
    series = [Series("", tuple(figures.delays.histogram[name] for name in names), 0)]
    return lambda picture: stacked_columns(picture, columns, series, nothing="Nothing was opened.")


def _interval(name: str, share: Share) -> Interval | None:
    if share.share is None or share.low is None or share.high is None:
        return None
    return Interval(name, share.share, share.low, share.high)


def _of_cell(cell: Cell) -> Known:
    return _known(f"{WEEKDAYS[cell.weekday]} {cell.hour:02}:00–{cell.hour:02}:59", cell.of)


def _of_hour(hour: Hour) -> Known:
    return _known(f"{hour.hour:02}:00–{hour.hour:02}:59", hour.of)


def _known(name: str, of: Share) -> Known:
    return Known(of.share, of.low, of.high, of.is_enough, f"{name}: {told(of)}")


def told(of: Share) -> str:
    """``24% of 310 sends opened (19–29%)``; of too few how many."""
    if of.share is None:
        return "none sent"
    if not of.is_enough:
        return f"{of.opened} of {words.many(of.sends, 'send')} opened: too few to say"
    return f"{words.share_of(of)} of {words.many(of.sends, 'send')} opened ({words.ends_of(of)})"


def cell_in_table(of: Share) -> str:
    """``24% of 310``; of too few ``3 of 12``."""
    if of.share is None:
        return "–"
    return f"{words.share_of(of)} of {of.sends:,}" if of.is_enough else f"{of.opened} of {of.sends}"


def whole_week(figures: Figures) -> Sequence[Sequence[Cell]]:
    """The cells, day by day."""
    return [figures.cells[day * 24 : day * 24 + 24] for day in range(7)]
