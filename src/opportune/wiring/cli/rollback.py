"""Go back to an earlier playbook, for all users: the one before, or the one with a hash that 'publications' lists.

Tells first who is in which journey and what becomes of them; a share that tries a new playbook ends with it. Asks the
engine or the file, as 'opportune publish' does.
"""

from argparse import ArgumentParser, Namespace


def add_options(parser: ArgumentParser) -> None:
    """Which one, and whether to ask."""
    from opportune.wiring.cli.publish import add_asking
    from opportune.wiring.cli.publishing import add_place

    parser.add_argument("playbook", nargs="?", default="", metavar="HASH", help="if not the one before")
    add_asking(parser)
    add_place(parser)


def run(options: Namespace) -> int:
    """Tells what would change, asks, goes back."""
    from opportune.wiring.cli.publish import told_and_done
    from opportune.wiring.cli.publishing import Place

    place = Place(options)
    return told_and_done(options, lambda is_dry: place.roll_back(options.playbook, is_dry=is_dry))
