"""Say what another playbook would have done otherwise over the same past: who gets more, less, something else, later.

Names the folder of the old playbook and that of the new one, then files with events, or with --store the log of an
engine. Nothing is sent. Exits with 0 whether or not there is a difference.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from opportune.wiring.cli.ending import ending_cleanly
from opportune.wiring.cli.exit_codes import OK, WRONG
from opportune.wiring.cli.output import ready, write
from opportune.wiring.cli.past import add_past, named, past_of, read_all, work_of
from opportune.wiring.cli.printing import print_json

if TYPE_CHECKING:
    from opportune.wiring.backtest.comparing import Comparison


def add_options(parser: ArgumentParser) -> None:
    """The two playbooks, the past, and how the answer is given."""
    add = parser.add_argument
    add("old", type=Path, metavar="OLD", help="the folder of the playbook as it is")
    add("new", type=Path, metavar="NEW", help="the folder of the playbook as it might be")
    add("files", type=Path, nargs="*", metavar="FILE", help="files with events")
    add_past(parser)
    add("--html", type=Path, metavar="FILE", help="write both reports and what is different as a page")
    add("--json", action="store_true", help="answer with one JSON object")


def run(options: Namespace) -> int:
    """Lives the past twice and tells the differences; 1 if rows were refused or something could not be taken."""
    from opportune.wiring.backtest.comparing import compare

    ready(options.html)
    old, new = (read_all({str(each): each}, is_named=True)[str(each)] for each in (options.old, options.new))
    past, work = past_of(options, options.files), work_of(options)
    with ending_cleanly():
        found = compare(old, new, past, names=_names(options.old, options.new), work=work)
    if options.json:
        print_json(
            {
                "differences": found.differences,
                "reports": found.reports,
                "refused": found.refused,
                "examples": found.examples,
            }
        )
    else:
        _print(found)
    if options.html is not None:
        _write(options.html, found)
    return WRONG if found.refused or any(report.poisoned for report in found.reports) else OK


def _names(old: Path, new: Path) -> tuple[str, str]:
    """As much of each path as tells them apart; the whole of one that is given twice."""
    names = list(named([old, new]))
    return (names[0], names[1]) if len(names) > 1 else (str(old), str(new))


def _write(path: Path, found: "Comparison") -> None:
    from opportune.wiring.backtest.html import page_of

    write(path, page_of(found.reports, found.differences))


def _print(found: "Comparison") -> None:
    from opportune.wiring.backtest.summary_differences import differences_of
    from opportune.wiring.cli.refusals import tell_refused

    print(differences_of(found.differences))
    tell_refused(found.refused, found.examples)
