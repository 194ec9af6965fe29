"""Say what choosing the moment has gained, against users who are kept at the baseline for comparison.

Beside it stand two other figures: what the chances on record say of two fixed ways to choose, and what one would have
claimed by comparing messages in users' best hours with others. Works while the engine runs. Exits with 1 if the file
holds nothing to compare, or the two groups of users are not as large as they should be.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from opportune.wiring.cli.exit_codes import OK, WRONG
from opportune.wiring.cli.past import first_instant
from opportune.wiring.cli.printing import print_json


def add_options(parser: ArgumentParser) -> None:
    """The file, which of its messages, and whether to answer in JSON."""
    add = parser.add_argument
    add("--store", type=Path, default=Path("opportune.db"), help="the engine's file (%(default)s)")
    add("--journey", metavar="NAME", help="only messages of this journey")
    add("--message", metavar="NAME", help="only this message")
    add("--since", type=first_instant, metavar="DAY", help="only what was decided from this day on, in UTC")
    add("--json", action="store_true", help="answer with one JSON object")


def run(options: Namespace) -> int:
    """Prints the gain in opens, in goals and in their value."""
    import sys

    from opportune.wiring.cli.store import read
    from opportune.wiring.gain.lines import lines_of
    from opportune.wiring.gain.record import Record, Wanted
    from opportune.wiring.gain.report import report_of
    from opportune.wiring.installed import installed

    wanted = Wanted(options.journey, options.message, options.since)
    with read(options.store) as history:
        record = Record(history, wanted, policies=installed(), progress=_count)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    report = report_of(record, str(options.store))
    if options.json:
        print_json(report)
    elif report.gains:
        print("\n".join(lines_of(report)))
    else:
        young = f"; {report.counts.waiting:,} are too young to tell" if report.counts.waiting else ""
        print(f"{options.store}: no message whose moment send_time chose has gone out and had 48 hours{young}")
    return WRONG if not report.gains or report.sample_ratio.verdict == "wrong" else OK


def _count(count: int) -> None:
    import sys

    if sys.stderr.isatty() and count % 10_000 == 0:
        print(f"\r{count:,} decisions", end="", file=sys.stderr, flush=True)
