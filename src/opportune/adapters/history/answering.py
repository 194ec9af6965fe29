"""Features at points of history, as a table that is handed over: rows, files, Arrow, Polars, pandas."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from opportune.adapters.history.archive import Archive, one
from opportune.adapters.lasting import put_in_place, taken_by_disk
from opportune.errors import Unavailable
from opportune.events.event import PLACES
from opportune.features.feature import Feature
from opportune.features.history import Setting, history_query, keys_of, needed
from opportune.features.history_engine import ENGINE
from opportune.features.history_lives import FOREVER
from opportune.features.history_made import key_column
from opportune.features.history_query import Query, quoted
from opportune.features.lasts import MOST_KEY
from opportune.units import DAY

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection, DuckDBPyRelation

_MILLIS: Final = "(epoch_us({0}) - (epoch_us({0}) % 1000 + 1000) % 1000) // 1000"
"""The last whole millisecond not after the timestamp: what happens after it must not be seen."""
_INSTANTS: Final = {
    "TIMESTAMP WITH TIME ZONE": _MILLIS.format('"at"'),
    "VARCHAR": _MILLIS.format('TRY_CAST("at" AS TIMESTAMPTZ)'),
    **dict.fromkeys(
        ("DATE", "TIMESTAMP", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"), _MILLIS.format('CAST("at" AS TIMESTAMP)')
    ),
}
"""By type of the column: the instant in milliseconds."""
_OF_NUMBERS: Final = (
    'TRY_CAST(floor(CAST("at" AS DOUBLE) * CASE WHEN abs("at") < 100000000000 THEN 1000 ELSE 1 END) AS BIGINT)'
)
"""Numbers are seconds since 1970 below 1e11, else milliseconds."""
_ISO: Final = "TIMESTAMPFORMAT '%Y-%m-%dT%H:%M:%S.%gZ'"
_ENDINGS: Final = {
    ".parquet": "(FORMAT parquet, COMPRESSION zstd)",
    ".csv": f"(FORMAT csv, HEADER, {_ISO})",
    ".ndjson": f"(FORMAT json, {_ISO})",
}


MADE: Final = "@made"
"""The column in which points of decisions say how many events made behind ``seq`` - 1 they know of."""


class Asked:
    """Points of which features are wanted: a table with at least the columns user and at, and perhaps seq."""

    def __init__(self, archive: Archive, table: "DuckDBPyRelation", said: str) -> None:
        """``said`` names the table in errors. Raises Unavailable if it lacks a column, or a row has no user or at."""
        self.archive, self.said = archive, said
        self.columns = list(table.columns)
        for name in ("user", "at"):
            if name not in self.columns:
                raise Unavailable(f"{said}: there is no column {name!r}; there are {', '.join(self.columns)}")
        self.is_hindsight = "seq" not in self.columns
        self._types = dict(zip(self.columns, map(str, table.types), strict=True))
        instant = _INSTANTS.get(self._types["at"], _OF_NUMBERS)
        place = str(FOREVER) if self.is_hindsight else self._place()
        connection = archive.connection
        table.create_view("given_rows", replace=True)
        connection.execute(
            'CREATE OR REPLACE TEMP TABLE given AS SELECT row_number() OVER () AS "@point", '
            f'{instant} AS "@instant", {place} AS "@place", * FROM given_rows'
        )
        self._check()

    def _place(self) -> str:
        """The first place that a point does not see, as far as that is known behind what was made there."""
        most = FOREVER // PLACES
        seq = f'CASE WHEN TRY_CAST("seq" AS BIGINT) > {most} THEN {most} ELSE TRY_CAST("seq" AS BIGINT) END'
        return f"({seq}) * {PLACES}" if MADE not in self.columns else f"(({seq}) - 1) * {PLACES} + {quoted(MADE)} + 1"

    def _check(self) -> None:
        text = 'SELECT min("@point") FROM given WHERE "user" IS NULL OR "@instant" IS NULL OR "@place" IS NULL'
        row = one(self.archive.connection, text)[0]
        if row is not None:
            raise Unavailable(
                f"{self.said}: row {row} has no user, no instant in at, or no seq; an instant is a timestamp, "
                "a text in ISO 8601, or a number since 1970, and seq a whole number"
            )

    def span(self) -> tuple[int, int]:
        """The first and the last instant at which any event or point may be."""
        sql = 'SELECT min(i), max(i) FROM (SELECT "@instant" AS i FROM given UNION ALL SELECT instant FROM events)'
        first, last = one(self.archive.connection, sql)
        return (0, 0) if first is None else (first - DAY, last + DAY)

    def keyed(self, paths: Sequence[str]) -> None:
        """``points``: what ``features.history`` asks for, with the texts of these key properties."""
        keys = "".join(f", {self._key(path)} AS {key_column(path)}" for path in paths)
        self.archive.connection.execute(
            'CREATE OR REPLACE TEMP VIEW points AS SELECT "@point" AS point, CAST("user" AS VARCHAR) AS "user", '
            f'"@instant" AS instant, "@place" AS place{keys} FROM given'
        )

    def _key(self, path: str) -> str:
        kind, column = self._types.get(path), quoted(path)
        if kind is None:
            return "CAST(NULL AS VARCHAR)"
        if kind in ("DOUBLE", "FLOAT") or kind.startswith("DECIMAL"):
            return ENGINE.digits(f"CAST({column} AS DOUBLE)")
        said = f"CAST({column} AS VARCHAR)"
        return f"CASE WHEN length({said}) BETWEEN 1 AND {MOST_KEY} THEN {said} END"


class Answer:
    """The points, in their order, with a column for each feature; handed over in whatever form."""

    def __init__(self, connection: "DuckDBPyConnection", text: str, features: Sequence[str]) -> None:
        """``text`` is the SELECT that gives the table."""
        self._connection, self._text = connection, text
        self.features = list(features)
        """The columns that were added, but for ``hindsight``."""
        self.relation = connection.sql(text)

    def rows(self) -> list[dict[str, object]]:
        """A mapping for each point."""
        return [dict(zip(self.relation.columns, row, strict=True)) for row in self.relation.fetchall()]

    def arrow(self) -> Any:
        """A pyarrow Table; raises Unavailable without pyarrow."""
        _need("pyarrow")
        return self.relation.to_arrow_table()

    def pl(self) -> Any:
        """A Polars DataFrame; raises Unavailable without polars and pyarrow."""
        _need("polars", "pyarrow")
        return self.relation.pl()

    def df(self) -> Any:
        """A pandas DataFrame; raises Unavailable without pandas."""
        _need("pandas", "numpy")
        return self.relation.df()

    def write(self, path: Path) -> int:
        """As Parquet, CSV or NDJSON, by the end of its name, whole or not at all; returns how many rows.

        Raises Unavailable for another ending, or if it cannot be written.
        """
        writable(path)
        part = path.with_name(f".{path.name}.part")
        with taken_by_disk(path):
            part.unlink(missing_ok=True)  # no link is followed
            self._connection.execute(f"COPY ({self._text}) TO {ENGINE.literal(str(part))} {_ENDINGS[path.suffix]}")
            put_in_place(part, path)
        return int(one(self._connection, "SELECT count(*) FROM answer")[0])


def writable(path: Path) -> None:
    """Raises Unavailable if a table cannot be written there: another ending, or no such folder."""
    if not path.absolute().parent.is_dir():
        raise Unavailable(f"{path}: there is no folder {path.parent}; make it first")
    if path.is_dir():
        raise Unavailable(f"{path}: this is a folder; name a file that is not there, or may be replaced")
    if path.suffix not in _ENDINGS:
        raise Unavailable(f"{path}: a table is written as {', '.join(_ENDINGS)}, not {path.suffix!r}")


def answer(
    archive: Archive, asked: Asked, features: Mapping[str, Feature], names: Sequence[str], setting: Setting
) -> Answer:
    """These features at the points; raises Unavailable if a column of the points is called like one of them."""
    taken = {name.lower() for name in asked.columns}
    for name in (*names, "hindsight"):
        if name in taken:
            raise Unavailable(
                f"{asked.said}: the column {name!r} is called like a feature, or a column that is added; rename it"
            )
    made(archive, asked, features, names, setting)
    kinds = {name: features[name] for name in names}
    made_too = f", {quoted(MADE)}" if MADE in asked.columns else ""
    columns = "".join(f", {_plain(feature)} AS {quoted(name)}" for name, feature in kinds.items())
    text = (
        f'SELECT g.* EXCLUDE ("@point", "@instant", "@place"{made_too})'
        f"{columns}, {asked.is_hindsight} AS hindsight\n"
        'FROM given g JOIN answer a ON a."@point" = g."@point" ORDER BY g."@point"'
    )
    return Answer(archive.connection, text, names)


def made(
    archive: Archive, asked: Asked, features: Mapping[str, Feature], names: Sequence[str], setting: Setting
) -> None:
    """The table ``answer`` as ``history_query`` describes it."""
    archive.resolve(is_hindsight=asked.is_hindsight)
    query = history_query(features, names, setting)
    if "zone_names" in query.text:
        archive.know_zones(setting.zone, *asked.span())
    asked.keyed(keys_of(needed(features, names)))
    _execute(archive, query)


def _execute(archive: Archive, query: Query) -> None:
    """One step after the other: of the whole the order of joins would be a guess, and all steps held at once."""
    unused = query.last_uses()
    for step in query.steps:
        kind = "VIEW" if step.is_view else "TABLE"
        archive.connection.execute(f"CREATE OR REPLACE TEMP {kind} {step.name} AS {step.text}")
        for name in unused[step.name]:
            archive.connection.execute(f"DROP TABLE {name}")
    for step in query.steps:
        if step.is_view:
            archive.connection.execute(f"DROP VIEW {step.name}")


def _plain(feature: Feature) -> str:
    column = f"a.{quoted(feature.name)}"
    if feature.kind == "unknown":
        value = f"substr({column}, 3)"
        return f"CASE WHEN {column} LIKE 'n:%' THEN {ENGINE.digits(f'CAST({value} AS DOUBLE)')} ELSE {value} END"
    if feature.kind != "list":
        return column
    if feature.aggregate is not None and feature.aggregate.function == "hours":
        return f"list_transform({column}, lambda each: CAST(CAST(substr(each, 3) AS DOUBLE) AS BIGINT))"
    return f"list_transform({column}, lambda each: substr(each, 3))"


def _need(*packages: str) -> None:
    for package in packages:
        if find_spec(package) is None:
            raise Unavailable(f"this form needs {package}: pip install {package}, or take rows() or write()")
