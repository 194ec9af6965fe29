"""Try playbooks on the past: whom they would have written to, when, and what kept them silent. Nothing is sent.

Names folders with playbooks, then files with events, or with --store the log of an engine. Several playbooks live the
same past and are shown side by side.
"""

from argparse import ArgumentParser, Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from opportune.wiring.cli.ending import ending_cleanly
from opportune.wiring.cli.exit_codes import OK, WRONG
from opportune.wiring.cli.output import ready, write
from opportune.wiring.cli.past import add_past, apart, named, past_of, read_all, work_of
from opportune.wiring.cli.printing import print_json

if TYPE_CHECKING:
    from opportune.wiring.backtest.report import Report
    from opportune.wiring.backtest.reporting import Tried


def add_options(parser: ArgumentParser) -> None:
    """The playbooks, the past, and how the answer is given."""
    add = parser.add_argument
    add("paths", type=Path, nargs="+", metavar="PLAYBOOK|FILE", help="folders with playbooks, then files with events")
    add_past(parser)
    add("--html", type=Path, metavar="FILE", help="write the report as a page")
    add("--json", action="store_true", help="answer with one JSON object")
    add("--quiet", action="store_true", help="print nothing but what was refused")


def run(options: Namespace) -> int:
    """Lives the past and tells of it; 1 if rows were refused or something could not be taken."""
    from opportune.errors import Unavailable
    from opportune.wiring.backtest.reporting import tried

    folders, files = apart(options.paths)
    if not folders:
        raise Unavailable(f"{options.paths[0]}: there is no such folder; name the folder of a playbook first")
    ready(options.html)
    playbooks = read_all(named(folders))
    with ending_cleanly():
        found = tried(playbooks, past_of(options, files), work_of(options))
    if options.json:
        print_json({"reports": found.reports, "refused": found.refused, "examples": found.examples})
    else:
        _print(found, is_quiet=options.quiet)
    if options.html is not None:
        _write(options.html, found.reports)
    return WRONG if found.refused or any(report.poisoned for report in found.reports) else OK


def _write(path: Path, reports: "Sequence[Report]") -> None:
    from opportune.wiring.backtest.html import page_of

    write(path, page_of(reports))


def _print(found: "Tried", *, is_quiet: bool) -> None:
    from opportune.wiring.backtest.summary import summary_of
    from opportune.wiring.cli.refusals import tell_refused

    if not is_quiet:
        print(summary_of(found.reports))
    tell_refused(found.refused, found.examples)
