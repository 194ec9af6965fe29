"""Differences between two playbooks, in the terminal."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Final

from opportune.wiring.backtest.differences import DifferenceExample, Differences, JourneyDifference
from opportune.wiring.backtest.periods import named
from opportune.wiring.backtest.text_tables import bar, counted, escaped, paragraph, percent, shortened, table

MOST_ROWS: Final = 12
NAME: Final = 26
LONGEST_BAR: Final = 50
WHAT: Final = {
    "more": "gets a message that the old one does not send",
    "fewer": "does not get a message that the old one sends",
    "otherwise": "gets another message, channel or wording",
    "earlier": "gets it earlier",
    "later": "gets it later",
}
"""What an example is of, in the order in which they are told."""


def differences_of(found: Differences) -> str:
    """The text."""
    lines = [*_head(found), *_users(found), *_messages(found)]
    return "\n".join(map(escaped, [*lines, *_shifts(found), *_codes(found), *_examples(found.examples)]))


def _head(found: Differences) -> Iterator[str]:
    yield f"{found.users:,} user{'' if found.users == 1 else 's'}, {named(found.since, found.until)}"
    yield f"old: {found.old.playbook} ({found.old.hash})"
    yield f"new: {found.new.playbook} ({found.new.hash})"
    total = found.total
    if found.old.hash == found.new.hash:
        yield "Both are the same playbook."
    elif total.same == total.old == total.new:
        yield "Every user gets the same messages at the same instants."
    sides, change = (found.old, found.new), found.new.sent - found.old.sent
    yield ""
    rows = [
        ["", "old", "new", "change"],
        ["messages", *(counted(each.sent) for each in sides), f"{change:+,}" if change else "-"],
        ["users reached", *(counted(each.users_reached) for each in sides), _signed(found)],
        ["decisions", *(counted(each.decisions) for each in sides), ""],
    ]
    yield from table(rows)


def _signed(found: Differences) -> str:
    change = found.new.users_reached - found.old.users_reached
    return f"{change:+,}" if change else "-"


def _users(found: Differences) -> Iterator[str]:
    rows = [
        ("more messages", found.users_more, f"{found.users_gained:,} of them got none before", found.users_gained),
        ("fewer messages", found.users_fewer, f"{found.users_lost:,} of them get none now", found.users_lost),
        ("as many", found.users_same, "", 0),
        ("none of either", found.users_untouched, "", 0),
    ]
    yield ""
    yield "  users who get"
    width = max(len(counted(count)) for _, count, _, _ in rows)
    for name, count, words, part in rows:
        said = f"  {words}" if part else ""
        yield f"  {name:14}  {counted(count):>{width}}  {percent(count, found.users):>6}{said}"


def _messages(found: Differences) -> Iterator[str]:
    heads = ["messages", "old", "new", "the same", "otherwise", "earlier", "later", "only old", "only new"]
    rows = [[shortened(name, NAME), *_figures(each)] for name, each in found.journeys.items()]
    yield ""
    yield from table([heads, *rows, *([["all", *_figures(found.total)]] if len(rows) > 1 else [])])


def _figures(each: JourneyDifference) -> Iterable[str]:
    counts = each.old, each.new, each.same, each.otherwise, each.earlier, each.later, each.only_old, each.only_new
    return map(counted, counts)


def _shifts(found: Differences) -> Iterator[str]:
    if not found.shifts:
        return
    most, width = max(found.shifts.values()), max(map(len, found.shifts))
    digits = len(f"{most:,}")
    yield ""
    yield "  messages that both send, at another instant"
    for words, count in found.shifts.items():
        yield f"  {words:{width}}  {count:>{digits},} {bar(count, most, LONGEST_BAR)}"


def _codes(found: Differences) -> Iterator[str]:
    if not found.codes:
        return
    rows = [[shortened(e.journey, NAME), e.old, e.new, f"{e.count:,}"] for e in found.codes[:MOST_ROWS]]
    yield ""
    yield "  what became of the same cause (-: nothing was decided)"
    yield from table([["journey", "old", "new", "times"], *rows], left=3)
    rest = sum(each.count for each in found.codes[MOST_ROWS:])
    if rest:
        yield f"  and {rest:,} times one of {len(found.codes) - MOST_ROWS:,} other changes"


def _examples(examples: Iterable[DifferenceExample]) -> Iterator[str]:
    """One of each kind."""
    by_what = {each.what: each for each in reversed(list(examples))}
    for what in (name for name in WHAT if name in by_what):
        each = by_what[what]
        yield ""
        yield f"  User {each.user} {WHAT[what]}, for example:"
        yield from _side("old", each.old)
        yield from _side("new", each.new)


def _side(name: str, sentences: Sequence[str]) -> Iterator[str]:
    said = sentences or ("Nothing was decided.",)
    yield from paragraph(said[0], sign=f"{name}: ", indent=4)
    for more in said[1:3]:
        yield from paragraph(more.strip(), indent=9)
