"""Say why a user got a message, or why not, what would have changed that, and from when on it might be different.

First in sentences, then with the verdict of every policy. By user, by user and message, or by the id of a decision.
Without a user it lists the newest decisions, one on a line, as it does with --journey, --code, --since or --until.
Works while the engine runs.
"""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opportune.adapters.sources.when import FORM, when
from opportune.units import Instant
from opportune.wiring.cli.counting import count
from opportune.wiring.cli.exit_codes import OK, USAGE, WRONG
from opportune.wiring.cli.printing import print_json

if TYPE_CHECKING:
    from opportune.adapters.sources.asking import Question

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
    add("--code", metavar="CODE", help="list decisions with this code, such as sent or frequency_cap")
    add("--since", type=_when(is_end=False), metavar="DAY", help=f"list those made from then on: {FORM}")
    add("--until", type=_when(is_end=True), metavar="DAY", help="list those made before then; of a day to its end")
    add("--store", type=Path, default=Path("opportune.db"), help="the engine's file (%(default)s)")
    many = f"how many decisions at most ({SENTENCES}, in a list {LINES})"
    add("--last", type=count, default=None, metavar="N", help=many)
    add("--table", action="store_true", help="one line for each decision, without sentences")
    add("--json", action="store_true", help="answer with one JSON object")


def run(options: Namespace) -> int:
    """Prints the account; 1 if there is no decision with the id that was asked for."""
    from opportune.errors import EventError
    from opportune.wiring.answering import answered
    from opportune.wiring.cli.store import read
    from opportune.wiring.installed import installed
    from opportune.wiring.looking import Looking
    from opportune.wiring.naming import named
    from opportune.wiring.why_lines import lines_of, table_of

    kind = (options.journey, options.code, options.since, options.until)
    is_list = options.table or (options.decision is None and (options.user is None or any(kind)))
    try:
        question = _asked(options, options.last or (LINES if is_list else SENTENCES))
    except EventError as wrong:
        print(f"opportune why: {wrong}", file=sys.stderr)
        return USAGE
    with read(options.store) as history:
        account = answered(history, question, Looking(installed()))
    if account is None:
        print(f"opportune: {options.store} holds no decision {options.decision!r}", file=sys.stderr)
        return WRONG
    if options.json:
        print_json(named(account))
    else:
        print("\n".join(table_of(account) if is_list else lines_of(account)))
    return OK


def _asked(options: Namespace, most: int) -> "Question":
    from opportune.adapters.sources.asking import Question

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
