"""Put a backup where an engine looks for its file, together with its secret.

The engine then takes events and decides, and sends nothing until 'opportune confirm' has said that no other engine
goes on with another copy.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from opportune.wiring.cli.exit_codes import OK
from opportune.wiring.cli.printing import print_json


def add_options(parser: ArgumentParser) -> None:
    """The backup, the file, whether it may go if there is one, and whether to answer in JSON."""
    parser.add_argument("backup", type=Path, metavar="BACKUP", help="what 'opportune backup' made")
    parser.add_argument("--store", type=Path, default=Path("opportune.db"), help="where it goes (%(default)s)")
    parser.add_argument("--replace", action="store_true", help="put it in the place of a file that is there")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(options: Namespace) -> int:
    """Puts it there, and says what comes next."""
    from opportune.adapters.stores.backups import restore

    restore(options.backup, options.store, replaces=options.replace)
    if options.json:
        print_json({"file": str(options.store), "held": True})
    else:
        print(f"{options.store}: is {options.backup} again; sending is held until it is confirmed")
        print(f"next: opportune confirm --store {options.store}")
    return OK
