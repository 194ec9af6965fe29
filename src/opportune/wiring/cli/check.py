"""Say everything that is wrong with a playbook, or may be, with file and line.

Exits with 1 if there is an error; warnings and notes leave it at 0.
"""

from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from opportune.wiring.cli.exit_codes import OK, WRONG
from opportune.wiring.cli.printing import print_json

if TYPE_CHECKING:
    from opportune.playbook.finding import Level


def add_options(parser: ArgumentParser) -> None:
    """The folder, and whether to answer in JSON."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the playbook's folder")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(options: Namespace) -> int:
    """Prints the findings, worst first."""
    from opportune.playbook.folder import inspect
    from opportune.wiring.installed import installed

    found = inspect(options.folder, policies=installed())
    worst = sorted(found, key=lambda each: ("error", "warning", "note").index(each.level))
    counts = Counter(each.level for each in found)
    if options.json:
        print_json({"ok": not counts["error"], "findings": worst})
    else:
        for each in worst:
            print(each)
        print(f"{options.folder}: {_summary(counts)}")
    return WRONG if counts["error"] else OK


def _summary(counts: Mapping["Level", int]) -> str:
    said = [f"{count} {level}{'' if count == 1 else 's'}" for level, count in sorted(counts.items())]
    return ", ".join(said) if said else "nothing to object to"
