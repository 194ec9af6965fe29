"""Reports in the terminal: one, or several playbooks side by side."""

from collections.abc import Callable, Iterator, Sequence
from typing import Final

from opportune.units import ONE
from opportune.wiring.backtest.periods import by_period, most_of, named, periods
from opportune.wiring.backtest.report import Report
from opportune.wiring.backtest.summary_one import particulars
from opportune.wiring.backtest.text_tables import (
    WIDTH,
    bar,
    counted,
    escaped,
    heights,
    percent,
    shortened,
    table,
)
from opportune.wiring.plain_words import reason_of

LONGEST_BAR: Final = 50
NAME: Final = 28
"""Letters of a name that are shown."""


def summary_of(reports: Sequence[Report]) -> str:
    """The text; of several playbooks the figures stand in columns, and what is particular to each comes after."""
    lines = [*_head(reports), *_totals(reports), *_journeys(reports), *_silences(reports), *_time(reports)]
    for report in reports:
        own = particulars(report)
        if len(reports) > 1 and own:
            lines += ["", f"== {report.playbook} =="]
        lines += own
    return "\n".join(map(escaped, lines))


def _names(reports: Sequence[Report]) -> list[str]:
    """What the playbooks are called, as far as there is room for as many."""
    room = min(NAME, (WIDTH - NAME - 4) // len(reports) - 2)
    return [shortened(each.playbook, room) for each in reports]


def _head(reports: Sequence[Report]) -> Iterator[str]:
    first = reports[0]
    span = named(first.since, first.until)
    events, users = "event" if first.events == 1 else "events", "user" if first.users == 1 else "users"
    yield f"{first.events:,} {events} of {first.users:,} {users}, {span}"
    refused = sum(first.refused.values())
    if refused:
        codes = ", ".join(f"{code} {count:,}" for code, count in sorted(first.refused.items()))
        yield f"{refused:,} {'row was' if refused == 1 else 'rows were'} refused: {codes}"
    if first.seconds:
        yield (
            f"taken in {first.seconds:,.1f} s, {first.events_per_second:,.0f} events a second, "
            f"{first.peak_mb:,.0f} MB of memory at most"
        )


def _totals(reports: Sequence[Report]) -> list[str]:
    rows: list[tuple[str, Callable[[Report], str]]] = [
        ("messages", lambda each: counted(each.sent)),
        ("users reached", lambda each: counted(each.users_reached)),
        ("  of all users", lambda each: percent(each.users_reached, each.users)),
        ("messages per user reached", lambda each: f"{each.sent / max(each.users_reached, 1):.1f}"),
        ("decisions", lambda each: counted(each.decisions)),
        ("  silent", lambda each: counted(each.silent)),
    ]
    if any(each.internal for each in reports):
        rows.append(("  calls to own systems", lambda each: counted(each.internal)))
    if any(each.open for each in reports):
        rows.append(("  planned beyond the end", lambda each: counted(each.open)))
    channels = sorted({name for each in reports for name in each.by_channel})
    if len(channels) > 1:
        rows += [(f"messages on {name}", _channel(name)) for name in channels]
    heads = [["", *_names(reports)]] if len(reports) > 1 else []
    return ["", *table([*heads, *([name, *map(figure, reports)] for name, figure in rows)])]


def _channel(name: str) -> Callable[[Report], str]:
    return lambda each: counted(each.by_channel.get(name, 0))


def _journeys(reports: Sequence[Report]) -> list[str]:
    names = sorted({name for each in reports for name in each.journeys})
    if not names:
        return []
    if len(reports) > 1:
        heads = ["messages by journey", *_names(reports)]
        rows = [[shortened(name, NAME), *(_sent_by(each, name) for each in reports)] for name in names]
        return ["", *table([heads, *rows])]
    report = reports[0]
    has_goals = any(each.goals for each in report.journeys.values())
    heads = ["journey", "decided", "messages", "users", "silent", *(["goals", "worth"] if has_goals else [])]
    rows = []
    for name in names:
        each = report.journeys[name]
        silent = percent(sum(each.codes.values()), each.decisions)
        goals = [counted(each.goals), f"{each.goal_value / ONE:,.2f}"] if has_goals else []
        figures = [counted(each.decisions), counted(each.sent), counted(each.users), silent]
        rows.append([shortened(name, NAME), *figures, *goals])
    return ["", *table([heads, *rows])]


def _sent_by(report: Report, journey: str) -> str:
    return counted(report.journeys[journey].sent) if journey in report.journeys else "none"


def _silences(reports: Sequence[Report]) -> list[str]:
    codes = {code for each in reports for code in each.codes}
    if not codes:
        return []
    most = sorted(codes, key=lambda code: (-max(each.codes.get(code, 0) for each in reports), code))
    heads = ["why silent", *(_names(reports) if len(reports) > 1 else [""])]
    rows = [[code, *(counted(each.codes.get(code, 0)) for each in reports)] for code in most]
    lines = table([heads, *rows])
    room = WIDTH - 2 - max(map(len, lines))
    if room < 20:
        return ["", *lines]
    told = [shortened(reason_of(code), room) for code in most]
    width = max(map(len, lines))
    return ["", lines[0], *(f"{line:{width}}  {words}" for line, words in zip(lines[1:], told, strict=True))]


def _time(reports: Sequence[Report]) -> Iterator[str]:
    first = reports[0]
    if not any(each.sent for each in reports):
        return
    period, start = periods(first.since, first.until)
    columns = [by_period(each.by_day, first.since, first.until, start) for each in reports]
    most, digits = most_of(columns), max(len(f"{most_of(columns):,}"), 1)
    room = min(max((WIDTH - 14) // len(reports) - digits - 4, 4), LONGEST_BAR)
    yield ""
    yield f"  messages by {period} (UTC)"
    if len(reports) > 1:
        yield (
            " " * 14 + "".join(f"{shortened(e.playbook, room + digits):{room + digits + 4}}" for e in reports)
        ).rstrip()
    for day in columns[0]:
        cells = "".join(f"{counted(each[day]):>{digits}} {bar(each[day], most, room):{room + 3}}" for each in columns)
        yield f"  {day.isoformat()}  {cells}".rstrip()
    yield from _hours(reports)


def _hours(reports: Sequence[Report]) -> Iterator[str]:
    yield ""
    yield "  messages by hour, on the users' own clocks"
    width = max(len(shortened(each.playbook, NAME)) for each in reports) if len(reports) > 1 else 0
    yield " " * (width + 2) + "  " + "".join(f"{hour:<6}" for hour in range(0, 24, 3)).rstrip()
    for each in reports:
        name = shortened(each.playbook, NAME) if len(reports) > 1 else ""
        signs = "".join(sign * 2 for sign in heights(each.by_hour))
        top = max(range(24), key=lambda hour: (each.by_hour[hour], -hour))
        yield f"  {name:{width}}  {signs}  most at {top:02}:00: {counted(each.by_hour[top])}"
