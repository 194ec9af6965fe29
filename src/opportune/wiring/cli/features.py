"""Write what features were at given points of history, as Parquet, CSV or NDJSON to learn from.

Points are a table with the columns user and at, and perhaps seq; its columns are kept, and one is added for each
feature, and one called hindsight. With seq, only what had come in before that place of the log counts; without it all
that is known by now, as of the instant at: hindsight is true. --decisions takes every logged decision as a point, as of
its due, before its place. Needs DuckDB: pip install 'opportune[history]'.
"""

from argparse import ArgumentParser, Namespace
from pathlib import Path

from opportune.errors import Unavailable
from opportune.wiring.cli.exit_codes import OK
from opportune.wiring.cli.printing import print_json


def add_options(parser: ArgumentParser) -> None:
    """Which points, of which history, which features, and where to."""
    add = parser.add_argument
    points = parser.add_mutually_exclusive_group(required=True)
    points.add_argument("--at", type=Path, metavar="FILE", help="the points: a .parquet, .csv or .ndjson file")
    points.add_argument("--decisions", action="store_true", help="the points are the logged decisions")
    add("--out", type=Path, required=True, metavar="FILE", help="what is written: a .parquet, .csv or .ndjson file")
    add("--store", type=Path, default=Path("opportune.db"), help="the engine's file (%(default)s)")
    add("--history", type=Path, metavar="DIR", help="a folder of exported Parquet files, in place of the engine's file")
    add(
        "--playbook", type=Path, metavar="DIR", help="the playbook's folder; without it the newest of the engine's file"
    )
    add("--only", default="", metavar="NAME,...", help="only these features; all if left out")
    add("--json", action="store_true", help="answer with one JSON object")


def run(options: Namespace) -> int:
    """Writes the table, and says how many rows and features it has."""
    from opportune.adapters.history.answering import writable
    from opportune.wiring.installed import installed
    from opportune.wiring.training_set import Wish, training_set

    writable(options.out)
    if options.at is not None and options.at.resolve() == options.out.resolve():
        raise Unavailable(f"{options.out}: the points stand there and would be lost; --out names another file")
    only = tuple(name.strip() for name in options.only.split(",") if name.strip())
    wish = Wish(options.at, options.history, options.store, options.playbook, only)
    with training_set(wish, policies=installed()) as (table, asked):
        rows = table.write(options.out)
    if options.json:
        found = {"file": str(options.out), "rows": rows, "features": table.features, "hindsight": asked.is_hindsight}
        print_json(found)
        return OK
    how = "in hindsight: all that is known by now counts" if asked.is_hindsight else "as of their places in the log"
    print(f"{options.out}: {rows:,} points, {len(table.features):,} features, {how}")
    return OK
