"""Plan a message to many users: which hour each gets it, so that no hour gets more than you can send.

Asks everybody of an engine's file, by the playbook itself, when they would get it: quiet hours, caps, consent, zones,
deadline, holdout and send_time all have their say. Then places them in hours with room, and writes the shares to
PLAYBOOK/models/capacity.json; 'opportune publish PLAYBOOK' puts them in force, and every user's decision keeps to
them. Nothing is sent. Exits with 1 if some users have no hour. Needs numpy: pip install 'opportune[learning]'.
"""

import os
import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from opportune.wiring.cli.counting import count
from opportune.wiring.cli.ending import ending_cleanly
from opportune.wiring.cli.exit_codes import OK, WRONG
from opportune.wiring.cli.output import ready, write
from opportune.wiring.cli.past import first_instant
from opportune.wiring.cli.printing import print_json

if TYPE_CHECKING:
    from opportune.policies.planned import Capacity
    from opportune.wiring.planning.planning import Report

_LIMIT: Final = re.compile(r"(?:(?P<channel>[a-z_]+)=)?(?P<count>\d{1,12})(?:/hour)?")
_PLACE: Final = "models/capacity.json"


def add_options(parser: ArgumentParser) -> None:
    """Which journey of which playbook, for whom, and how many an hour can carry."""
    add = parser.add_argument
    add("playbook", type=Path, metavar="PLAYBOOK", help="the folder of the playbook that is to be published")
    add("--journey", required=True, metavar="NAME", help="the journey that begins for many users at once")
    add("--capacity", type=limits, required=True, metavar="N/hour", help=_CAPACITY)
    add("--store", type=Path, default=Path("opportune.db"), help="the engine's file (%(default)s)")
    add("--at", type=first_instant, metavar="INSTANT", help="from when on; needed for a schedule, such as 2026-06-09")
    add("--out", type=Path, metavar="FILE", help=f"where the shares are written (PLAYBOOK/{_PLACE})")
    add("--dry-run", action="store_true", help="write nothing")
    add("--workers", type=count, metavar="N", help="how many processes ask users (as many as there are cores)")
    add("--json", action="store_true", help="answer with one JSON object")


_CAPACITY: Final = "messages in an hour: 50000/hour, or by channel email=50000,push=200000"


def run(options: Namespace) -> int:
    """Plans, says what comes to each hour, and writes the shares; 1 if some users have no hour."""
    out = options.out or options.playbook / _PLACE
    if not options.dry_run and options.out is not None:
        ready(out)
    with ending_cleanly():
        report, capacity = _planned(options)
    if options.json:
        print_json(report)
    else:
        _print(report)
    if report.placed and not options.dry_run:
        _write(out, capacity, options)
    return WRONG if report.unplaced else OK


def limits(text: str) -> dict[str, int]:
    """By channel how many an hour can carry, the empty name standing for all others; else raises ArgumentTypeError."""
    found: dict[str, int] = {}
    for part in text.split(","):
        match = _LIMIT.fullmatch(part.strip())
        if match is None or not int(match["count"]):
            raise ArgumentTypeError(f"a capacity is written 50000/hour or email=50000,push=200000, not {text!r}")
        found[match["channel"] or ""] = int(match["count"])
    return found


def _planned(options: Namespace) -> "tuple[Report, Capacity]":
    from opportune.errors import Unavailable
    from opportune.playbook.definition import CHANNELS
    from opportune.playbook.folder import texts
    from opportune.playbook.reading import playbook_from
    from opportune.wiring.cli.progress import Progress
    from opportune.wiring.cli.store import read
    from opportune.wiring.installed import installed
    from opportune.wiring.planning.crowd import gathered, span_of

    try:
        from opportune.wiring.planning.planning import Order, Planning
    except ImportError:
        raise Unavailable("planning needs numpy: pip install 'opportune[learning]'") from None
    unknown = [channel for channel in options.capacity if channel and channel not in CHANNELS]
    if unknown:
        raise Unavailable(f"--capacity: there is no channel {unknown[0]!r}; there are {', '.join(CHANNELS)}")
    files = texts(options.playbook)
    playbook = playbook_from(files, policies=installed())
    span = span_of(playbook, options.journey, options.at)
    workers = options.workers or len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    with (
        read(options.store) as history,
        gathered(history, files, options.journey, span=span, workers=workers) as crowd,
    ):
        order = Order(options.journey, span, options.capacity)
        return Planning(crowd, playbook, order, Progress("asking users")).planned()


def _print(report: "Report") -> None:
    from opportune.wiring.planning.summary import summary_of

    print("\n".join(summary_of(report)))


def _write(out: Path, capacity: "Capacity", options: Namespace) -> None:
    import msgspec

    if options.out is None:
        out.parent.mkdir(exist_ok=True)
        ready(out)
    write(out, msgspec.json.format(msgspec.json.encode(capacity), indent=2).decode() + "\n")
    if not options.json:
        print(f"\n{out}: written; 'opportune publish {options.playbook}' puts it in force")
