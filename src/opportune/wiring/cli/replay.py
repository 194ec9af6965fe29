"""Decide the whole log again and compare every decision and ending with those that were kept.

Works while the engine runs. Exits with 1 if anything differs.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from opportune.wiring.cli.exit_codes import OK, WRONG
from opportune.wiring.cli.printing import print_json

if TYPE_CHECKING:
    from opportune.wiring.replay import Comparison

SHOWN = 20
"""How many differences are shown; the rest is counted."""


def add_options(parser: ArgumentParser) -> None:
    """The store, and whether to answer in JSON."""
    parser.add_argument("--store", type=Path, default=Path("opportune.db"), help="the engine's file (%(default)s)")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


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
        _print(found)
    return WRONG if found.differences else OK


def _print(found: "Comparison") -> None:
    if found.days:
        print(f"{'day':12}{'decisions':>10}{'endings':>10}  digest")
    for day in found.days:
        said = "the same again" if day.kept == day.again else f"DIFFERENT AGAIN: {day.again}"
        print(f"{day.day:12}{day.decisions:>10,}{day.endings:>10,}  {day.kept}  {said}")
    for each in found.differences[:SHOWN]:
        print(f"\n{each.decision} of {each.user}")
        print(f"  kept   {each.kept or 'nothing'}\n  again  {each.again or 'nothing'}")
    if len(found.differences) > SHOWN:
        print(f"\nand {len(found.differences) - SHOWN:,} more")
    same = "all the same" if found.days else "all the same, for none led to a decision yet"
    verdict = f"{len(found.differences):,} differ" if found.differences else same
    entries = f"{found.events:,} log {'entry' if found.events == 1 else 'entries'}"
    print(f"{chr(10) if found.days else ''}{entries} decided again: {verdict}")
