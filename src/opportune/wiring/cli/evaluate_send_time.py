"""Try models of the hour in which users are active: each learns from the earlier part of a past, and names hours after.

A row of the files is something that a user did: who, and when. For every later day on which a user who was seen before
was active, each model names one local hour; hit60 is how often the user was active in it. All are set beside the one
best hour for everybody: users are drawn again for intervals, and what holds zero is not called a gain.
"""

import os
from argparse import ArgumentParser, ArgumentTypeError, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from opportune.wiring.cli.counting import count
from opportune.wiring.cli.exit_codes import OK, WRONG
from opportune.wiring.cli.import_ import delimiter, instants_form
from opportune.wiring.cli.past import first_instant
from opportune.wiring.cli.printing import print_json

if TYPE_CHECKING:
    from opportune.wiring.evaluating.comparing import Settings
    from opportune.wiring.evaluating.reading import Files, Read


def add_options(parser: ArgumentParser) -> None:
    """The files, how they are read, how they are cut, and which models are tried."""
    add = parser.add_argument
    add("files", type=Path, nargs="*", metavar="EVENTS", help="*.csv, *.tsv, *.txt, *.ndjson, with .gz too, *.parquet")
    add("--store", type=Path, metavar="FILE", help="an engine's file instead of files; it may be running")
    table_options(parser)
    add("--from", dest="since", type=first_instant, metavar="DAY", help="what is before is left out")
    add("--to", dest="until", type=first_instant, metavar="DAY", help="what is after is left out")
    add("--split", type=_share, default=0.7, metavar="SHARE", help="of the events come before the cut (70%%)")
    add("--models", type=_names, default=(), metavar="NAME,...", help="only these; else all")
    add("--seed", type=int, default=1, metavar="N", help="of all that chance plays a part in (%(default)s)")
    add("--seeds", type=count, default=5, metavar="N", help="learn again with so many seeds in all (%(default)s)")
    add("--resamples", type=count, default=2_000, metavar="N", help="how often users are drawn again (%(default)s)")
    add("--permute", action="store_true", help="first let hours change hands between users: no gain may be left")
    add("--json", action="store_true", help="answer with one JSON object")


_MAP = "what columns mean: user, at, event; by name, or by number where there is no header"
_ZONE = "on whose clock: one zone for all, a column with zones or offsets, or minutes:COLUMN; else UTC"


def table_options(parser: ArgumentParser) -> None:
    """How rows of files are read."""
    add = parser.add_argument
    add("--map", type=_map, action="extend", default=[], metavar="user=COLUMN,at=COLUMN", help=_MAP)
    add("--no-header", action="store_true", help="tables have none: columns are named 1, 2, 3")
    add("--zone", action="append", default=[], metavar="ZONE|COLUMN", help=_ZONE)
    add("--event", metavar="NAME", help="the event of every row, where no column names it")
    add("--time-format", type=instants_form, metavar="FORM", help="such as '%%d/%%m/%%Y %%H:%%M'; else ISO 8601")
    add("--delimiter", type=delimiter, metavar="SIGN", help="of tables; else found in the first line")
    add("--format", choices=("ndjson", "csv", "parquet"), help="where the name of the file does not tell")


def run(options: Namespace) -> int:
    """Prints the table; 1 if rows were refused."""
    if (options.store is None) == (not options.files):
        raise ArgumentTypeError("name files with events, or an engine's file with --store; one of both")
    from msgspec.structs import replace

    from opportune.errors import Unavailable
    from opportune.wiring.cli.progress import Progress
    from opportune.wiring.cli.refusals import tell_refused

    for each in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # small matrices: threads cost more than they save
        os.environ.setdefault(each, "1")
    try:
        import numpy  # noqa: F401
    except ImportError:
        raise Unavailable("evaluating needs numpy: pip install 'opportune[learning]'") from None
    from opportune.wiring.evaluating.comparing import compared
    from opportune.wiring.evaluating.summary import lines_of

    found = _read(options)
    report = compared(found.histories, found.hours, settings_of(options), Progress("models"))
    report = replace(
        report,
        files=tuple(str(path) for path in options.files or [options.store]),
        left_out=found.left_out,
        refused=dict(sorted(found.refused.items())),
        examples=tuple(found.examples),
    )
    tell_refused(report.refused, report.examples)
    if options.json:
        print_json(report)
    else:
        print("\n".join(lines_of(report)))
    return WRONG if report.refused else OK


def _read(options: Namespace) -> "Read":
    """What files say, or an engine's log."""
    from opportune.features.local_time import zone_named
    from opportune.wiring.cli.progress import Progress
    from opportune.wiring.cli.store import read as opened
    from opportune.wiring.evaluating.reading import Read, read
    from opportune.wiring.histories.of_store import histories_in

    if options.store is None:
        return read(files_of(options), Progress("read"))
    names = options.zone or ["UTC"]
    zone = zone_named(names[0])
    if zone is None or len(names) > 1:
        raise ArgumentTypeError(f"--zone: with --store, one zone such as Europe/Berlin, not {' '.join(names)!r}")
    with opened(options.store) as history:
        histories = histories_in(history, zone=zone, until=options.until, progress=Progress("read"))
    return Read(histories=histories, hours=histories.hour)


def files_of(options: Namespace) -> "Files":
    """What these options say of the files."""
    from opportune.adapters.clock import SystemClock
    from opportune.wiring.evaluating.reading import Files
    from opportune.wiring.mapping import Columns

    return Files(
        now=SystemClock().now(),
        paths=tuple(options.files),
        columns=Columns(named=dict(options.map), event=options.event, form=options.time_format),
        zones=tuple(options.zone),
        form=options.format,
        delimiter=options.delimiter,
        has_header=not options.no_header,
        since=options.since,
        until=options.until,
    )


def settings_of(options: Namespace) -> "Settings":
    """What these options say of how models are tried."""
    from opportune.wiring.evaluating.comparing import Settings

    return Settings(
        split=options.split,
        seed=options.seed,
        seeds=options.seeds,
        resamples=options.resamples,
        models=options.models,
        is_permuted=options.permute,
    )


def _map(text: str) -> list[tuple[str, str]]:
    pairs = [part.partition("=") for part in text.split(",")]
    if not all(meaning in ("user", "anonymous", "event", "at") and column for meaning, _, column in pairs):
        raise ArgumentTypeError(f"pairs of user, at or event and a column, such as user=uid,at=t, not {text!r}")
    return [(meaning, column) for meaning, _, column in pairs]


def _share(text: str) -> float:
    try:
        found = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        found = 0.0
    if not 0 < found < 1:
        raise ArgumentTypeError(f"a share between 0% and 100%, such as 70%, not {text!r}")
    return found


def _names(text: str) -> tuple[str, ...]:
    return tuple(part for part in text.split(",") if part)
