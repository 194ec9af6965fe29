"""A plan for a terminal: hour by hour, and what it costs in opens."""

from collections.abc import Iterator

from opportune.wiring.backtest.text_tables import bar, counted, table
from opportune.wiring.planning.planning import Hour, Report

_WIDTH = 20
_FULL = 0.999_999


def summary_of(report: Report) -> Iterator[str]:
    """The lines of it."""
    yield f"{report.name}: {report.users:,} users"
    if report.hours:
        yield ""
        most = max(max(each.wanted, each.planned) for each in report.hours)
        heads = ("hour, UTC", "channel", "wanted", "planned", "capacity", "let in", "")
        yield from table([heads, *(_row(each, most) for each in report.hours if each.wanted or each.planned)], left=2)
    yield ""
    yield from table([
        ("placed", f"{report.placed:,}"),
        *([("no hour has room", f"{report.unplaced:,}")] if report.unplaced else []),
        *((f"silent: {code}", f"{count:,}") for code, count in report.silent.items()),
    ])  # fmt: skip
    if report.opens_freely:
        yield ""
        yield from table([
            ("expected opens, as planned", f"{report.opens:,.0f}", _kept(report)),
            ("if there was room for all", f"{report.opens_freely:,.0f}", ""),
            ("if all went out at once", f"{report.opens_at_once:,.0f}", ""),
        ])  # fmt: skip


def _row(hour: Hour, most: int) -> tuple[str, ...]:
    capacity = "-" if hour.capacity is None else f"{hour.capacity:,}"
    let_in = "all" if hour.share > _FULL else f"{100 * hour.share:.1f} %"
    shown = (hour.hour.replace("T", " ").removesuffix("Z"), hour.channel, counted(hour.wanted), counted(hour.planned))
    return (*shown, capacity, let_in, bar(hour.planned, most, _WIDTH).ljust(_WIDTH))


def _kept(report: Report) -> str:
    return f"{100 * report.opens / report.opens_freely:.1f} % of them kept"
