"""The page: when sends are opened, for all and for each segment beside each other."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from opportune.console.axes import counted
from opportune.console.chart_grid import WEEKDAYS
from opportune.console.markup import Markup, element, joined, text
from opportune.console.page import Chart, Column, Draw, document, figure, figures, folded, listed, paragraph, table
from opportune.wiring.heatmap import pictures, words
from opportune.wiring.heatmap.delays import in_words
from opportune.wiring.heatmap.pictures import Scales, scales_of
from opportune.wiring.heatmap.report import Figures, Report

HOURS = "Opens show when you send; opens per send show when sends are opened"
Say: TypeAlias = Callable[[Figures], str]


def page_of(report: Report) -> str:
    """The whole page."""
    scales = scales_of(report)
    sections = [
        ("week", "When sends are opened", _week(report, scales)),
        ("windows", "The best windows", _windows(report)),
        ("hours", "Opens by hour, and opens per send", _hours(report, scales)),
        ("delay", "How soon", _delays(report, scales)),
    ]
    names = ", ".join(path.rpartition("/")[2] for path in report.files)
    return document(f"{names}: when mail is opened", _head(report, names), sections, _foot(report))


def _head(report: Report, names: str) -> Markup:
    whole = report.figures[0]
    warned = [each for each in words.left_out(report) if "refused" in each or "left out" in each]
    return joined(
        paragraph(f"When mail is opened: {names}", look="eyebrow"),
        element("h1", text(words.of_all(whole))),
        *(paragraph(f"{said}.", look="warning") for said in warned),
        figures(
            [
                ("Sends", counted(whole.sends), f"to {words.many(whole.all.users, 'user')}"),
                ("Opened", words.share_of(whole.all), f"{counted(whole.opened)} ({words.ends_of(whole.all)})"),
                ("Half of the opens within", _half(whole), ""),
            ]
        ),
    )


def _half(of: Figures) -> str:
    return in_words(of.delays.quantiles[50]) if of.delays.opens else "–"


def _charts(report: Report, name: str, draw: Callable[[Figures], Draw], say: Say) -> list[Chart]:
    """One chart for each segment; of one alone nobody needs to be told whose it is."""
    labels = [each.name if len(report.figures) > 1 else "" for each in report.figures]
    return [Chart(f"{name}-{place}", draw(each), say(each), labels[place]) for place, each in enumerate(report.figures)]


def _week(report: Report, scales: Scales) -> Markup:
    charts = _charts(report, "week", lambda each: pictures.week(each, scales), words.of_all)
    title = "Of the sends of each hour of the week, how many were opened, in %; on the users' own clocks"
    note = f"A field with fewer than {scales.least} sends behind it is struck through: its share is mostly chance."
    return joined(figure(title, charts), *map(_week_table, report.figures), paragraph(note, look="note"))


def _week_table(of: Figures) -> Markup:
    columns = [Column("Weekday"), *(Column(f"{hour:02}", "number") for hour in range(24))]
    rows = [
        [text(WEEKDAYS[day]), *(text(pictures.cell_in_table(cell.of)) for cell in cells)]
        for day, cells in enumerate(pictures.whole_week(of))
    ]
    named = "As a table" if of.segment is None else f"As a table: {of.segment}"
    return folded(named, table(columns, rows), look="table")


def _windows(report: Report) -> Markup:
    least = report.settings.least
    charts = _charts(report, "windows", pictures.windows, lambda each: words.of_windows(each, least))
    hours = report.settings.window_hours
    how = (
        f"A window is {words.many(hours, 'hour')} on end, on one weekday, Monday to Friday, at the weekend or every "
        f"day. It stands only if each of its hours and each of its days has {least} sends. The best is that whose "
        "interval begins highest, so that one with few sends must be much better to win; the next lie apart from it."
    )
    parts = [_window_table(each, is_named=len(report.figures) > 1) for each in report.figures if each.windows]
    return joined(
        figure("Share of sends that were opened", charts),
        *parts,
        paragraph(how, look="note"),
        *(paragraph(words.promised(each), look="note") for each in report.figures[:1] if each.windows),
    )


def _window_table(of: Figures, *, is_named: bool) -> Markup:
    columns = [
        Column("Window"),
        *(Column(name, "number") for name in ("Opened", "Interval", "All others", "Sends", "Users")),
        Column("Above all sends?"),
    ]
    rows = [
        [
            text(words.window_named(each)),
            text(words.share_of(each.of)),
            text(words.ends_of(each.of)),
            text("–" if each.rest is None else f"{100 * each.rest:.1f}%"),
            text(counted(each.of.sends)),
            text(counted(each.of.users)),
            text("surely" if each.is_better else "cannot be told"),
        ]
        for each in of.windows
    ]
    head = [paragraph(of.name, look="label")] if is_named else []
    return joined(*head, table(columns, rows, folds=True))


def _hours(report: Report, scales: Scales) -> Markup:
    parts = []
    for place, each in enumerate(report.figures):
        head = [paragraph(each.name, look="label")] if len(report.figures) > 1 else []
        sides = [
            Chart(f"opens-{place}", pictures.opens(each), "How many happen in each hour.", "Opens by hour"),
            Chart(
                f"hours-{place}",
                pictures.hours(each, scales),
                "Of the sends of each hour, how many were opened.",
                "Opens per send by hour",
            ),
        ]
        said = paragraph(words.of_hours(each, scales.least))
        parts.append(joined(*head, said, figure(HOURS, sides, _hour_table(each))))
    note = "The line in a column is its 95% interval. An empty box has too few sends."
    return joined(*parts, paragraph(note, look="note"))


def _hour_table(of: Figures) -> Markup:
    names = ("Sends", "Opened", "Opened of the sends", "Interval", "Opens in this hour")
    columns = [Column("Hour"), *(Column(name, "number") for name in names)]
    rows = [
        [
            text(f"{each.hour:02}:00"),
            text(counted(each.of.sends)),
            text(counted(each.of.opened)),
            text(words.share_of(each.of) if each.of.is_enough else "too few"),
            text(words.ends_of(each.of) if each.of.is_enough else "–"),
            text(counted(each.opens)),
        ]
        for each in of.hours
    ]
    return table(columns, rows)


def _delays(report: Report, scales: Scales) -> Markup:
    charts = _charts(report, "delay", lambda each: pictures.delays(each, scales), words.of_delays)
    whose = [Column(each.name, "number") for each in report.figures]
    names = report.figures[0].delays.histogram
    rows = [[text(name), *(text(counted(each.delays.histogram[name])) for each in report.figures)] for name in names]
    quantiles = [
        [text(f"{percent}% within"), *(text(_quantile(each, percent)) for each in report.figures)]
        for percent in _percents(report.figures)
    ]
    behind = joined(table([Column("From send to open"), *whose], rows), table([Column("Opened"), *whose], quantiles))
    return figure("Opens by the delay from send to open", charts, behind)


def _percents(of: Sequence[Figures]) -> list[int]:
    return sorted({percent for each in of for percent in each.delays.quantiles})


def _quantile(of: Figures, percent: int) -> str:
    delay = of.delays.quantiles.get(percent)
    return "–" if delay is None else in_words(delay)


def _foot(report: Report) -> Markup:
    facts = [f"{words.many(report.rows, 'row')} were read.", *(f"{each}." for each in words.left_out(report))]
    facts += [f"Refused: {example}" for example in report.examples]
    clock = ", then ".join(report.settings.zones) or "a column of the usual name"
    facts.append(f"Clocks are those of: {clock}.")
    facts.append(
        "A send is a user, an instant and a message. Its cell is the hour of the send, not of the open; what was never "
        "opened counts as well."
    )
    facts.append("Who is sent to at which hour was not drawn by lot: an hour may look good for the mail sent in it.")
    return joined(element("h2", text("What this rests on")), listed(facts))
