"""When messages would have gone out, and on which channels."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date

from opportune.console.axes import counted
from opportune.console.chart_grid import WEEKDAYS
from opportune.console.charts import (
    Columns,
    Picture,
    Row,
    Series,
    folded,
    heatmap,
    largest,
    rows,
    stacked_columns,
)
from opportune.console.markup import Markup, joined, text
from opportune.console.page import Chart, Column, Draw, figure, table
from opportune.wiring.backtest import takeaways
from opportune.wiring.backtest.html_days import calendar, day_of, said
from opportune.wiring.backtest.html_named import Named, totals
from opportune.wiring.plain_words import channel_of

_HOURS = Columns(
    tuple(f"{hour:02}:00–{hour:02}:59" for hour in range(24)),
    [[(hour, f"{hour:02}") for hour in range(0, 24, by)] for by in (1, 3, 6)],
    "hour of the day",
)


def when(reports: Sequence[Named]) -> Markup:
    """The section's three figures."""
    return joined(_days(reports), _hours(reports), _weekdays(reports))


def channels(reports: Sequence[Named]) -> Markup:
    """The section's figures; of one channel only, how much it carries."""
    sums = totals(each.report.by_channel for each in reports)
    names = sorted(sums, key=lambda name: (-sums[name], name))
    most = max((count for each in reports for count in each.report.by_channel.values()), default=0)
    charts = [
        Chart(f"channel-{each.place}", _channel_rows(each, names, most), takeaways.of_channels(each.report), each.label)
        for each in reports
    ]
    counts = [each.report.by_channel for each in reports]
    listed = ([text(channel_of(name)), *(text(counted(each.get(name, 0))) for each in counts)] for name in names)
    behind = table([Column("Channel"), *_whose(reports)], listed) if names else None
    first = figure("Messages by channel", charts, behind)
    if all(len(each.report.by_channel) < 2 for each in reports):
        return first
    spoken = [_spoken(each.report.by_day_channel) for each in reports]
    says = [takeaways.of_channel_days(each.report) for each in reports]
    drawn = _by_day("channel-day", reports, spoken, says)
    return joined(first, figure("Messages by day and channel", drawn, _parted_days(reports, spoken)))


def _whose(reports: Sequence[Named]) -> list[Column]:
    """A column of numbers for each report."""
    return [Column(each.label or "Messages", "number") for each in reports]


def _parted_days(reports: Sequence[Named], by_day: Sequence[Mapping[str, Mapping[str, int]]]) -> Markup | None:
    """By day what went out on each channel, in words."""
    days = sorted({day for counts in by_day for day in counts})
    listed = [[text(_day(day)), *(text(_in_words(counts.get(day, {}))) for counts in by_day)] for day in days]
    columns = [Column("Day (UTC)"), *(Column(each.label or "Messages") for each in reports)]
    return table(columns, listed) if days else None


def _in_words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {counted(count)}" for name, count in sorted(counts.items()) if count) or "–"


def _day(day: str) -> str:
    return said(date.fromisoformat(day), year=True, weekday=True)


def _spoken(by_day: Mapping[str, Mapping[str, int]]) -> dict[str, dict[str, int]]:
    return {day: {channel_of(name): count for name, count in counts.items()} for day, counts in by_day.items()}


def _channel_rows(each: Named, names: Sequence[str], most: int) -> Draw:
    counts = each.report.by_channel
    total = sum(counts.values())
    notes = {name: f"({takeaways.share(count, total)})" for name, count in counts.items() if count}
    bars = [Row(channel_of(name), counts.get(name, 0), notes.get(name, "")) for name in names]
    return lambda picture: rows(picture, bars, most=most, nothing=takeaways.NOTHING)


def _days(reports: Sequence[Named]) -> Markup:
    by_day = [each.report.by_day for each in reports]
    both = [(takeaways.of_journeys(each.report), takeaways.of_days(each.report)) for each in reports]
    says = [" ".join(dict.fromkeys(each)) for each in both]
    columns = [Column("Day (UTC)"), *_whose(reports)]
    days = sorted({day for counts in by_day for day in counts})
    listed = [[text(_day(day)), *(_sum(counts, day) for counts in by_day)] for day in days]
    behind = table(columns, listed) if days else None
    return figure("Messages by day and journey", _by_day("day", reports, by_day, says), behind)


def _sum(by_day: Mapping[str, Mapping[str, int]], day: str) -> Markup:
    return text(counted(sum(by_day.get(day, {}).values())))


def _by_day(
    name: str,
    reports: Sequence[Named],
    by_day: Sequence[Mapping[str, Mapping[str, int]]],
    says: Sequence[str],
) -> list[Chart]:
    """One chart for each report, of the same days, names, colours and scale."""
    kept = largest(totals(counts for days in by_day for counts in days.values()))
    drawn = _drawn(_span(reports, by_day), kept, by_day)
    return [Chart(f"{name}-{each.place}", drawn(each.place), says[each.place], each.label) for each in reports]


def _span(reports: Sequence[Named], by_day: Sequence[Mapping[str, Mapping[str, int]]]) -> tuple[date, date]:
    """From the first day of the past to the last one, or what was sent before or after."""
    days = [date.fromisoformat(day) for counts in by_day for day in counts]
    days += [day_of(instant) for each in reports for instant in (each.report.since, each.report.until)]
    return min(days), max(days)


def _drawn(
    span: tuple[date, date], kept: Sequence[str], by_day: Sequence[Mapping[str, Mapping[str, int]]]
) -> Callable[[int], Draw]:
    """How the chart of each report is drawn; all on the scale of the highest column of any."""

    def draw(place: int, picture: Picture) -> Markup:
        days = calendar(*span, picture.width - 40)
        everything = [totals(counts.values()) for counts in by_day]
        shown = [
            folded({name: days.values(counts, name) for name in sums}, kept)
            for counts, sums in zip(by_day, everything, strict=True)
        ]
        most = max(max(map(sum, zip(*(each.values for each in series), strict=True)), default=0) for series in shown)
        return stacked_columns(picture, days.columns, shown[place], most=most, nothing=takeaways.NOTHING)

    return lambda place: lambda picture: draw(place, picture)


def _hours(reports: Sequence[Named]) -> Markup:
    most = max(max(each.report.by_hour) for each in reports)

    def drawn(each: Named) -> Draw:
        series = [Series("", tuple(each.report.by_hour), 0)]
        return lambda picture: stacked_columns(picture, _HOURS, series, most=most, nothing=takeaways.NOTHING)

    charts = [Chart(f"hour-{each.place}", drawn(each), takeaways.of_hours(each.report), each.label) for each in reports]
    columns = [Column("Hour"), *_whose(reports)]
    listed = [
        [text(_HOURS.names[hour]), *(text(counted(each.report.by_hour[hour])) for each in reports)]
        for hour in range(24)
    ]
    return figure("Messages by hour, on the users' own clocks", charts, table(columns, listed))


def _weekdays(reports: Sequence[Named]) -> Markup:
    most = max(value for each in reports for day in each.report.by_weekday_hour for value in day)

    def drawn(each: Named) -> Draw:
        week = each.report.by_weekday_hour
        return lambda picture: heatmap(picture, week, most=most, nothing=takeaways.NOTHING)

    charts = [
        Chart(f"week-{each.place}", drawn(each), takeaways.of_weekdays(each.report), each.label) for each in reports
    ]
    columns = [Column("Weekday"), *_whose(reports)]
    listed = [
        [text(name), *(text(counted(sum(each.report.by_weekday_hour[place]))) for each in reports)]
        for place, name in enumerate(WEEKDAYS)
    ]
    return figure("Messages by weekday and hour, on the users' own clocks", charts, table(columns, listed))
