"""Feed the catalogue from files: NDJSON or CSV (also .gz), one item in each row.

A column, or a key, that a file has not leaves what the catalogue holds; one that is empty or null takes it away. What
a change is worth telling (a lower price, stock after none, what is new) is told to the users whom it concerns: at once
by a running engine, else when it runs. With --history nobody is told: the catalogue as it is.
"""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path

from opportune.wiring.cli.exit_codes import OK, WRONG
from opportune.wiring.cli.import_ import delimiter
from opportune.wiring.cli.printing import print_json

FIELDS = ("id", "price", "currency", "stock", "category", "tags", "score", "published", "expires")


def add_options(parser: ArgumentParser) -> None:
    """The files, what their columns mean, and where to."""
    add = parser.add_argument
    add("files", type=Path, nargs="+", metavar="FILE", help="*.ndjson, *.jsonl, *.csv, *.tsv, these with .gz")
    add(
        "--store",
        type=Path,
        default=Path("opportune.db"),
        help="the file of an engine that is not running (%(default)s)",
    )
    add("--url", metavar="URL", help="a running engine instead; its admin key from OPPORTUNE_ADMIN_KEY")
    add("--map", type=_map, action="extend", default=[], metavar="id=COLUMN,price=COLUMN", help=_MAP)
    add("--history", action="store_true", help="the catalogue as it is: no change is told to anybody")
    add("--delimiter", type=delimiter, metavar="SIGN", help="of tables; else found in the header")
    add("--text", type=lambda text: text.split(","), default=[], metavar="COLUMN,...", help="columns that stay text")
    add("--format", choices=("ndjson", "csv"), help="where the name of the file does not tell")
    add("--json", action="store_true", help="answer with one JSON object")


_MAP = f"columns of another name: {', '.join(FIELDS)}"


def run(options: Namespace) -> int:
    """Feeds file after file and says what became of them; 1 if rows were refused."""
    from opportune.wiring.cli.feeding import feed_all

    reports = feed_all(options)
    if options.json:
        print_json({"files": reports})
    return WRONG if any(each["refused"] for each in reports) else OK


def _map(text: str) -> list[tuple[str, str]]:
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(field in FIELDS and column for field, _, column in pairs):
        raise ArgumentTypeError(f"pairs of {', '.join(FIELDS)} and a column, such as id=sku, not {text!r}")
    return [(field, column) for field, _, column in pairs]
