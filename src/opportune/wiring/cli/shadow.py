"""Let a playbook live beside a running engine: what it would have said so far, without a message sent.

Reads the engine's file and writes nothing to it. Reports every so often, and when it is told to stop (Ctrl-C).
"""

import os
import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Final

from opportune.wiring.cli.exit_codes import OK, WRONG
from opportune.wiring.cli.past import first_instant

if TYPE_CHECKING:
    from types import FrameType

    from opportune.wiring.backtest.report import Report
    from opportune.wiring.shadowing.following import Shadow

LOOK: Final = 1.0
"""Seconds between two looks at the file."""
OFTEN: Final = "1 hour"


def add_options(parser: ArgumentParser) -> None:
    """The playbook, the engine's file, and how often it is told what came of it."""
    add = parser.add_argument
    add("folder", type=Path, metavar="PLAYBOOK", help="the folder of the playbook that is to be tried")
    add("--store", type=Path, default=Path("opportune.db"), help="the engine's file (%(default)s)")
    add("--every", type=_span, default=OFTEN, metavar="SPAN", help="how often it reports (%(default)s)")
    add("--once", action="store_true", help="report what the file holds by now, and end")
    add("--from", dest="since", type=first_instant, metavar="DAY", help="what is before is history: nothing starts")
    add("--html", type=Path, metavar="FILE", help="write each report as a page here, in place of the one before")
    add("--json", action="store_true", help="print each report as one line of JSON")


def run(options: Namespace) -> int:
    """Follows until it is told to stop; 1 if the engine could not take something, which the report names."""
    from opportune.adapters.clock import SystemClock
    from opportune.errors import Unavailable
    from opportune.playbook.folder import texts
    from opportune.wiring.backtest.past import Past
    from opportune.wiring.cli.past import named
    from opportune.wiring.cli.store import there
    from opportune.wiring.shadowing.following import Shadow

    there(options.store)
    if not options.folder.is_dir():
        raise Unavailable(f"{options.folder}: there is no such folder; name the folder of a playbook")
    ((name, folder),) = named([options.folder]).items()
    past = Past(now=SystemClock().now(), store=options.store, since=options.since)
    shadow = Shadow(name, texts(folder), past)
    try:
        report = _once(shadow, options) if options.once else _follow(shadow, options)
    finally:
        shadow.close()
    return WRONG if report is not None and report.poisoned else OK


def _once(shadow: "Shadow", options: Namespace) -> "Report":
    from opportune.wiring.cli.progress import Progress

    shadow.follow(Progress("shadow"))
    report = shadow.report()
    _tell(report, shadow.seq, options)
    return report


def _follow(shadow: "Shadow", options: Namespace) -> "Report | None":
    """Until a signal comes; what has come by then is in the last report, unless it had not read all before."""
    from time import monotonic

    from opportune.wiring.cli.progress import Progress

    stop, report, progress = Event(), None, Progress("shadow")

    def stopped(number: int, frame: "FrameType | None") -> None:
        stop.set()

    before = {each: signal.signal(each, stopped) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        print(f"follows {options.store}; Ctrl-C ends it with a report", file=sys.stderr, flush=True)
        is_up_to_date, last = shadow.follow(progress, is_enough=stop.is_set), 0.0
        while not stop.is_set():
            if not last or monotonic() - last >= options.every / 1_000:
                report, last = _report(shadow, options), monotonic()
            stop.wait(LOOK)
            shadow.follow()
        if is_up_to_date:
            shadow.follow()
        return _report(shadow, options) or report
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def _report(shadow: "Shadow", options: Namespace) -> "Report | None":
    """Tells what came of it so far; where nothing has happened yet, that."""
    from opportune.errors import Unavailable

    try:
        report = shadow.report()
    except Unavailable as nothing:
        print(f"nothing to tell yet: {nothing}", file=sys.stderr, flush=True)
        return None
    _tell(report, shadow.seq, options)
    return report


def _tell(report: "Report", seq: int, options: Namespace) -> None:
    if options.html is not None:
        _write(options.html, report)
    if options.json:
        import msgspec

        print(msgspec.json.encode({"seq": seq, "reports": [report]}).decode(), flush=True)
        return
    from opportune.wiring.backtest.summary import summary_of

    print(summary_of([report]), flush=True)
    print(f"\nup to log entry {seq:,}\n", flush=True)


def _write(path: Path, report: "Report") -> None:
    """The page is there whole, the old one or the new one, whenever it is looked at."""
    from opportune.errors import Unavailable
    from opportune.wiring.backtest.html import page_of

    beside = path.with_name(f".{path.name}.new")
    try:
        beside.write_text(page_of([report]), encoding="utf-8")
        os.replace(beside, path)
    except OSError as fault:
        raise Unavailable(f"{path}: {fault.strerror}") from None


def _span(text: str) -> int:
    from opportune.errors import UnitError
    from opportune.units import span_of

    try:
        return span_of(text)
    except UnitError as error:
        raise ArgumentTypeError(str(error)) from None
