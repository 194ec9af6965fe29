"""Decide the whole log again and compare every decision and ending with those that were kept.

Works while the engine runs. Exits with 1 if anything differs.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from opportune.wiring.cli.counting import count
from opportune.wiring.cli.exit_codes import OK, WRONG
from opportune.wiring.cli.printing import print_json

if TYPE_CHECKING:
    from opportune.wiring.replay import Comparison, Difference


def add_options(parser: ArgumentParser) -> None:
    """The store, how much is shown, and whether to answer in JSON."""
    add = parser.add_argument
    add("--store", type=Path, default=Path("opportune.db"), help="the engine's file (%(default)s)")
    add("--last", type=count, default=20, metavar="N", help="how many differences are shown; all are counted")
    add("--json", action="store_true", help="answer with one JSON object")


def run(options: Namespace) -> int:
    """Prints a line for each day and what differs."""
    from opportune.wiring.cli.store import read
    from opportune.wiring.installed import installed
    from opportune.wiring.replay import replay

    with read(options.store) as history:
        found = replay(history, policies=installed())
    if options.json:
        print_json(found)
    else:
        print("\n".join(lines_of(found, options.last)))
    return WRONG if found.differing else OK


def lines_of(found: "Comparison", most: int) -> Iterator[str]:
    """The comparison for a terminal, with so many of the differences."""
    if found.days:
        yield f"{'day':12}{'decisions':>10}{'endings':>10}  digest"
    for day in found.days:
        said = "the same again" if day.kept == day.again else f"DIFFERENT AGAIN: {day.again}"
        yield f"{day.day:12}{day.decisions:>10,}{day.endings:>10,}  {day.kept}  {said}"
    for each in found.differences[:most]:
        yield from _told(each)
    if found.differing > most:
        yield f"\nand {found.differing - most:,} more; --last shows more of them"
    if found.kinds:
        yield "\n" + ", ".join(f"{count:,} {kind}" for kind, count in found.kinds.items())
    same = "all the same" if found.days else "all the same, for none led to a decision yet"
    verdict = f"{found.differing:,} differ" if found.differing else same
    entries = f"{found.events:,} log {'entry' if found.events == 1 else 'entries'}"
    yield f"{chr(10) if found.days else ''}{entries} decided again: {verdict}"


def _told(difference: "Difference") -> Iterator[str]:
    yield f"\n{difference.day}: {difference.what} {difference.decision} of {difference.user}"
    yield f"  kept   {difference.kept or 'nothing'}"
    yield f"  again  {difference.again or 'nothing'}"
    yield from (f"    {change}" for change in difference.changes)
