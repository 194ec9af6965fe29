"""What events have said, learned from an engine's file or from files that ``opportune export`` has written."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from opportune.adapters.sources.ndjson import ndjson_rows
from opportune.adapters.sources.parquet import parquet_rows
from opportune.adapters.sources.rows import Cell, Lines
from opportune.adapters.stores.reading import SqliteHistory
from opportune.errors import EventError, Unavailable
from opportune.events.event import Event
from opportune.events.instants import instant_of
from opportune.events.learned import Log
from opportune.events.names import INTERNAL
from opportune.units import SECOND, Instant


def learned_from(paths: Iterable[Path]) -> Log:
    """What the events of all these files say; a folder stands for the NDJSON and Parquet files of events in it.

    Raises Unavailable, naming the file, for what is not there or holds no events.
    """
    log = Log()
    for each in (file for path in paths for file in _files(path)):
        for name, at, properties in _events(each):
            if name not in INTERNAL:
                log.add(name, at, properties)
    return log


def _files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    found = sorted(each for each in path.rglob("events*") if each.suffix in (".ndjson", ".parquet"))
    if not found:
        raise Unavailable(f"{path}: no file in it is named events-....ndjson or .parquet, as 'opportune export' does")
    return found


def _events(path: Path) -> Iterator[tuple[str, Instant, bytes]]:
    if not path.is_file():
        raise Unavailable(f"{path}: there is no such file; name an engine's file, or one that 'opportune export' wrote")
    match path.suffix:
        case ".ndjson":
            with path.open("rb") as file:
                for row in ndjson_rows(Lines(file)):
                    yield _event(path, row.line, row.cells)
        case ".parquet":
            for row, _, _ in parquet_rows(path):
                yield _event(path, row.line, row.cells)
        case _:
            history = SqliteHistory(path)
            try:
                yield from ((e.name, e.at, e.properties) for e in history.log() if isinstance(e, Event))
            finally:
                history.close()


def _event(path: Path, line: int, cells: dict[str, Cell]) -> tuple[str, Instant, bytes]:
    name, properties = cells.get("name"), cells.get("properties")
    try:
        at = _instant(cells.get("at"))
        said = properties.encode() if isinstance(properties, str) else msgspec.json.encode(properties)
        if isinstance(name, str) and isinstance(msgspec.json.decode(said), dict):
            return name, at, said
    except (EventError, msgspec.DecodeError):
        pass
    raise Unavailable(
        f"{path}:{line}: is no event with name, at and properties, as 'opportune export' writes it; 'opportune import' "
        "brings other files in"
    )


def _instant(written: Cell) -> Instant:
    if isinstance(written, datetime):
        return int((written if written.tzinfo else written.replace(tzinfo=UTC)).timestamp() * SECOND)
    if isinstance(written, str | int | float) and not isinstance(written, bool):
        return instant_of(written, "at")
    raise EventError("bad_instant", "at: missing")
