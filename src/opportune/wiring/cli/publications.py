"""List what was published, newest first: the first line is in force."""

from argparse import ArgumentParser, Namespace

from opportune.wiring.cli.exit_codes import OK
from opportune.wiring.cli.printing import print_json


def add_options(parser: ArgumentParser) -> None:
    """Where."""
    from opportune.wiring.cli.publishing import add_place

    add_place(parser)


def run(options: Namespace) -> int:
    """Prints a line for each."""
    from opportune.wiring.cli.previewing import whom_of
    from opportune.wiring.cli.publishing import Place
    from opportune.wiring.plain_words import instant_of

    listed = Place(options).listed()
    if options.json:
        print_json(listed)
        return OK
    for each in listed.publications:
        at = instant_of("UTC", each.at) if each.at else "before this was kept"
        print(f"{each.playbook}  {at}  {whom_of(each)}")
    return OK
