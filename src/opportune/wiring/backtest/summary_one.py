"""What is particular to one report in the terminal: its caps, collisions, users, and what to look at."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from opportune.wiring.backtest.hints import hints
from opportune.wiring.backtest.report import Collision, Estimate, Report
from opportune.wiring.backtest.text_tables import WIDTH, bar, counted, paragraph, shortened, table

MOST_ROWS: Final = 12
"""Of a table that could have any number of them."""
MOST_NAMED: Final = 3
"""Estimates that are named, of those that cannot be given for one reason."""
MOST_ACROSS: Final = 6
"""Journeys that a matrix has beside each other."""
LONGEST_BAR: Final = 50
CAP: Final = 53
NAME: Final = 28
"""Letters of a name that are shown."""


def particulars(report: Report) -> list[str]:
    """The lines."""
    lines = [*_caps(report), *_collisions(report), *_users(report), *_estimates(report)]
    return [
        *lines,
        *_listed("what to look at", hints(report)),
        *_listed("what was taken for granted", report.assumptions),
    ]


def _caps(report: Report) -> list[str]:
    if not report.caps:
        return []
    rows = [["caps", "objected", "silenced", "users at limit", "fullest"]]
    for each in report.caps:
        fullest = max(each.fullest, default=0) if each.users_at_limit is not None else 0
        counts = each.objected, each.silenced, each.users_at_limit or 0, fullest
        rows.append([shortened(each.policy, CAP), *map(counted, counts)])
        ignored = each.unnoticed
        if ignored is not None and ignored.users:
            words = f"  for {ignored.ignored} unnoticed in a row"
            rows.append([words, *map(counted, (ignored.objected, ignored.silenced, ignored.users, 0))])
    return ["", *table(rows)]


def _collisions(report: Report) -> list[str]:
    pairs: dict[tuple[str, str], int] = {}
    for each in report.collisions:
        pairs[each.loser, each.winner] = pairs.get((each.loser, each.winner), 0) + each.count
    if not pairs:
        return []
    losers, winners = sorted({loser for loser, _ in pairs}), sorted({winner for _, winner in pairs})
    heads = ["kept silent", *(shortened(name, 16) for name in winners)]
    rows = [[shortened(loser, NAME), *(counted(pairs.get((loser, name), 0)) for name in winners)] for loser in losers]
    lines = table([heads, *rows])
    if len(winners) <= MOST_ACROSS and len(losers) <= MOST_ROWS and max(map(len, lines)) <= WIDTH:
        return ["", "  collisions: how often the journey on the left was kept silent by the one above", *lines]
    return ["", *_pairs(report.collisions)]


def _pairs(collisions: Sequence[Collision]) -> Iterator[str]:
    yield "  collisions: which journey was kept silent by which, most often"
    shown = collisions[:MOST_ROWS]
    rows = [
        [shortened(each.loser, NAME), shortened(each.winner, NAME), each.code, counted(each.count)] for each in shown
    ]
    yield from table([["kept silent", "by", "because", "times"], *rows], left=3)
    rest = sum(each.count for each in collisions[MOST_ROWS:])
    if rest:
        yield f"  and {rest:,} times one of {len(collisions) - MOST_ROWS:,} other pairs"


def _users(report: Report) -> list[str]:
    if not report.users_reached:
        return []
    groups: dict[str, int] = {}
    for number, users in report.sends_per_user.items():
        name = _group(number)
        groups[name] = groups.get(name, 0) + users
    most = max(groups.values())
    width = max(len(f"{users:,}") for users in groups.values())
    names = max(map(len, groups))
    lines = [
        f"  {name:>{names}}  {users:>{width},} {bar(users, most, LONGEST_BAR)}"
        for name, users in groups.items()
        if users
    ]
    top = ", ".join(f"{each.user} ({each.sent:,})" for each in report.most[:5])
    return ["", "  users by how many messages they get", *lines, *paragraph(f"most: {top}")]


def _group(number: int) -> str:
    if number <= 3:
        return str(number)
    first = 4
    while number >= 2 * first:
        first *= 2
    return f"{first:,} to {2 * first - 1:,}"


def _estimates(report: Report) -> list[str]:
    """What is known, then for each reason why the rest is not."""
    if not report.estimates:
        return []
    lines, unknown = ["", "  what to expect"], dict[str, list[str]]()
    for each in report.estimates:
        about = f"{each.what} of {each.message or each.journey}"
        if each.value is None:
            unknown.setdefault(each.reason, []).append(about)
        else:
            lines += paragraph(f"{about} ({each.sends:,} sends): {_estimated(each, each.value)}", sign="- ")
    for reason, what in unknown.items():
        named = ", ".join(what[:MOST_NAMED]) + (f" and {len(what) - MOST_NAMED} more" if len(what) > MOST_NAMED else "")
        lines += paragraph(f"{named}: cannot be estimated: {reason}", sign="- ")
    return lines


def _estimated(each: Estimate, value: float) -> str:
    """A share of the sends, with the interval that it lies in."""
    is_known = each.low is not None and each.high is not None
    return f"{value:.1%}" + (f", between {each.low:.1%} and {each.high:.1%}" if is_known else "")


def _listed(head: str, said: Iterable[str]) -> list[str]:
    lines = [line for each in said for line in paragraph(each, sign="- ")]
    return ["", f"  {head}", *lines] if lines else []
