"""What each journey would have said, and which of them kept others from speaking."""

from collections.abc import Sequence

from opportune.console.axes import counted
from opportune.console.chart_rows import written
from opportune.console.charts import matrix
from opportune.console.markup import Markup, joined, text
from opportune.console.page import Chart, Column, Draw, breakable, figure, folded, paragraph, table, with_note
from opportune.units import ONE
from opportune.wiring.backtest import takeaways
from opportune.wiring.backtest.html_named import Named
from opportune.wiring.backtest.report import JourneyFigures
from opportune.wiring.plain_words import channel_of, reason_of

_COLUMNS = (
    Column("Journey"),
    Column("Decisions", "number"),
    Column("Sent", "number"),
    Column("Users", "number"),
    Column("Goals", "number"),
    Column("Silent mostly because", "long"),
)


def journeys(reports: Sequence[Named]) -> Markup:
    """A table for each report, the journey that speaks most first; and what they say, folded."""
    return joined(*(_one(each) for each in reports))


def _one(each: Named) -> Markup:
    found = each.report.journeys
    names = sorted(found, key=lambda name: (-found[name].sent, name))
    head = [paragraph(each.label, look="label")] if each.label else []
    if not names:
        return joined(*head, paragraph("No journey has decided anything.", look="note"))
    overview = table(_COLUMNS, (_row(name, found[name]) for name in names), folds=True)
    goals = "Goals are those of every run, whether or not anything was decided for it: they may exceed the decisions."
    note = [paragraph(goals, look="note")] if any(figures.goals for figures in found.values()) else []
    behind = joined(*(_behind(name, found[name]) for name in names))
    return joined(*head, overview, *note, folded("Messages, channels and all reasons for silence, by journey", behind))


def _row(name: str, figures: JourneyFigures) -> list[Markup]:
    silent = takeaways.silences(figures.codes)
    total = sum(silent.values())
    reasons = [f"{reason_of(code)} ({takeaways.share(count, total)} of silences)" for code, count in silent.items()]
    sent = f"{takeaways.share(figures.sent, figures.decisions)} of decisions" if figures.decisions else ""
    worth = f"worth {written(figures.goal_value / ONE)}" if figures.goal_value else ""
    return [
        breakable(name),
        text(counted(figures.decisions)),
        with_note(counted(figures.sent), sent),
        text(counted(figures.users)),
        with_note(counted(figures.goals), worth),
        text(reasons[0] if reasons else "–"),
    ]


def _behind(name: str, figures: JourneyFigures) -> Markup:
    """Its messages, its channels and all its codes."""
    said = [(message, "message", count) for message, count in _ranked(figures.messages)]
    said += [(channel_of(channel), "channel", count) for channel, count in _ranked(figures.channels)]
    said += [
        (f"{reason_of(code)} ({code})", "silence", count) for code, count in takeaways.silences(figures.codes).items()
    ]
    rows = ([text(what), text(kind), text(counted(count))] for what, kind, count in said)
    columns = (Column("What"), Column("Kind"), Column("Decisions", "number"))
    return folded(name, table(columns, rows))


def _ranked(counts: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(((name, count) for name, count in counts.items() if count), key=lambda each: (-each[1], each[0]))


def collisions(reports: Sequence[Named]) -> Markup:
    """A matrix for each report, and the codes behind it."""
    charts = [
        Chart(f"collisions-{each.place}", _matrix(each), takeaways.of_collisions(each.report.collisions), each.label)
        for each in reports
    ]
    rows = [
        [text(each.label or found.loser), *([text(found.loser)] if each.label else ()), *cells]
        for each in reports
        for found in sorted(each.report.collisions, key=lambda found: (-found.count, found))
        for cells in [[text(found.winner), text(f"{reason_of(found.code)} ({found.code})"), text(counted(found.count))]]
    ]
    columns = [Column("Gave way"), Column("To"), Column("Because", "long"), Column("Times", "number")]
    if any(each.label for each in reports):
        columns.insert(0, Column("Playbook"))
    behind = table(columns, rows) if rows else None
    return figure("Which journey (row) gave way to which (column), and how often", charts, behind)


def _matrix(each: Named) -> Draw:
    pairs: dict[tuple[str, str], int] = {}
    for found in each.report.collisions:
        pairs[found.loser, found.winner] = pairs.get((found.loser, found.winner), 0) + found.count
    return lambda picture: matrix(picture, pairs, nothing="No journey kept another from speaking.")
