"""Pause a journey while the engine runs: nobody enters it and nothing is said in it until it is resumed.

What it has planned ends unsent, what is under way is called back as long as it was not begun; its runs go on behind.
Asks the engine or the file, as 'opportune publish' does.
"""

from argparse import ArgumentParser, Namespace

from opportune.wiring.cli.exit_codes import OK
from opportune.wiring.cli.printing import print_json


def add_options(parser: ArgumentParser) -> None:
    """Which journey."""
    from opportune.wiring.cli.publishing import add_place

    parser.add_argument("journey", metavar="JOURNEY", help="its name")
    add_place(parser)


def run(options: Namespace) -> int:
    """Pauses it, durably."""
    return turned(options, is_on=False)


def turned(options: Namespace, *, is_on: bool) -> int:
    """Resumes or pauses the journey, and says what was done and what is in force."""
    from opportune.wiring.cli.previewing import line_of
    from opportune.wiring.cli.publishing import Place

    told = Place(options).turn(options.journey, is_on=is_on)
    if options.json:
        print_json(told)
    elif told.publication is not None:
        since = "now" if told.has_changed else "already"
        is_so = "goes on" if is_on else f"is paused {since}: nobody enters it, nothing is said in it"
        print(f"journey {options.journey} {is_so}; {line_of(told.publication)}")
    return OK
