"""A few events written as history, and features asked of it at a few points."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from opportune.adapters.history.answering import Asked, answer
from opportune.adapters.history.archive import Archive, connected
from opportune.adapters.stores.memory import MemoryStore
from opportune.events.event import Event, Merged
from opportune.features.feature import features_from
from opportune.features.history import Setting
from opportune.ports import Batch
from opportune.units import HOUR, MINUTE, Instant
from opportune.wiring.exporting import Order, export

NOW = 1_790_000_000_000
IDLE = 30 * MINUTE
LATENESS = 72 * HOUR
Point = Mapping[str, object]


def happened(
    seq: int, name: str, at: Instant = NOW, *, user: str = "ann", came: Instant | None = None, is_history: bool = False,
    context: Mapping[str, object] | None = None, **properties: object,
) -> Event:  # fmt: skip
    """``came`` is when it arrived; at once if it is left out."""
    return Event(
        f"e{seq}", user, name, at, at if came is None else came, seq, json.dumps(properties).encode(),
        json.dumps(context or {}).encode(), is_history=is_history,
    )  # fmt: skip


def asked(
    texts: Mapping[str, str], log: Sequence[Event | Merged], points: Sequence[Point], *, zone: str = "UTC"
) -> list[dict[str, object]]:
    """The values of these features at the points, which have the columns user, at and perhaps seq and keys."""
    store = MemoryStore()
    store.commit_now(Batch(inputs=tuple(log)))
    features = features_from(texts)
    with TemporaryDirectory() as folder, connected() as connection:
        connection.execute("SET threads = 1")
        for what in ("events", "merges"):
            export(store, Order(what, "parquet"), Path(folder))
        file = Path(folder, "points.ndjson")
        file.write_text("".join(json.dumps(point) + "\n" for point in points), encoding="utf-8")
        table = Asked(Archive(connection, Path(folder)), connection.read_json(str(file)), "points")
        setting = Setting(IDLE, LATENESS, zone, is_hindsight=table.is_hindsight)
        rows = answer(table.archive, table, features, list(features), setting).rows()
    return [{name: row[name] for name in features} for row in rows]


def at_once(text: str, log: Sequence[Event | Merged], at: Instant = NOW, **keys: object) -> object:
    """The value of one feature of ann, in hindsight."""
    return asked({"wanted": text}, log, [{"user": "ann", "at": at, **keys}])[0]["wanted"]
