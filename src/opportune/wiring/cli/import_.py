"""Bring events in from files: NDJSON, CSV (also .gz) or Parquet; each event once, however often it is called.

Goes on where a killed import stopped, and takes only what is new of a file that has grown. With --history events
change what is remembered, and start, cancel and send nothing.
"""

import os
import re
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from opportune.wiring.cli.exit_codes import OK, WRONG
from opportune.wiring.cli.printing import print_json

if TYPE_CHECKING:
    from opportune.wiring.mapping import Columns


def add_options(parser: ArgumentParser) -> None:
    """The files, what their columns mean, and where to."""
    add = parser.add_argument
    add(
        "files", type=Path, nargs="+", metavar="FILE", help="*.ndjson, *.jsonl, *.csv, *.tsv, these with .gz, *.parquet"
    )
    add(
        "--store",
        type=Path,
        default=Path("opportune.db"),
        help="the file of an engine that is not running (%(default)s)",
    )
    add("--playbook", type=Path, metavar="FOLDER", help="the playbook to begin a new store with")
    add("--url", metavar="URL", help="a running engine instead; its admin key from OPPORTUNE_ADMIN_KEY")
    add_columns(parser)
    add("--history", action="store_true", help="the past: changes features, starts and sends nothing")
    add("--json", action="store_true", help="answer with one JSON object")


def add_columns(parser: ArgumentParser) -> None:
    """What rows of files mean, and how they are written."""
    add = parser.add_argument
    add("--map", type=_map, action="extend", default=[], metavar="user=COLUMN,at=COLUMN", help=_MAP)
    add("--event", metavar="NAME", help="the event of every row, where no column names it")
    add("--kind", choices=("track", "identify"), default="track", help="identify: columns are traits (%(default)s)")
    add("--time-format", type=instants_form, metavar="FORM", help=_FORM)
    add("--zone", type=_zone, metavar="ZONE", help="of instants that state none, such as Europe/Berlin; else UTC")
    add("--delimiter", type=delimiter, metavar="SIGN", help="of tables; else found in the header")
    add("--text", type=lambda text: text.split(","), default=[], metavar="COLUMN,...", help="columns that stay text")
    add("--format", choices=("ndjson", "csv", "parquet"), help="where the name of the file does not tell")


def columns_of(options: Namespace) -> "Columns":
    """What these options say of the columns."""
    from opportune.wiring.mapping import Columns

    return Columns(
        named=dict(options.map), event=options.event, kind=options.kind, form=options.time_format, zone=options.zone
    )


_MAP = "what columns mean: user, anonymous, event, at, id"
_FORM = "how instants are written, such as '%%d/%%m/%%Y %%H:%%M'; else ISO 8601"


def run(options: Namespace) -> int:
    """Imports file after file and says what became of them; 1 if rows were refused."""
    from opportune.wiring.cli.importing import import_all

    reports = import_all(options)
    if options.json:
        print_json({"files": reports})
    return WRONG if any(each["refused"] for each in reports) else OK


def _map(text: str) -> list[tuple[str, str]]:
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(field in ("user", "anonymous", "event", "at", "id") and column for field, _, column in pairs):
        raise ArgumentTypeError(
            f"pairs of user, anonymous, event, at or id and a column, such as user=uid, not {text!r}"
        )
    return [(field, column) for field, _, column in pairs]


def traits_map(text: str) -> list[tuple[str, str]]:
    """Which columns of a file of users mean what; raises ArgumentTypeError for what says nothing of user or at."""
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(field in ("user", "at") and column for field, _, column in pairs):
        raise ArgumentTypeError(f"user or at and a column, such as user=id,at=signed_up, not {text!r}")
    return [(field, column) for field, _, column in pairs]


def _zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError):
        raise ArgumentTypeError(f"a zone is written like Europe/Berlin, not {text!r}") from None


def instants_form(text: str) -> str:
    """How instants are written, as strptime has it; raises ArgumentTypeError for a form that no text can have."""
    try:
        datetime.strptime("", text)
    except ValueError as fault:
        if "does not match" in str(fault):
            return text
    except re.error:
        pass
    raise ArgumentTypeError(f"a form is made of %Y %m %d %H %M %S and the like, each once, not {text!r}")


def delimiter(text: str) -> str:
    """The sign between the cells of a table; raises ArgumentTypeError unless it is one."""
    sign = {"tab": "\t", "\\t": "\t"}.get(text, text)
    if len(sign) != 1:
        raise ArgumentTypeError(f"one sign, or tab, not {text!r}")
    return sign


def admin_key() -> str:
    """The key for a running engine; empty if none is set."""
    return os.environ.get("OPPORTUNE_ADMIN_KEY", "")
