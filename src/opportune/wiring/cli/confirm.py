"""Say of a file that may be a copy that it is the one that goes on, and that no engine sends from another one.

What the original may have sent meanwhile counts as sent, outcome unknown, and is never sent again; what falls due from
then on is sent. Stop the engine first.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from opportune.wiring.cli.exit_codes import OK
from opportune.wiring.cli.printing import print_json


def add_options(parser: ArgumentParser) -> None:
    """The file, whether it was only moved, and whether to answer in JSON."""
    parser.add_argument("--store", type=Path, default=Path("opportune.db"), help="the engine's file (%(default)s)")
    moved = "no engine has run since it was copied or moved: what fell due meanwhile is sent"
    parser.add_argument("--moved", action="store_true", help=moved)
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(options: Namespace) -> int:
    """Confirms, and says what was the matter."""
    from opportune.adapters.stores.sqlite import SqliteStore
    from opportune.wiring.cli.store import there

    there(options.store)
    store = SqliteStore(options.store)
    try:
        held = store.held
        if held is not None:
            store.confirm(is_moved=options.moved)
    finally:
        store.close()
    if options.json:
        print_json({"file": str(options.store), "held": held, "confirmed": held is not None})
    elif held is None:
        print(f"{options.store}: sending was not held; there is nothing to confirm")
    else:
        then = (
            "what fell due meanwhile is sent" if options.moved else "what may have been sent meanwhile is not repeated"
        )
        print(f"{held}\n{options.store}: is the one that goes on; when the engine starts, {then}")
    return OK
