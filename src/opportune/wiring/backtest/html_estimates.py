"""What is to be expected of messages, with how far that may be off; or why it cannot be said."""

from collections.abc import Sequence

from opportune.console.axes import counted
from opportune.console.chart_rows import percent
from opportune.console.charts import Interval, intervals
from opportune.console.markup import Markup, element, joined, text
from opportune.console.page import Chart, Column, Draw, figure, folded, paragraph, table
from opportune.wiring.backtest.html_named import Named
from opportune.wiring.backtest.report import Estimate

_REASON = "This past has no record of decisions with their chances, so nothing can be said of opens or goals."


def estimates(reports: Sequence[Named]) -> Markup:
    """For each of ``opens``, ``goals`` and so on a chart of what can be estimated, and a list of what cannot."""
    found = [one for each in reports for one in each.report.estimates]
    if not found:
        return paragraph(f"Cannot be estimated. {_REASON}")
    kinds = sorted({one.what for one in found if one.value is not None})
    reasons = {one.reason for one in found}
    if not kinds and len(reasons) == 1:
        behind = joined(*(_refused(each) for each in reports))
        said = f"Cannot be estimated: {found[0].reason}."
        return joined(element("h3", text(said)), folded("Of which messages", behind))
    return joined(*(_kind(reports, what) for what in kinds), *map(_refused, reports))


def _kind(reports: Sequence[Named], what: str) -> Markup:
    charts, rows = [], []
    for each in reports:
        found = [one for one in each.report.estimates if one.what == what]
        shown = [(one, interval) for one in found if (interval := _interval(one)) is not None]
        drawn = _drawn([interval for _, interval in shown])
        charts.append(Chart(f"estimate-{_safe(what)}-{each.place}", drawn, _says(what, found, shown), each.label))
        rows += [_row(each, one, interval) for one, interval in shown]
    columns = [
        Column("Message"),
        Column("Sends", "number"),
        Column("Expected", "number"),
        Column("95% interval", "number"),
        Column("As good as", "number"),
    ]
    if any(each.label for each in reports):
        columns.insert(0, Column("Playbook"))
    behind = table(columns, rows) if rows else None
    return figure(f"{what.capitalize()} to be expected of each message sent, with 95% intervals", charts, behind)


def _safe(what: str) -> str:
    return "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in what)


def _drawn(shown: list[Interval]) -> Draw:
    return lambda picture: intervals(picture, shown, unit="%")


def _interval(one: Estimate) -> Interval | None:
    if one.value is None or one.low is None or one.high is None:
        return None
    return Interval(one.message, one.value, one.low, one.high)


def _says(what: str, found: Sequence[Estimate], shown: Sequence[tuple[Estimate, Interval]]) -> str:
    if not shown:
        return f"{what.capitalize()} cannot be estimated for any of {counted(len(found))} messages."
    best, interval = max(shown, key=lambda each: (each[1].value, each[0].message))
    low, high = percent(interval.low), percent(interval.high)
    head = f"{best.message} promises the most {what}: {percent(interval.value)} of its sends, between {low} and {high}"
    rest = len(found) - len(shown)
    if not rest:
        return f"{head}."
    return f"{head}; of {counted(rest)} other{'s' if rest > 1 else ''} nothing can be said."


def _row(each: Named, one: Estimate, interval: Interval) -> list[Markup]:
    head = [text(each.label), text(one.message)] if each.label else [text(one.message)]
    ends = f"{percent(interval.low)}–{percent(interval.high)}"
    return [
        *head,
        text(counted(one.sends)),
        text(percent(interval.value)),
        text(ends),
        text(f"{counted(one.effective)} sends"),
    ]


def _refused(each: Named) -> Markup:
    found = [one for one in each.report.estimates if one.value is None]
    if not found:
        return joined()
    columns = (Column("Message"), Column("What"), Column("Sends", "number"), Column("Because", "long"))
    listed = ([text(one.message), text(one.what), text(counted(one.sends)), text(one.reason)] for one in found)
    head = [paragraph(each.label, look="label")] if each.label else []
    return joined(*head, element("h3", text("What cannot be estimated, and why")), table(columns, listed, folds=True))
