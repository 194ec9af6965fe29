"""Make, list and revoke keys: write keys bring events, admin keys ask and act.

Works while the engine runs, which takes notice within a second. A key is shown once, when it is made; the file keeps
its hash only. Every action takes --store FILE and --json; 'opportune key add --help' says more.
"""

import sys
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from opportune.wiring.cli.exit_codes import OK, WRONG
from opportune.wiring.cli.printing import print_json

if TYPE_CHECKING:
    from opportune.adapters.stores.key_table import KeyRow, KeyTable

MOST_LETTERS = 60


def add_options(parser: ArgumentParser) -> None:
    """What to do, the key's name and kind, the store, and whether to answer in JSON."""
    ways = parser.add_subparsers(dest="what", required=True, metavar="ACTION")
    add = ways.add_parser("add", help="make a key, and show it once")
    add.add_argument("name", type=_name, metavar="NAME", help="what you will call it, such as web-shop")
    add.add_argument("--kind", required=True, choices=("write", "admin"), help="write: brings events; admin: the rest")
    listed = ways.add_parser("list", help="show names and kinds of all keys")
    revoke = ways.add_parser("revoke", help="make a key worthless from now on, for good")
    revoke.add_argument("name", metavar="NAME", help="the name it was made with")
    for each in (add, listed, revoke):
        each.add_argument("--store", type=Path, default=Path("opportune.db"), help="the engine's file (%(default)s)")
        each.add_argument("--json", action="store_true", help="answer with one JSON object")


def run(options: Namespace) -> int:
    """Does what was asked, durably, and says so."""
    with _table(options.store) as table:
        match options.what:
            case "add":
                return _add(table, options)
            case "revoke":
                return _revoke(table, options)
            case _:
                return _list(table, options)


@contextmanager
def _table(path: Path) -> "Iterator[KeyTable]":
    from opportune.adapters.stores.key_table import KeyTable
    from opportune.errors import Unavailable

    if not path.is_file():
        raise Unavailable(f"{path}: there is no such file; --store names the one that 'opportune run' keeps")
    table = KeyTable(path)
    try:
        yield table
    finally:
        table.close()


def _add(table: "KeyTable", options: Namespace) -> int:
    from opportune.adapters.clock import SystemClock
    from opportune.adapters.sources.keys import made

    text = made(options.kind)
    if not table.add(options.name, options.kind, text, SystemClock().now()):
        print(f"opportune key: there is or was a key named {options.name!r}; take another name", file=sys.stderr)
        return WRONG
    if options.json:
        print_json({"name": options.name, "kind": options.kind, "key": text})
    else:
        print(text)
        print(f"{options.kind} key {options.name!r}: keep it safe, it is not shown again", file=sys.stderr)
    return OK


def _revoke(table: "KeyTable", options: Namespace) -> int:
    from opportune.adapters.clock import SystemClock

    if not table.revoke(options.name, SystemClock().now()):
        print(f"opportune key: no key in use is named {options.name!r}; see 'opportune key list'", file=sys.stderr)
        return WRONG
    if options.json:
        print_json({"name": options.name, "is_revoked": True})
    else:
        print(f"{options.name!r} is refused from now on, by a running engine within a second")
    return OK


def _list(table: "KeyTable", options: Namespace) -> int:
    from opportune.wiring.plain_words import instant_of

    rows = table.rows()
    if options.json:
        print_json({"keys": [_told(row) for row in rows]})
        return OK
    if not rows:
        print("no keys yet: 'opportune key add NAME --kind write' makes one")
    for row in rows:
        until = "" if row.revoked_at is None else f"  revoked {instant_of('UTC', row.revoked_at)}"
        print(f"{row.name:24}  {row.kind:5}  made {instant_of('UTC', row.made_at)}{until}")
    return OK


def _told(row: "KeyRow") -> dict[str, str | int | None]:
    return {"name": row.name, "kind": row.kind, "made_at": row.made_at, "revoked_at": row.revoked_at}


def _name(text: str) -> str:
    if not text.strip() or not text.isprintable() or len(text) > MOST_LETTERS:
        raise ArgumentTypeError(f"a name is 1 to {MOST_LETTERS} printable letters, not {text[:80]!r}")
    return text
