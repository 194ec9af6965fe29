"""What one playbook would have done otherwise than another over the same past."""

from collections.abc import Mapping, Sequence
from itertools import groupby

from opportune.console.axes import counted
from opportune.console.charts import Columns, Row, Series, rows, stacked_columns
from opportune.console.markup import Markup, element, joined, text
from opportune.console.page import Chart, Column, breakable, figure, folded, paragraph, table
from opportune.wiring.backtest import takeaways
from opportune.wiring.backtest.differences import DifferenceExample, Differences, JourneyDifference
from opportune.wiring.plain_words import reason_of

_FARTHEST = 10
"""Users whose messages change by more are one column, on either side."""
_MOST_CODES = 40
_STATES = {"sent": "it was sent", "planned": "it is still planned", "-": "nothing was decided"}
_KINDS = {
    "more": "Sent now, and not before",
    "fewer": "Sent before, and not now",
    "otherwise": "Something else is said",
    "earlier": "Said earlier",
    "later": "Said later",
}


def changes(found: Differences) -> Markup:
    """The section: who is concerned, by how much, in which journeys, and examples."""
    parts = [_users(found), _amounts(found), _journeys(found), _shifts(found), _codes(found)]
    return joined(*parts, *_examples(found.examples))


def of_changes(found: Differences) -> str:
    """The headline, such as ``1,204 of 9,120 users get more messages from calm than from shop, 310 fewer``."""
    if not found.users_more and not found.users_fewer:
        return f"No user gets more or fewer messages from {found.new.playbook} than from {found.old.playbook}."
    whole = takeaways.users(found.users)
    more = f"{counted(found.users_more)} of {whole} get" if found.users_more else f"None of {whole} gets"
    fewer = f"{counted(found.users_fewer)} get fewer" if found.users_fewer else "none gets fewer"
    return f"{more} more messages from {found.new.playbook} than from {found.old.playbook}, {fewer}."


def _users(found: Differences) -> Markup:
    bars = [
        Row("more messages", found.users_more, _of_these(found.users_gained, "got none before")),
        Row("fewer messages", found.users_fewer, _of_these(found.users_lost, "get none now"), 1),
        Row("as many messages", found.users_same, place=None),
        Row("none of either", found.users_untouched, place=None),
    ]
    behind = table(
        (Column("Users who get"), Column("Users", "number")),
        ([text(bar.name), text(counted(bar.value))] for bar in bars),
    )
    chart = Chart("changed-users", lambda picture: rows(picture, bars, nothing="Nobody is there."), of_changes(found))
    return figure("Users by what they get of the new playbook, against the old one", [chart], behind)


def _of_these(count: int, what: str) -> str:
    return f"({counted(count)} {what})" if count else ""


def _amounts(found: Differences) -> Markup:
    changed = {change: count for change, count in found.by_change.items() if change and count}
    if not changed:
        return joined()
    low, high = max(min(changed), -_FARTHEST), min(max(changed), _FARTHEST)
    numbers = range(low, high + 1)
    sums = dict.fromkeys(numbers, 0)
    for change, count in changed.items():
        sums[max(low, min(high, change))] += count
    names = tuple(_signed(number, farthest=abs(number) == _FARTHEST) for number in numbers)
    ladder = [[*enumerate(names)][::step] for step in (1, 2, 5)]
    series = [
        Series("fewer", tuple(sums[number] if number < 0 else 0 for number in numbers), 1),
        Series("more", tuple(sums[number] if number > 0 else 0 for number in numbers), 0),
    ]
    series = [each for each in series if any(each.values)]
    columns = Columns(names, ladder, "messages more or fewer")
    most = min(changed, key=lambda change: (-changed[change], change))
    says = f"The most frequent change is {_signed(most)}: {takeaways.users(changed[most])}."
    chart = Chart("changed-amounts", lambda picture: stacked_columns(picture, columns, series), says)
    behind = table(
        (Column("Messages"), Column("Users", "number")),
        ([text(_signed(change)), text(counted(changed[change]))] for change in sorted(changed)),
    )
    return figure("Users by how many messages more or fewer they get; those with as many are left out", [chart], behind)


def _signed(change: int, *, farthest: bool = False) -> str:
    """``+3``, ``−1``, ``≥ +10``; the minus sign is as wide as the plus."""
    said = f"+{counted(change)}" if change > 0 else f"−{counted(-change)}" if change else "0"
    return f"{'≥' if change > 0 else '≤'} {said}" if farthest else said


def _journeys(found: Differences) -> Markup:
    columns = (
        Column("Journey"),
        Column(f"Sent by {found.old.playbook}", "number"),
        Column(f"Sent by {found.new.playbook}", "number"),
        Column("The same", "number"),
        Column("Otherwise", "number"),
        Column("Earlier", "number"),
        Column("Later", "number"),
        Column("No longer", "number"),
        Column("New", "number"),
    )
    total = found.total
    says = f"{takeaways.messages(total.new)} instead of {counted(total.old)}; {counted(total.same)} stay as they are."
    ranked = sorted(found.journeys.items(), key=lambda each: (-each[1].old - each[1].new, each[0]))
    listed = [_journey(name, each) for name, each in [*ranked, ("All", total)]]
    return joined(element("h3", text(says)), table(columns, listed, folds=True))


def _journey(name: str, each: JourneyDifference) -> list[Markup]:
    counts = (each.old, each.new, each.same, each.otherwise, each.earlier, each.later, each.only_old, each.only_new)
    return [breakable(name), *(text(counted(count)) for count in counts)]


def _shifts(found: Differences) -> Markup:
    shifts = {words: count for words, count in found.shifts.items() if count}
    if not shifts:
        return joined()
    later = sum(count for words, count in shifts.items() if words.endswith("later"))
    total = sum(shifts.values())
    parted = f"{counted(later)} come later, {counted(total - later)} earlier"
    if later in (0, total):
        parted = f"all come {'later' if later else 'earlier'}"
    says = f"Of {takeaways.messages(total)} at another instant, {parted}."
    bars = [Row(words, count, place=0 if words.endswith("later") else 1) for words, count in shifts.items()]
    chart = Chart("changed-shifts", lambda picture: rows(picture, bars), says)
    return figure("Messages of both playbooks that are sent at another instant", [chart], _two("How far", shifts))


def _two(head: str, counts: Mapping[str, int]) -> Markup:
    columns = (Column(head), Column("Messages", "number"))
    return table(columns, ([text(name), text(counted(count))] for name, count in counts.items()))


def _codes(found: Differences) -> Markup:
    if not found.codes:
        return joined()
    columns = (
        Column("Journey"),
        Column(found.old.playbook, "long"),
        Column(found.new.playbook, "long"),
        Column("Times", "number"),
    )
    listed = (
        [breakable(each.journey), text(_state(each.old)), text(_state(each.new)), text(counted(each.count))]
        for each in found.codes[:_MOST_CODES]
    )
    return folded("What became of what, by code", table(columns, listed, folds=True))


def _state(code: str) -> str:
    return _STATES.get(code) or f"{reason_of(code)} ({code})"


def _examples(examples: Sequence[DifferenceExample]) -> list[Markup]:
    order = list(_KINDS)
    ranked = sorted(examples, key=lambda each: order.index(each.what) if each.what in order else len(order))
    return [
        joined(element("h3", text(_KINDS.get(what, what))), *map(_example, group))
        for what, group in groupby(ranked, key=lambda each: each.what)
    ]


def _example(each: DifferenceExample) -> Markup:
    sides = [
        joined(paragraph(name, look="label"), _told(told)) for name, told in (("Old", each.old), ("New", each.new))
    ]
    return folded(f"{each.user}: {each.journey}", joined(*sides), look="example")


def _told(sentences: Sequence[str]) -> Markup:
    if not sentences:
        return paragraph("Nothing was decided.")
    return element("ol", *(element("li", text(sentence)) for sentence in sentences))
