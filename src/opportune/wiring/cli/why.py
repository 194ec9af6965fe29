"""Say why a user got a message, or why not, and from when on that might be different.

First in sentences, then with the verdict of every policy. Works while the engine runs.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path

from opportune.policies.decision import Verdict
from opportune.wiring.cli.counting import count
from opportune.wiring.cli.exit_codes import OK
from opportune.wiring.cli.printing import print_json
from opportune.wiring.cli.store import read
from opportune.wiring.installed import installed
from opportune.wiring.plain_words import clock_of
from opportune.wiring.why import Account, Told, why


def add_options(parser: ArgumentParser) -> None:
    """Whom and what it is about, the store, and whether to answer in JSON."""
    parser.add_argument("user", metavar="USER", help="the id of the user")
    parser.add_argument("message", metavar="MESSAGE", nargs="?", help="only about this message")
    parser.add_argument("--store", type=Path, default=Path("opportune.db"), help="the engine's file (%(default)s)")
    parser.add_argument("--last", type=count, default=3, metavar="N", help="how many decisions at most (%(default)s)")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(options: Namespace) -> int:
    """Prints the account."""
    with read(options.store) as history:
        account = why(history, options.user, options.message, most=options.last, policies=installed())
    if options.json:
        print_json(account)
    else:
        print("\n".join(lines_of(account)))
    return OK


def lines_of(account: Account) -> Iterator[str]:
    """The account for a terminal."""
    yield account.sentence
    for told in account.decisions:
        yield ""
        yield from told.sentences
        yield from _verdicts(told)
    if account.waiting:
        yield ""
    for waiting in account.waiting:
        yield waiting.sentence


def _verdicts(told: Told) -> Iterator[str]:
    """Each verdict once: which policy, on which channel, judged for when, what it said and until when."""
    verdicts = list(dict.fromkeys(told.decision.verdicts))
    if not verdicts:
        yield "  No policy objected."
        return
    rows = [("policy", "channel", "judged for", "said", "until"), *(_row(each, told.zone) for each in verdicts)]
    widths = [max(len(row[column]) for row in rows) for column in range(5)]
    for row in rows:
        yield "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()


def _row(verdict: Verdict, zone: str) -> tuple[str, str, str, str, str]:
    until = clock_of(zone, verdict.until) if verdict.until is not None else "-"
    return (verdict.policy, verdict.channel or "all", clock_of(zone, verdict.at), verdict.code, until)
