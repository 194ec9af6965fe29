"""Watch a small shop for ten days in about a minute: the real engine, simulated users, a simulated clock.

Its users browse, fill carts, buy or leave, open mails and unsubscribe, over real HTTP and with a real mail server, all
on this machine. Same seed, same decisions. Ctrl-C ends it early, with the report so far.
"""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

from opportune.wiring.cli.counting import count


def add_options(parser: ArgumentParser) -> None:
    """How long, how many, how fast, and where to."""
    add = parser.add_argument
    add("--days", type=count, default=10, help="simulated days (%(default)s)")
    add("--users", type=count, default=200, help="simulated users (%(default)s)")
    add("--seed", type=int, default=1, help="another seed, another history (%(default)s)")
    add("--speed", type=_speed, metavar="HOURS", help="simulated hours in a second (on a terminal at most 6)")
    ends = parser.add_mutually_exclusive_group()
    ends.add_argument("--once", action="store_true", help="end after the days, with a report: so it is anyway")
    ends.add_argument("--endless", action="store_true", help="go on until Ctrl-C")
    add("--store", type=Path, metavar="FILE", help="keep the engine's file, for 'opportune why' and 'opportune replay'")
    add("--json", action="store_true", help="print nothing but one JSON object at the end")


def run(options: Namespace) -> int:
    """Plays, tells, and returns 1 if the books do not balance."""
    from opportune.wiring.cli.showing import show

    return show(options)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < 1e6:
        raise ArgumentTypeError(f"simulated hours in a real second, more than 0, not {text!r}")
    return speed
