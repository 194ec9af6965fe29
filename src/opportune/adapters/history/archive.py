"""A folder of history opened in DuckDB: its events and merges as the relations that ``features.history`` asks for."""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Final

from opportune.errors import Unavailable
from opportune.events.event import PLACES
from opportune.events.names import EMIT_ID
from opportune.features.history_engine import ENGINE
from opportune.features.history_lives import FOREVER, Merge, lives_of
from opportune.features.local_time import Zone, zone_named, zone_names
from opportune.units import Instant

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

_LIVES: Final = "name VARCHAR, first BIGINT, until BIGINT, life VARCHAR, since BIGINT"
_ASKED: Final = "name VARCHAR, after BIGINT, upto BIGINT, life VARCHAR"
_EVENTS: Final = (
    'CREATE TEMP VIEW events AS SELECT "user", name, epoch_ms("at") AS instant, {place} AS seq, '
    f"epoch_ms(received_at) AS received, is_history OR starts_with(id, '{EMIT_ID}') AS is_history, "
    "properties, context FROM {events}"
)
_ONCE: Final = "QUALIFY row_number() OVER (PARTITION BY seq, id) = 1"
_ZONES: Final = " UNION ".join(
    f"SELECT json_extract_string({where}) FROM events WHERE json_extract_string({where}) IS NOT NULL"
    for where in ("context, '$.timezone'", "context, '$.traits.timezone'", "properties, '$.timezone'",
                  "context, '$.traits.\"context.timezone\"'", "properties, '$.\"context.timezone\"'",
                  "context, '$.traits.context.timezone'", "properties, '$.context.timezone'")
)  # fmt: skip
"""Wherever an event could say a zone."""
_ROWS: Final = 1_000
"""Of one INSERT."""


@contextmanager
def connected() -> Iterator["DuckDBPyConnection"]:
    """DuckDB in memory, on UTC, with a folder of its own for what does not fit there.

    Its errors become Unavailable, which is raised as well if it is missing.
    """
    try:
        import duckdb
    except ImportError:
        raise Unavailable("features over history need DuckDB: pip install 'opportune[history]'") from None
    try:
        with TemporaryDirectory(prefix="opportune-") as folder, duckdb.connect() as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(f"SET temp_directory = {ENGINE.literal(folder)}")
            yield connection
    except duckdb.Error as fault:
        raise Unavailable(f"DuckDB: {str(fault).splitlines()[0]}") from None


def one(connection: "DuckDBPyConnection", text: str) -> tuple[Any, ...]:
    """The only row that a SELECT gives."""
    rows: list[tuple[Any, ...]] = connection.execute(text).fetchall()
    return rows[0]


class Archive:
    """The history in a folder that ``opportune export`` or ``run --keep-to`` has filled, folders within it included."""

    def __init__(self, connection: "DuckDBPyConnection", folder: Path) -> None:
        """Raises Unavailable if there are no events."""
        self.connection = connection
        self._folder = folder
        if not self._there("events"):
            raise Unavailable(
                f"{folder}: there are no files events-DAY.parquet; opportune export --format parquet writes them"
            )
        self._create("kept_events", "events")
        is_twice = one(connection, "SELECT count(*) > count(DISTINCT seq) FROM kept_events")[0]
        once = f"(SELECT * FROM kept_events {_ONCE})" if is_twice else "kept_events"
        connection.execute(_EVENTS.format(events=once, place=self._place("kept_events")))

    def resolve(self, *, is_hindsight: bool) -> None:
        """Whose events are whose, for points of this kind."""
        lives = lives_of(self._merges(), is_hindsight=is_hindsight)
        owned = ((o.name, _placed(o.first), _placed(o.until), o.life, _placed(o.since)) for o in lives.owned)
        self._fill("owned_lives", _LIVES, owned)
        asked = ((a.name, _placed(a.after), _placed(a.upto), a.life) for a in lives.asked)
        self._fill("asked_lives", _ASKED, asked)

    def know_zones(self, default: str, first: Instant, last: Instant) -> None:
        """The zones that events name, and the default, with how far they are ahead of UTC between these instants."""
        named = {str(name) for (name,) in self.connection.execute(_ZONES).fetchall()} | {default}
        zones = [zone for name in sorted(named & zone_names()) if (zone := zone_named(name)) is not None]
        self._fill("zone_names", "name VARCHAR", ((zone.name,) for zone in zones))
        offsets = (row for zone in zones for row in _offsets(zone, first, last))
        self._fill("zone_offsets", "zone VARCHAR, since BIGINT, until BIGINT, ahead BIGINT", offsets)

    def view(self, name: str, *, columns: str = "") -> None:
        """The files of another kind as a relation of that name.

        If there are none it is empty, with these columns; without ``columns`` Unavailable is raised.
        """
        if self._there(name):
            self._create(name, name)
        elif columns:
            self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT {columns} WHERE FALSE")
        else:
            raise Unavailable(f"{self._folder}: there are no files {name}-DAY.parquet; opportune export writes them")

    def _merges(self) -> list[Merge]:
        if not self._there("merges"):
            return []
        self._create("merges", "merges")
        found = self.connection.sql('SELECT DISTINCT "user", absorbed, seq FROM merges').fetchall()
        return [Merge(*row) for row in found]

    def _place(self, events: str) -> str:
        """The order in which events were taken; older files do not tell of any that steps made."""
        stands = f"seq * {PLACES}"
        is_told = "place" in self.connection.view(events).columns
        return f"coalesce(nullif(place, 0), {stands})" if is_told else stands

    def _there(self, what: str) -> list[Path]:
        return sorted(self._folder.rglob(f"{what}-*.parquet"))

    def _create(self, name: str, what: str) -> None:
        files = [str(path) for path in self._there(what)]
        self.connection.read_parquet(files, union_by_name=True).create_view(name, replace=True)

    def _fill(self, name: str, columns: str, rows: Iterable[Sequence[object]]) -> None:
        """A small table; texts and whole numbers only."""
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({columns})")
        for some in _in_groups([_row(row) for row in rows]):
            self.connection.execute(f"INSERT INTO {name} VALUES {', '.join(some)}")


def _placed(seq: int) -> int:
    """The place at which the entry of this seq was taken."""
    return min(seq, FOREVER // PLACES) * PLACES


def _row(values: Sequence[object]) -> str:
    said = (ENGINE.literal(each) if isinstance(each, str) else str(each) for each in values)
    return f"({', '.join(said)})"


def _in_groups(rows: Sequence[str]) -> Iterator[Sequence[str]]:
    for place in range(0, len(rows), _ROWS):
        yield rows[place : place + _ROWS]


def _offsets(zone: Zone, first: Instant, last: Instant) -> Iterator[tuple[str, Instant, Instant, int]]:
    """The stretches of equal offset that together reach from the first instant to the last."""
    since = first
    for number in range(first >> 35, (last >> 35) + 1):
        changes, offsets = zone.spells(number)
        ends = [*changes, (number + 1) << 35]
        for until, ahead in zip(ends, offsets, strict=True):
            if until > since:
                yield zone.name, since, until, ahead
                since = until
