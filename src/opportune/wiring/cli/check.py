"""Say everything that is wrong with a playbook, or may be, with file and line.

Exits with 1 if there is an error; warnings and notes leave it at 0, but with --strict warnings do not.
"""

from argparse import ArgumentParser, Namespace
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from opportune.wiring.cli.exit_codes import OK, WRONG
from opportune.wiring.cli.printing import print_json

if TYPE_CHECKING:
    from opportune.playbook.finding import Finding, Level


def add_options(parser: ArgumentParser) -> None:
    """The folder, and whether to answer in JSON."""
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the playbook's folder")
    parser.add_argument("--strict", action="store_true", help="exit with 1 for warnings, too")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(options: Namespace) -> int:
    """Prints the findings, worst first."""
    from opportune.adapters.clock import SystemClock
    from opportune.playbook.folder import inspect
    from opportune.wiring.installed import installed

    found = inspect(options.folder, policies=installed(), now=SystemClock().now())
    worst = sorted(found, key=lambda each: ("error", "warning", "note").index(each.level))
    counts = Counter(each.level for each in found)
    is_ok = not counts["error"] and not (options.strict and counts["warning"])
    if options.json:
        print_json({"ok": is_ok, "findings": [_told(each) for each in worst]})
    else:
        for each in worst:
            print(each)
        print(f"{options.folder}: {_summary(counts)}")
    return OK if is_ok else WRONG


def _told(finding: "Finding") -> dict[str, object]:
    """The finding, with file and line apart for programs; ``line`` is null where there is none."""
    file, _, line = finding.place.rpartition(":")
    is_line = bool(file) and line.isdecimal()
    place = {"file": file, "line": int(line)} if is_line else {"file": finding.place, "line": None}
    return {"level": finding.level, **place, "place": finding.place, "text": finding.text}


def _summary(counts: Mapping["Level", int]) -> str:
    said = [f"{count} {level}{'' if count == 1 else 's'}" for level, count in sorted(counts.items())]
    return ", ".join(said) if said else "nothing to object to"
