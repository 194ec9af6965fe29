"""How much users would have got, and who most."""

from collections.abc import Sequence

from opportune.console.axes import counted
from opportune.console.charts import histogram
from opportune.console.markup import Markup, element, joined, text
from opportune.console.page import Chart, Column, Draw, figure, folded, table
from opportune.wiring.backtest import takeaways
from opportune.wiring.backtest.html_named import Named


def users(reports: Sequence[Named]) -> Markup:
    """Users by how many messages they get, and the users hit most."""
    found = [_reached(each) for each in reports]
    most = max((count for counts in found for count in _columns(counts)), default=0)
    charts = [
        Chart(f"users-{each.place}", _drawn(found[each.place], most), takeaways.of_sends(each.report), each.label)
        for each in reports
    ]
    numbers = sorted({number for counts in found for number in counts})
    columns = [Column("Messages"), *(Column(each.label or "Users", "number") for each in reports)]
    listed = ([text(counted(number)), *(text(counted(each.get(number, 0))) for each in found)] for number in numbers)
    behind = table(columns, listed) if numbers else None
    spread = figure("Users who are reached, by how many messages they get", charts, behind)
    return joined(spread, *(_most(each) for each in reports))


def _reached(each: Named) -> dict[int, int]:
    return {number: count for number, count in each.report.sends_per_user.items() if number and count}


def _columns(counts: dict[int, int]) -> list[int]:
    """What the histogram's columns come to."""
    last = min(counts, default=0) + _FOLD - 1
    return [
        *(count for number, count in counts.items() if number < last),
        sum(count for number, count in counts.items() if number >= last),
    ]


_FOLD = 16


def _drawn(counts: dict[int, int], most: int) -> Draw:
    return lambda picture: histogram(picture, counts, "messages", most=most, fold=_FOLD)


def _most(each: Named) -> Markup:
    most = each.report.most
    if not most:
        return joined()
    together = sum(user.sent for user in most)
    part = takeaways.share(together, each.report.sent)
    whose = f"{each.label}: the" if each.label else "The"
    said = f"{whose} {counted(len(most))} users hit most get {takeaways.messages(together)}, {part} of all."
    if len(most) == 1:
        said = f"{whose} user hit most gets {takeaways.messages(together)}, {part} of all."
    columns = (Column("User"), Column("Messages", "number"), Column("Decisions", "number"), Column("Journeys", "long"))
    listed = (
        [text(user.user), text(counted(user.sent)), text(counted(user.decisions)), text(", ".join(user.journeys))]
        for user in most
    )
    behind = table(columns, listed, folds=True)
    return joined(element("h3", text(said)), folded("Who they are", behind) if each.label else behind)
