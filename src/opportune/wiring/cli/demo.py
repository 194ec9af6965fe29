"""Watch a small shop for ten days in about a minute: the real engine, simulated users, a simulated clock.

Its users browse, fill carts, buy or leave, open mails and unsubscribe, over real HTTP and with a real mail server, all
on this machine. Same seed, same decisions. Ctrl-C ends it early, with the report so far.
"""

import asyncio
import signal
import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
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


def add_options(parser: ArgumentParser) -> None:
    """How long, how many, how fast, and where to."""
    add = parser.add_argument
    add("--days", type=_count, default=10, help="simulated days (%(default)s)")
    add("--users", type=_count, default=200, help="simulated users (%(default)s)")
    add("--seed", type=int, default=1, help="another seed, another history (%(default)s)")
    add("--speed", type=_speed, metavar="HOURS", help="simulated hours in a second (on a terminal at most 6)")
    ends = parser.add_mutually_exclusive_group()
    ends.add_argument("--once", action="store_true", help="end after the days, with a report: so it is anyway")
    ends.add_argument("--endless", action="store_true", help="go on until Ctrl-C")
    add("--store", type=Path, metavar="FILE", help="keep the engine's file, for 'opportune why' and 'opportune replay'")
    add("--json", action="store_true", help="print nothing but one JSON object at the end")


def run(options: Namespace) -> int:
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


def _count(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 0 < int(text) <= 100_000:
        raise ArgumentTypeError(f"a whole number from 1 to 100000, not {text!r}")
    return int(text)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < 1e6:
        raise ArgumentTypeError(f"simulated hours in a real second, more than 0, not {text!r}")
    return speed
