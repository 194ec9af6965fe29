"""Put a playbook in force while the engine runs, for all users or for a share of them.

Tells first who is in which journey and what becomes of them. With --url the engine there is asked (OPPORTUNE_ADMIN_KEY
is its admin key); without, the one of this machine that has the file, or the file itself, while no engine runs.
"""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from opportune.wiring.cli.exit_codes import OK, USAGE
from opportune.wiring.cli.printing import print_json

if TYPE_CHECKING:
    from opportune.wiring.publication_acts import PublicationAnswer


def add_options(parser: ArgumentParser) -> None:
    """The folder, for whom, and whether to ask."""
    from opportune.wiring.cli.publishing import add_place

    parser.add_argument("folder", type=Path, metavar="FOLDER", help="the playbook's folder")
    parser.add_argument("--share", type=_share, default=1_000_000, metavar="SHARE", help="of the users, such as 10%%")
    add_asking(parser)
    add_place(parser)


def add_asking(parser: ArgumentParser) -> None:
    """Whether to do it."""
    parser.add_argument("--dry-run", action="store_true", help="only tell what would change")
    parser.add_argument("--yes", action="store_true", help="do it without asking")


def run(options: Namespace) -> int:
    """Tells what would change, asks, publishes."""
    from opportune.playbook.folder import texts
    from opportune.wiring.cli.publishing import Place

    place, files = Place(options), texts(options.folder)
    return told_and_done(options, lambda is_dry: place.publish(files, options.share, is_dry=is_dry))


def told_and_done(options: Namespace, act: "Callable[[bool], PublicationAnswer]") -> int:
    """Tells what would change, and does it if that is wanted; asks nothing where nothing would."""
    from opportune.wiring.cli.previewing import line_of, lines_of

    if not (options.dry_run or options.yes or sys.stdin.isatty()):
        print("opportune: nobody is there to be asked; say --yes to do it, or --dry-run to look", file=sys.stderr)
        return USAGE
    told = act(True)
    if told.preview is not None and not options.json:
        print("\n".join(lines_of(told.preview)))
    is_new = told.preview is None or not told.preview.is_in_force
    if is_new and not options.dry_run and (options.yes or _is_wanted()):
        told = act(False)
    if options.json:
        print_json(told)
    elif told.publication is not None:
        print(line_of(told.publication))
    return OK


def _is_wanted() -> bool:
    print("publish this? [y/N] ", end="", flush=True)
    return sys.stdin.readline().strip().lower() in ("y", "yes")


def _share(text: str) -> int:
    from opportune.errors import UnitError
    from opportune.units import share_of

    try:
        share = share_of(text)
    except UnitError as error:
        raise ArgumentTypeError(str(error)) from None
    if share == 0:
        raise ArgumentTypeError("a share of nobody publishes nothing; 'opportune rollback' goes back")
    return share
