"""Write events, decisions, endings or merges as files, one for each UTC day; or all there is about one user.

Works while the engine runs, and writes what was there when it began. Parquet needs DuckDB: pip install
'opportune[history]'. A cell of a CSV file that a spreadsheet would calculate begins with '.
With --user everything that is kept about one user goes into one JSON file, for whoever it is about.
"""

import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import date
from pathlib import Path

from opportune.wiring.cli.exit_codes import OK, USAGE
from opportune.wiring.cli.printing import print_json


def add_options(parser: ArgumentParser) -> None:
    """The file, the folder, what, how, and which days."""
    add = parser.add_argument
    add("--store", type=Path, default=Path("opportune.db"), help="the engine's file (%(default)s)")
    add("--out", type=Path, required=True, metavar="PATH", help="the folder the files go into; of --user, the file")
    add("--user", metavar="ID", help="write all there is about the user with this id into one JSON file")
    what = ("events", "decisions", "endings", "merges")
    add("--what", choices=what, default="events", help="%(default)s if left out")
    add("--format", choices=("parquet", "ndjson", "csv"), default="ndjson", help="%(default)s if left out")
    add("--from", dest="first", type=_day, default="0001-01-01", metavar="DAY", help="first UTC day: 2026-06-01")
    add("--to", dest="last", type=_day, default="9999-12-31", metavar="DAY", help="last UTC day, included")
    add("--json", action="store_true", help="answer with one JSON object")


def run(options: Namespace) -> int:
    """Writes the files, and says how many rows each has."""
    import sys

    from opportune.wiring.cli.store import read
    from opportune.wiring.exporting import Order, export

    if options.user is not None:
        return _one_user(options)
    if options.first > options.last:
        print(f"opportune export: --from {options.first} is after --to {options.last}", file=sys.stderr)
        return USAGE
    with read(options.store) as history:
        order = Order(options.what, options.format, options.first, options.last)
        made = export(history, order, options.out, _count)
    if sys.stderr.isatty():
        print(file=sys.stderr)
    if options.json:
        print_json({"files": made, "rows": sum(each.rows for each in made)})
        return OK
    for each in made:
        print(f"{each.file}: {each.rows:,} {options.what}")
    if not made:
        print(f"no {options.what} on these days")
    return OK


def _one_user(options: Namespace) -> int:
    import sys

    from opportune.wiring.cli.store import read
    from opportune.wiring.portable_file import portable_from, write_portable

    if (options.what, options.format, options.first, options.last) != ("events", "ndjson", "0001-01-01", "9999-12-31"):
        refusal = "--user writes everything, as one JSON file; leave --what, --format, --from and --to out"
        print(f"opportune export: {refusal}", file=sys.stderr)
        return USAGE
    with read(options.store) as history:
        document = portable_from(history, options.store, options.user)
    write_portable(document, options.out)
    if options.json:
        print_json({"file": str(options.out), "sentence": document.sentence})
    else:
        print(f"{options.out}: {document.sentence}")
    return OK


def _count(count: int) -> None:
    import sys

    if sys.stderr.isatty() and count % 10_000 == 0:
        print(f"\r{count:,} rows", end="", file=sys.stderr, flush=True)


def _day(text: str) -> str:
    try:
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
            return date.fromisoformat(text).isoformat()
    except ValueError:
        pass
    raise ArgumentTypeError(f"a day is written 2026-06-01, not {text!r}")
