"""Say why a user got a message, or why not, what would have changed that, and from when on it might be different.

First in sentences, then with the verdict of every policy. By user, by user and message, or by the id of a decision.
Without a user it lists the newest decisions, one on a line, as it does with --journey, --code, --since or --until.
Works while the engine runs.
"""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

from opportune.adapters.sources.asking import Question
from opportune.adapters.sources.when import FORM, when
from opportune.policies.decision import Verdict
from opportune.units import Instant
from opportune.wiring.answering import answered
from opportune.wiring.cli.counting import count
from opportune.wiring.cli.exit_codes import OK, WRONG
from opportune.wiring.cli.printing import print_json
from opportune.wiring.cli.store import read
from opportune.wiring.installed import installed
from opportune.wiring.looking import Looking
from opportune.wiring.plain_words import clock_of, instant_of
from opportune.wiring.why import Account, Told

SENTENCES: Final = 3
LINES: Final = 50
"""How many decisions are told unless --last says so."""


def add_options(parser: ArgumentParser) -> None:
    """Whom and what it is about, the store, and the form of the answer."""
    add = parser.add_argument
    add("user", metavar="USER", nargs="?", help="the id of the user")
    add("message", metavar="MESSAGE", nargs="?", help="only about this message")
    add("--decision", metavar="ID", help="one decision, by its id; a mail's Message-ID begins with it")
    add("--journey", metavar="NAME", help="list decisions of this journey")
    add("--code", metavar="CODE", help="list decisions that ended with this code, such as sent or frequency_cap")
    add("--since", type=_when(is_end=False), metavar="DAY", help=f"list those made from then on: {FORM}")
    add("--until", type=_when(is_end=True), metavar="DAY", help="list those made before then; of a day to its end")
    add("--store", type=Path, default=Path("opportune.db"), help="the engine's file (%(default)s)")
    many = f"how many decisions at most ({SENTENCES}, in a list {LINES})"
    add("--last", type=count, default=None, metavar="N", help=many)
    add("--table", action="store_true", help="one line for each decision, without sentences")
    add("--json", action="store_true", help="answer with one JSON object")


def run(options: Namespace) -> int:
    """Prints the account; 1 if there is no decision with the id that was asked for."""
    kind = (options.journey, options.code, options.since, options.until)
    is_list = options.table or (options.decision is None and (options.user is None or any(kind)))
    with read(options.store) as history:
        question = _asked(options, options.last or (LINES if is_list else SENTENCES))
        account = answered(history, question, Looking(installed()))
    if account is None:
        print(f"opportune: {options.store} holds no decision {options.decision!r}", file=sys.stderr)
        return WRONG
    if options.json:
        print_json(account)
    else:
        print("\n".join(table_of(account) if is_list else lines_of(account)))
    return OK


def _asked(options: Namespace, most: int) -> Question:
    return Question(
        user=options.user,
        message=options.message,
        decision=options.decision,
        journey=options.journey,
        code=options.code,
        since=options.since,
        until=options.until,
        limit=most,
    )


def _when(*, is_end: bool) -> Callable[[str], Instant]:
    def read(text: str) -> Instant:
        try:
            return when(text, is_end=is_end)
        except (ValueError, OverflowError):
            raise ArgumentTypeError(f"write {FORM}, not {text!r}") from None

    return read


def lines_of(account: Account) -> Iterator[str]:
    """The account for a terminal, in sentences."""
    yield account.sentence
    for told in account.decisions:
        yield ""
        yield from told.sentences
        yield from _verdicts(told)
        yield f"  Decision {told.decision.id}."
    if account.waiting:
        yield ""
    for waiting in account.waiting:
        yield waiting.sentence


def table_of(account: Account) -> Iterator[str]:
    """The account as a table: a line for each decision, then the waits."""
    yield account.sentence
    if account.decisions:
        head = ("decided", "user", "message", "journey", "channel", "state", "code", "decision")
        yield from _columns([head, *map(_line, account.decisions)])
    for waiting in account.waiting:
        yield waiting.sentence


def _line(told: Told) -> tuple[str, ...]:
    decision = told.decision
    state = told.state if told.state != "pending" or told.channel is None else "planned"
    return (
        *(instant_of(told.zone, decision.due), decision.user, told.message, told.journey),
        *(told.channel or "-", state, told.code, decision.id),
    )


def _verdicts(told: Told) -> Iterator[str]:
    """Each verdict once: which policy, on which channel, judged for when, what it said and until when."""
    verdicts = list(dict.fromkeys(told.decision.verdicts))
    if not verdicts:
        yield "  No policy objected."
        return
    yield from _columns(
        [("policy", "channel", "judged for", "said", "until"), *(_row(each, told.zone) for each in verdicts)]
    )


def _columns(rows: Sequence[Sequence[str]]) -> Iterator[str]:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(verdict: Verdict, zone: str) -> tuple[str, str, str, str, str]:
    until = clock_of(zone, verdict.until) if verdict.until is not None else "-"
    return (verdict.policy, verdict.channel or "all", clock_of(zone, verdict.at), verdict.code, until)
