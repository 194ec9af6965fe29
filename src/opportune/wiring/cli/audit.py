"""Count again what an engine has sent: caps, consent, quiet hours, doubles, and whether the books balance.

Works from the log, the decisions, their endings and the outbox, and not from what the engine remembers; also while
the engine runs. Exits with 1 if it finds something.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opportune.wiring.cli.counting import count
from opportune.wiring.cli.exit_codes import OK, WRONG
from opportune.wiring.cli.printing import print_json

if TYPE_CHECKING:
    from opportune.wiring.auditing.found import Audit, Violation

_SAID: Final = {
    "caps": "no cap, gap or fatigue was exceeded",
    "consent": "everything that went out was allowed",
    "quiet": "nothing went out in quiet hours",
    "doubles": "nothing was said twice",
    "books": "every decision has ended or waits for something",
}


def add_options(parser: ArgumentParser) -> None:
    """The store, how much is shown, and whether to answer in JSON."""
    add = parser.add_argument
    add("--store", type=Path, default=Path("opportune.db"), help="the engine's file (%(default)s)")
    add("--last", type=count, default=20, metavar="N", help="how many violations are shown, the newest (%(default)s)")
    add("--scratch", type=Path, metavar="FOLDER", help="where a temporary folder is made, if it takes one")
    add("--json", action="store_true", help="answer with one JSON object")


def run(options: Namespace) -> int:
    """Prints a line for each check and what is wrong."""
    from opportune.wiring.auditing.audit import audit
    from opportune.wiring.cli.progress import Progress
    from opportune.wiring.cli.store import read
    from opportune.wiring.installed import installed

    with read(options.store) as history:
        found = audit(
            history,
            policies=installed(),
            most=options.last,
            scratch=options.scratch,
            progress=Progress("audit"),
        )
    if options.json:
        print_json(found)
    else:
        print("\n".join(lines_of(found)))
    return WRONG if any(each.found for each in found.checks.values()) else OK


def lines_of(found: "Audit") -> Iterator[str]:
    """The audit for a terminal."""
    yield (
        f"{found.entries:,} log entries, {found.users:,} users, {found.decisions:,} decisions = {found.ended:,} ended "
        f"+ {found.pending:,} pending, {found.sends:,} sends"
    )
    for name, check in found.checks.items():
        wrong = f"{check.found:,} FOUND" if check.found else _SAID[name]
        yield f"  {name:8} {check.judged:>10,} judged   {wrong}"
    for violation in found.violations:
        yield from _told(violation)
    more = sum(each.found for each in found.checks.values()) - len(found.violations)
    if more:
        yield f"\nand {more:,} more; --last shows more of them"
    yield "\nWhat this does not tell:"
    for sentence in found.limits:
        yield f"  {sentence}"


def _told(violation: "Violation") -> Iterator[str]:
    yield f"\n{violation.check}: {violation.user}, decision {violation.decision}"
    yield f"  {violation.sentence}"
    if violation.others:
        yield f"  with {', '.join(violation.others)}"
