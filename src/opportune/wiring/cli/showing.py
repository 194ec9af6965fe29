"""What ``opportune demo`` does once its options are read: play, tell each decision, and report."""

import asyncio
import signal
import sys
from argparse import Namespace
from collections.abc import Sequence
from os import environ
from pathlib import Path
from tempfile import TemporaryDirectory

from opportune.errors import Unavailable
from opportune.events.event import Input
from opportune.wiring.cli.exit_codes import OK, WRONG
from opportune.wiring.cli.printing import print_json
from opportune.wiring.demo.books import Report
from opportune.wiring.demo.playing import START, Play, play
from opportune.wiring.demo.telling import Teller, closing, opening
from opportune.wiring.shard import Turn

HOURS_A_SECOND = 6.0
"""How fast simulated time runs at most on a terminal, so that lines can be followed."""


def show(options: Namespace) -> int:
    """Plays, tells, and returns 1 if the books do not balance."""
    is_terminal = sys.stdout.isatty()
    speed = options.speed or (HOURS_A_SECOND if is_terminal and not options.json else None)
    what = Play(
        days=None if options.endless else options.days, users=options.users, seed=options.seed, hours_a_second=speed
    )
    with TemporaryDirectory(prefix="opportune-demo-") as folder:
        store: Path = options.store or Path(folder, "demo.db")
        if store.exists():
            raise Unavailable(f"{store}: is there already; the demo begins with a new file")
        report = asyncio.run(_played(what, store, options, has_colour=is_terminal and "NO_COLOR" not in environ))
    if options.json:
        print_json(report.figures)
    else:
        print("\n".join(closing(report)))
        if options.store:
            print(f"Ask about any user: opportune why USER --store {options.store}")
    return WRONG if report.problems() else OK


async def _played(what: Play, store: Path, options: Namespace, *, has_colour: bool) -> Report:
    stop = asyncio.Event()
    for each in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(each, stop.set)
    if options.json:
        return await play(what, store, watch=_nothing, stop=stop)
    for line in opening(what.users, what.days, what.seed, START):
        print(line)
    teller = Teller(lambda line: print(line, flush=True), has_colour=has_colour)
    return await play(what, store, watch=teller.watch, stop=stop)


def _nothing(inputs: Sequence[Input], turn: Turn) -> None:
    pass
