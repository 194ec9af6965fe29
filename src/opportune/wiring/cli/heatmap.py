"""Show when mail is opened: by weekday and hour of the send, on the users' own clocks, from files of sends.

A row is a send: to whom, when, and when it was opened, if it was. Files may be CSV, NDJSON (both also .gz) or Parquet
and larger than memory. Cells with too few sends are shown as such and never win. Nothing is sent.
"""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from opportune.wiring.cli.counting import count
from opportune.wiring.cli.exit_codes import OK, WRONG
from opportune.wiring.cli.import_ import delimiter, instants_form
from opportune.wiring.cli.printing import print_json

if TYPE_CHECKING:
    from opportune.wiring.heatmap.wish import Wish

MEANINGS = ("user", "sent", "opened", "message", "by")
ENDINGS = (".html", ".svg", ".json", ".csv")


def add_options(parser: ArgumentParser) -> None:
    """The files, what their columns mean, on whose clock, of whom, and how the answer is given."""
    add = parser.add_argument
    add("files", type=Path, nargs="+", metavar="FILE", help="*.csv, *.tsv, *.ndjson, these with .gz, *.parquet")
    add("--map", type=_map, action="extend", default=[], metavar="user=COLUMN,sent=COLUMN", help=_MAP)
    add("--zone", action="append", default=[], metavar="COLUMN|trait:NAME|ZONE", help=_ZONE)
    add("--segment", action="append", default=[], metavar="EXPR", help="also of these rows alone: \"plan = 'pro'\"")
    add("--traits", type=Path, action="append", default=[], metavar="FILE", help="users, one in a row, with traits")
    add("--traits-map", type=_traits_map, metavar="user=COLUMN", help="the column of these that says who it is")
    add("--least", type=count, default=30, metavar="N", help="fewer sends than this say too little (%(default)s)")
    add("--window-hours", type=_hours, default=3, metavar="N", help="how long a window is, 1 to 24 (%(default)s)")
    add("--machine-within", type=_seconds, metavar="SECONDS", help=_MACHINE)
    add("--time-format", type=instants_form, metavar="FORM", help="such as '%%d/%%m/%%Y %%H:%%M'; else ISO 8601")
    add("--delimiter", type=delimiter, metavar="SIGN", help="of tables; else found in the header")
    add("--format", choices=("ndjson", "csv", "parquet"), help="where the name of the file does not tell")
    add("--out", type=_out, action="append", default=[], metavar="FILE", help="write a .html, .svg, .json or .csv")
    add("--scratch", type=Path, metavar="FOLDER", help="where the temporary folder is made")
    add("--json", action="store_true", help="answer with one JSON object")


_MAP = "what columns mean: user, sent, opened, message, by (human, machine, unsure; or whether it was a machine)"
_ZONE = "where clocks are read, first to last: a column, minutes:COLUMN, trait:NAME, or one zone for all"
_MACHINE = "an open so soon after the send is a machine's (2, or 0 where a column says by whom)"


def run(options: Namespace) -> int:
    """Prints what the files say, and writes it; 1 if rows were refused, or no send is left for want of a zone."""
    import sys

    from opportune.errors import PlaybookError
    from opportune.wiring.cli.ending import ending_cleanly
    from opportune.wiring.cli.output import ready, write
    from opportune.wiring.cli.progress import Progress
    from opportune.wiring.cli.refusals import tell_refused
    from opportune.wiring.heatmap.making import heatmap_of
    from opportune.wiring.heatmap.summary import lines_of
    from opportune.wiring.heatmap.written import written

    for path in options.out:
        ready(path)
    try:
        with ending_cleanly():
            report = heatmap_of(wish_of(options), lambda name: Progress(name))
    except PlaybookError as misuse:
        raise ArgumentTypeError(str(misuse)) from None
    tell_refused(report.refused, report.examples)
    if options.json:
        print_json(report)
    else:
        print("\n".join(lines_of(report)))
    for path in options.out:
        write(path, written(report, path.suffix.lower()))
    if report.without_zone and not report.figures[0].sends:
        print(
            "opportune: no send is left: nothing says the zone of "
            f"{'the row' if report.without_zone == 1 else f'any of {report.without_zone:,} rows'}; "
            "name a column with zones, or one zone for all, with --zone",
            file=sys.stderr,
        )
        return WRONG
    return WRONG if report.refused or report.users_refused else OK


def wish_of(options: Namespace) -> "Wish":
    """What these options ask; raises ArgumentTypeError for too many segments."""
    from opportune.wiring.heatmap.wish import MOST_SEGMENTS, Wish

    if len(options.segment) > MOST_SEGMENTS:
        raise ArgumentTypeError(f"at most {MOST_SEGMENTS} segments at a time, not {len(options.segment)}")
    return Wish(
        files=tuple(options.files),
        named=dict(options.map),
        zones=tuple(options.zone),
        segments=tuple(dict.fromkeys(options.segment)),
        traits=tuple(options.traits),
        traits_user=options.traits_map,
        form=options.format,
        delimiter=options.delimiter,
        instants_form=options.time_format,
        least=options.least,
        window_hours=options.window_hours,
        machine_within=options.machine_within,
        scratch=options.scratch,
    )


def _map(text: str) -> list[tuple[str, str]]:
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(meaning in MEANINGS and column for meaning, _, column in pairs):
        raise ArgumentTypeError(f"pairs of {', '.join(MEANINGS)} and a column, such as user=uid, not {text!r}")
    return [(meaning, column) for meaning, _, column in pairs]


def _traits_map(text: str) -> str:
    meaning, _, column = text.partition("=")
    if meaning != "user" or not column:
        raise ArgumentTypeError(f"user and a column, such as user=id, not {text!r}")
    return column


def _hours(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or not 1 <= int(text[:3]) <= 24 or len(text) > 2:
        raise ArgumentTypeError(f"a whole number of hours from 1 to 24, not {text!r}")
    return int(text)


def _seconds(text: str) -> int:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not 0 <= seconds <= 3600:
        raise ArgumentTypeError(f"seconds from 0 to 3600, such as 2 or 0.5, not {text!r}")
    return round(seconds * 1000)


def _out(text: str) -> Path:
    if not text.lower().endswith(ENDINGS):
        raise ArgumentTypeError(f"a file that ends in {', '.join(ENDINGS)}, not {text!r}")
    return Path(text)
