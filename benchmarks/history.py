"""How fast features are answered over history: five features over three windows, for every event and for many points.

    python -m benchmarks.history --events 10000000 --points 1000000

Events are made by DuckDB itself, as the Parquet files that ``opportune export`` writes. One in a hundred comes late.
"""

import resource
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import duckdb

from benchmarks.figure import Figure, Size
from benchmarks.machine import machine
from opportune.adapters.history.answering import Asked, made
from opportune.adapters.history.archive import Archive, connected, one
from opportune.features.feature import features_from
from opportune.features.history import Setting
from opportune.units import DAY, HOUR, MINUTE

DAYS = 90
START = 1_790_000_000_000 // DAY * DAY
EACH = 50
"""Events of a user, on the average."""
_FUNCTIONS = {
    "events": "COUNT()",
    "views": "COUNT_IF(event = 'Viewed')",
    "spent": "SUM(value) FILTER (WHERE event = 'Bought')",
    "mean": "AVG(value)",
    "newest": "LAST(category) FILTER (WHERE event = 'Viewed')",
}
_WINDOWS = {"hour": "1 hour", "day": "1 day", "week": "7 days"}
TEXTS = {
    f"{name}_{window}": f"{text} OVER LAST '{span}'"
    for name, text in _FUNCTIONS.items()
    for window, span in _WINDOWS.items()
}
"""Fifteen columns."""
FEATURES = features_from(TEXTS)
_EVENTS = """
COPY (
    WITH happened AS (
        SELECT i, {start} + i * {span} // {events} AS came,
            '{{"value":' || (hash(i * 5) % 10000) / 100.0 || ',"category":"c' || hash(i * 11) % 20 || '"}}' AS said
        FROM range({first}, {last}) t(i)
    )
    SELECT 'e' || i AS id, 'user-' || (hash(i * 7 + 1) % {users}) AS "user",
        CASE hash(i) % 4 WHEN 0 THEN 'Bought' WHEN 1 THEN 'Searched' ELSE 'Viewed' END AS name,
        make_timestamp(1000 * (came - CASE WHEN hash(i * 3) % 100 = 0 THEN {late} ELSE 0 END)) AS "at",
        make_timestamp(1000 * came) AS received_at, i + 1 AS seq, CAST(said AS JSON) AS properties,
        CAST('{{}}' AS JSON) AS context, NULL::TIMESTAMP AS stated_at, NULL::TIMESTAMP AS sent_at, FALSE AS is_history
    FROM happened
) TO '{file}' (FORMAT parquet, COMPRESSION zstd)
"""


def measured(size: Size) -> Iterator[Figure]:
    """Rows a second, once each: a run takes long."""
    yield from figures(events=size.events * 10, points=size.events)


def figures(*, events: int, points: int) -> Iterator[Figure]:
    """For every event as of its own place in the log; for points of users and instants in hindsight."""
    with TemporaryDirectory() as folder, connected() as connection:
        for day in range(10):
            file = Path(folder, f"events-2026-09-{day + 10}.parquet")
            connection.execute(_EVENTS.format(
                users=max(1, events // EACH), start=START, span=DAYS * DAY, events=events, late=20 * MINUTE, file=file,
                first=day * events // 10, last=(day + 1) * events // 10,
            ))  # fmt: skip
        archive = Archive(connection, Path(folder))
        connection.execute(_POINTS.format(events=events, points=points, start=START, span=DAYS * DAY))
        asked = {
            "history.rows_per_second": 'SELECT "user", "at", seq + 1 AS seq FROM kept_events',
            "history.points_per_second": 'SELECT "user", "at" FROM somewhere',
        }
        for name, text in asked.items():
            began = perf_counter()
            table = Asked(archive, connection.sql(text), "points")
            setting = Setting(30 * MINUTE, 72 * HOUR, "UTC", is_hindsight=table.is_hindsight)
            made(archive, table, FEATURES, list(FEATURES), setting)
            took = perf_counter() - began
            rows = one(connection, "SELECT count(*) FROM answer")[0]
            yield _figure(name, rows, took, events, connection)
            connection.execute("DROP TABLE answer")


_POINTS = (
    "CREATE TABLE somewhere AS SELECT 'user-' || (hash(i * 7 + 1) % greatest(1, {events} // 50)) AS \"user\", "
    'make_timestamp(1000 * ({start} + (hash(i * 13) % {span})::BIGINT)) AS "at" FROM range({points}) t(i)'
)


def _figure(name: str, rows: int, took: float, events: int, connection: duckdb.DuckDBPyConnection) -> Figure:
    threads = one(connection, "SELECT current_setting('threads')")[0]
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    conditions = (
        f"{rows:,} points, {events:,} events of {max(1, events // EACH):,} users, 5 features over 3 windows; "
        f"{took:.1f} s, Parquet to table; {threads} threads, at most {memory:,.0f} MB; duckdb {duckdb.__version__}"
    )
    rate = float(round(rows / took))
    return Figure(name, rate, "rows/s", (rate, rate), conditions)


def main(arguments: list[str]) -> int:
    """Prints the figures."""
    parser = ArgumentParser(prog="python -m benchmarks.history", description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--points", type=int, default=100_000)
    chosen = parser.parse_args(arguments)
    print(machine())
    for figure in figures(events=chosen.events, points=chosen.points):
        print(figure, flush=True)
    print(machine())
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
