"""Options of the commands that look at a past: where it comes from, what its rows mean, and which part of it counts."""

from argparse import ArgumentParser, ArgumentTypeError, Namespace
from collections.abc import Mapping
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from opportune.wiring.cli.counting import count
from opportune.wiring.cli.import_ import add_columns, columns_of, traits_map

if TYPE_CHECKING:
    from opportune.wiring.backtest.past import Past
    from opportune.wiring.backtest.running import Work

_TRAITS = "columns of these: user, and at if they were not always known; every other is a trait"


def add_past(parser: ArgumentParser) -> None:
    """The past, and how much of the machine is used."""
    add = parser.add_argument
    add("--store", type=Path, metavar="FILE", help="the log of an engine instead of files; it may be running")
    add(
        "--from",
        dest="since",
        type=first_instant,
        metavar="DAY",
        help="what is before is history: nothing starts by it",
    )
    add("--to", dest="until", type=_last, metavar="DAY", help="the last day, or instant; what is after is left out")
    add(
        "--traits",
        type=Path,
        action="append",
        default=[],
        metavar="FILE",
        help="users, one in a row: what is known of them before the first event; may be given more than once",
    )
    add("--traits-map", type=traits_map, action="extend", default=[], metavar="user=COLUMN,at=COLUMN", help=_TRAITS)
    add_columns(parser)
    add("--workers", type=count, metavar="N", help="processes; else one for each core")
    add("--scratch", type=Path, metavar="FOLDER", help="where the temporary folder is made; else where the system does")


def past_of(options: Namespace, files: list[Path]) -> "Past":
    """The past that these options name; raises ArgumentTypeError if they name none, or two, or no part of one."""
    from opportune.adapters.clock import SystemClock
    from opportune.wiring.backtest.past import Past
    from opportune.wiring.cli.store import there
    from opportune.wiring.mapping import Columns

    if (options.store is None) == (not files):
        raise ArgumentTypeError("name files with events, or the log of an engine with --store; one of both")
    if options.store is not None and options.traits:
        raise ArgumentTypeError("--traits goes with files; the log of an engine has its own")
    if options.since is not None and options.until is not None and options.since > options.until:
        raise ArgumentTypeError("--from is later than --to: there is nothing between them")
    if options.store is not None:
        there(options.store)
    return Past(
        now=SystemClock().now(),
        files=tuple(files),
        traits=tuple(options.traits),
        traits_columns=Columns(named=dict(options.traits_map), kind="identify", zone=options.zone),
        store=options.store,
        columns=columns_of(options),
        form=options.format,
        delimiter=options.delimiter,
        text=frozenset(options.text),
        since=options.since,
        until=options.until,
    )


def work_of(options: Namespace) -> "Work":
    """How it is worked on, with a bar on a terminal."""
    from opportune.wiring.backtest.running import Work
    from opportune.wiring.cli.progress import Progress

    return Work(workers=options.workers, scratch=options.scratch, progress=Progress("backtest"))


def apart(paths: list[Path]) -> tuple[list[Path], list[Path]]:
    """Playbooks, which are folders, and files."""
    folders = [path for path in paths if path.is_dir()]
    return folders, [path for path in paths if path not in folders]


def read_all(folders: Mapping[str, Path], *, is_named: bool = False) -> dict[str, dict[str, str]]:
    """The texts of each playbook; raises PlaybookError, of several (or ``is_named``) with the folder of each line."""
    from opportune.errors import PlaybookError
    from opportune.playbook.folder import texts
    from opportune.playbook.reading import playbook_from
    from opportune.wiring.installed import installed

    found: dict[str, dict[str, str]] = {}
    for name, folder in folders.items():
        try:
            found[name] = texts(folder)
            playbook_from(found[name], policies=installed())
        except PlaybookError as error:
            if len(folders) == 1 and not is_named:
                raise
            raise PlaybookError("\n".join(f"{folder}/{line}" for line in str(error).splitlines())) from None
    return found


def named(folders: list[Path]) -> dict[str, Path]:
    """Playbooks by a name: that of the folder, or as much of its path as tells it from the others."""
    found: dict[str, Path] = {}
    for folder in folders:
        parts = folder.resolve().parts
        name = next(
            (
                "/".join(parts[-length:])
                for length in range(1, len(parts) + 1)
                if not any(other.resolve().parts[-length:] == parts[-length:] for other in folders if other != folder)
            ),
            folder.as_posix(),
        )
        found[name] = folder
    return found


def first_instant(text: str) -> int:
    """A day means its first millisecond, in UTC where it says no zone; raises ArgumentTypeError for anything else."""
    return _instant(text, timedelta())


def _last(text: str) -> int:
    """A day means its last millisecond."""
    return _instant(text, timedelta(days=1) - timedelta(milliseconds=1))


def _instant(text: str, into_day: timedelta) -> int:
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentTypeError(
            f"a day such as 2026-03-01, or an instant such as 2026-03-01T12:00Z, not {text!r}"
        ) from None
    read = read if read.tzinfo else read.replace(tzinfo=ZoneInfo("UTC"))
    is_day = len(text) == len("2026-03-01")
    return round((read + (into_day if is_day else timedelta())).timestamp() * 1_000)
