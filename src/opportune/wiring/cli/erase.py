"""Forget a user: every id it has, its events, decisions, memory and addresses, for good.

With --url a running engine does it (OPPORTUNE_ADMIN_KEY is its admin key); without, the file itself, while no engine
runs. Events that come later are refused until --readmit. Backups, mail folders and providers keep what they have.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from opportune.wiring.cli.exit_codes import OK, USAGE, WRONG
from opportune.wiring.cli.printing import print_json


def add_options(parser: ArgumentParser) -> None:
    """Whom, where, and whether to take the id again instead."""
    parser.add_argument("user", metavar="USER", help="any id of the user")
    parser.add_argument("--store", type=Path, default=Path("opportune.db"), help="the engine's file (%(default)s)")
    parser.add_argument("--url", metavar="URL", help="a running engine, such as http://127.0.0.1:8080")
    parser.add_argument("--readmit", action="store_true", help="take events of this erased id again, as somebody new")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(options: Namespace) -> int:
    """Erases, waits until nothing is left in the file, and says whom it took."""
    from opportune.wiring.cli.erasing import erase_here, erase_there, readmit

    if options.readmit and options.url:
        import sys

        print("opportune erase: --readmit works on the file, while no engine runs; leave --url out", file=sys.stderr)
        return USAGE
    if options.readmit:
        return _said(options, readmit(options.store, options.user))
    taken: list[str] | None = None
    if options.url:
        erase_there(options.url, options.user)
        what = "the engine has forgotten it; the file is overwritten in the background"
    else:
        taken, is_known = erase_here(options.store, options.user)
        what = f"forgotten, with {len(taken)} id{'' if len(taken) == 1 else 's'}; the file is clean"
        if not is_known:
            what = "nothing was known of this id; its events are refused from now on (--readmit lifts that)"
    if options.json:
        print_json({"user": options.user, "ids": taken, "clean": taken is not None})
    else:
        print(f"{options.user}: {what}")
    return OK


def _said(options: Namespace, was_erased: bool) -> int:
    if options.json:
        print_json({"user": options.user, "readmitted": was_erased})
    elif was_erased:
        print(f"{options.user}: its events are taken again, as those of somebody new")
    else:
        print(f"{options.user}: was not erased; there is nothing to readmit")
    return OK if was_erased else WRONG
