"""Watch a shop and a news desk for three days in less than a minute: the real engine, simulated users and clock.

Its users shop, read, look for help, open mails, bounce, complain and unsubscribe, over real HTTP and with a real mail
server, all on this machine. Same seed, same decisions. Ctrl-C ends it early, with the report so far.
"""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

from opportune.wiring.cli.counting import count


def add_options(parser: ArgumentParser) -> None:
    """How long, how many, how fast, and where to."""
    add = parser.add_argument
    add("--days", type=count, default=3, help="simulated days (%(default)s)")
    add("--users", type=count, default=2_000, help="simulated users (%(default)s)")
    add("--seed", type=int, default=1, help="another seed, another history (%(default)s)")
    add("--speed", type=_speed, metavar="HOURS", help="simulated hours in a second (on a terminal at most 3)")
    ends = parser.add_mutually_exclusive_group()
    ends.add_argument("--once", action="store_true", help="end after the days, with a report: so it is anyway")
    ends.add_argument("--endless", action="store_true", help="go on until Ctrl-C")
    add("--store", type=Path, metavar="FILE", help="keep the engine's file, for 'opportune why' and 'opportune replay'")
    shown = parser.add_mutually_exclusive_group()
    shown.add_argument("--lines", action="store_true", help="a line for each decision, on a terminal too")
    shown.add_argument("--quiet", action="store_true", help="nothing but the report")
    shown.add_argument("--json", action="store_true", help="print nothing but one JSON object at the end")
    add("--picture", type=Path, metavar="FILE", help="draw the live view, as of the middle of the play, as an SVG")
    add("--playbook-out", type=Path, metavar="FOLDER", help="write what is played into a new folder, and play nothing")


def run(options: Namespace) -> int:
    """Plays, tells, and returns 1 if the books do not balance."""
    from opportune.wiring.cli.showing import show, write_out

    return show(options) if options.playbook_out is None else write_out(options.playbook_out)


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0 < speed < 1e6:
        raise ArgumentTypeError(f"simulated hours in a real second, more than 0, not {text!r}")
    return speed
