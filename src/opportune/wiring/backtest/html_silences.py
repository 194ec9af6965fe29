"""Why nothing was said: the codes in words, the caps and how full they were, and decisions as ``why`` tells them."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from opportune.console.axes import counted
from opportune.console.charts import Row, histogram, rows
from opportune.console.markup import Markup, element, joined, text
from opportune.console.page import Chart, Column, Draw, figure, folded, paragraph, table
from opportune.wiring.backtest import takeaways
from opportune.wiring.backtest.examples import PLANNED
from opportune.wiring.backtest.html_named import Named, totals
from opportune.wiring.backtest.report import CapUse, Example
from opportune.wiring.plain_words import reason_of


def silences(reports: Sequence[Named]) -> Markup:
    """Bars by reason, in words, and the codes as a table."""
    found = [takeaways.silences(each.report.codes) for each in reports]
    most = max((count for codes in found for count in codes.values()), default=0)
    ranked = list(takeaways.silences(totals(found)))
    charts = [
        Chart(
            f"silence-{each.place}",
            _bars(found[each.place], ranked, most),
            takeaways.of_silences(each.report),
            each.label,
        )
        for each in reports
    ]
    codes = sorted({code for each in found for code in each})
    columns = [
        Column("Code"),
        Column("Because", "long"),
        *(Column(each.label or "Decisions", "number") for each in reports),
    ]
    listed = (
        [element("span", text(code), class_="code"), text(reason_of(code)), *(_count(each, code) for each in found)]
        for code in codes
    )
    return figure("Decisions that ended in silence, by reason", charts, table(columns, listed) if codes else None)


def _count(codes: dict[str, int], code: str) -> Markup:
    return text(counted(codes.get(code, 0)))


def _bars(codes: dict[str, int], ranked: Sequence[str], most: int) -> Draw:
    """In the order of all reports together, so that one compares row with row."""
    bars = [Row(reason_of(code), codes.get(code, 0)) for code in ranked]
    nothing = "Nothing that was proposed ended in silence."
    return lambda picture: rows(picture, bars, most=most, nothing=nothing)


def caps(reports: Sequence[Named]) -> Markup:
    """How each cap was used, and how full the users' fullest windows were."""
    parts = [_caps(each) for each in reports]
    return joined(*parts)


def _caps(each: Named) -> Markup:
    head = [paragraph(each.label, look="label")] if each.label else []
    says = element("h3", text(takeaways.of_caps(each.report)))
    if not each.report.caps:
        return joined(*head, says)
    columns = (
        Column("Cap"),
        Column("Decisions it objected to", "number"),
        Column("Decisions it settled", "number"),
        Column("Users at the limit", "number"),
    )
    listed = (row for cap in each.report.caps for row in _rows(cap))
    drawn = [_fullest(each, place, cap) for place, cap in enumerate(each.report.caps) if _may_be_full(cap)]
    return joined(*head, says, table(columns, listed, folds=True), *drawn)


def _rows(cap: CapUse) -> Iterator[list[Markup]]:
    """What it did; and below it what of that is due to messages that went unnoticed."""
    limit = "–" if cap.users_at_limit is None else counted(cap.users_at_limit)
    yield [text(cap.policy), text(counted(cap.objected)), text(counted(cap.silenced)), text(limit)]
    tired = cap.unnoticed
    if tired is not None and tired.users:
        words = f"{cap.policy}: for {tired.ignored} unnoticed in a row"
        yield [text(words), *(text(counted(each)) for each in (tired.objected, tired.silenced, tired.users))]


def _fullest(each: Named, place: int, cap: CapUse) -> Markup:
    counts = {number: users for number, users in cap.fullest.items() if users}
    chart = Chart(f"cap-{each.place}-{place}", lambda picture: histogram(picture, counts, "messages"), _says(cap))
    columns = (Column("Messages"), Column("Users", "number"))
    behind = table(columns, ([text(counted(number)), text(counted(counts[number]))] for number in sorted(counts)))
    return figure(f"Users by the messages in their fullest window ({cap.policy})", [chart], behind)


def _may_be_full(cap: CapUse) -> bool:
    """Is there more to show than that whoever got anything got one?"""
    return any(cap.fullest.values()) and cap.at_most != 1


def _says(cap: CapUse) -> str:
    """How many users come to what the cap allows; without a number, to how many it objected."""
    counted_users = takeaways.users(sum(cap.fullest.values()))
    if cap.at_most is None:
        return f"{cap.policy} objected to messages to {counted(cap.users_at_limit or 0)} of {counted_users}."
    if not cap.users_at_limit:
        fullest = takeaways.messages(max(number for number, users in cap.fullest.items() if users))
        return f"None of {counted_users} comes to the most that {cap.policy} allows; the fullest window has {fullest}."
    return f"{counted(cap.users_at_limit)} of {counted_users} come to the most that {cap.policy} allows."


def examples(reports: Sequence[Named]) -> Markup:
    """A few decisions of each code, as ``why`` tells them; the codes with the most decisions first."""
    return joined(*(_examples(each) for each in reports))


def _examples(each: Named) -> Markup:
    codes = each.report.codes
    ranked = sorted(each.report.examples, key=lambda one: (one.code not in codes, -codes.get(one.code, 0), one.code))
    head = [paragraph(each.label, look="label")] if each.label else []
    if not ranked:
        return joined(*head, paragraph("Nothing was decided, so there is nothing to tell.", look="note"))
    parts = [
        joined(
            element("h3", text(_heading(code, is_silence=code in codes))),
            *(_example(one, is_open=one is ranked[0] and each.place == 0) for one in group),
        )
        for code, group in groupby(ranked, key=lambda one: one.code)
    ]
    return joined(*head, *parts)


def _heading(code: str, *, is_silence: bool) -> str:
    if code == PLANNED:
        return "Still planned when the past ended"
    return f"{'Silent' if is_silence else 'Sent'}: {reason_of(code)} ({code})"


def _example(one: Example, *, is_open: bool) -> Markup:
    steps = element("ol", *(element("li", text(sentence)) for sentence in one.sentences))
    identity = element("p", text("decision "), element("span", text(one.decision), class_="code"), class_="note")
    return folded(
        f"{one.user}: {one.message} of {one.journey}", joined(steps, identity), look="example", is_open=is_open
    )
