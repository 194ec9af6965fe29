"""What leaves a store as Parquet: the columns, their types and their order stay the same from release to release."""

import asyncio
import json
from pathlib import Path

import duckdb
import pytest

from opportune.adapters.stores.memory import MemoryStore
from opportune.events.event import Event, Merged
from opportune.ports import Batch, Erasure
from opportune.wiring.exporting import Order, export
from opportune.wiring.rows_out import DecisionRow, What, rows
from tests.contracts.made import NOW, decision, ending
from tests.unit.wiring.test_moment import DUE, chose

PINNED: dict[What, dict[str, str]] = {
    "events": {
        "id": "VARCHAR",
        "user": "VARCHAR",
        "name": "VARCHAR",
        "at": "TIMESTAMP",
        "received_at": "TIMESTAMP",
        "seq": "BIGINT",
        "properties": "JSON",
        "context": "JSON",
        "stated_at": "TIMESTAMP",
        "sent_at": "TIMESTAMP",
        "is_history": "BOOLEAN",
        "place": "BIGINT",
    },
    "decisions": {
        "id": "VARCHAR",
        "user": "VARCHAR",
        "journey": "VARCHAR",
        "key": "VARCHAR",
        "message": "VARCHAR",
        "due": "TIMESTAMP",
        "seq": "BIGINT",
        "channel": "VARCHAR",
        "variant": "VARCHAR",
        "at": "TIMESTAMP",
        "code": "VARCHAR",
        "worth_millionths": "BIGINT",
        "propensity_millionths": "BIGINT",
        "playbook": "VARCHAR",
        "zone": "VARCHAR",
        "verdicts": "JSON",
        "made": "BIGINT",
        "timing": "JSON",
    },
    "endings": {
        "decision": "VARCHAR",
        "user": "VARCHAR",
        "outcome": "VARCHAR",
        "code": "VARCHAR",
        "at": "TIMESTAMP",
    },
    "merges": {"user": "VARCHAR", "absorbed": "VARCHAR", "at": "TIMESTAMP", "seq": "BIGINT"},
}
PROPERTIES = b'{"x":0.1,"y":1e300,"n":9007199254740993,"s":"a\\u0000\\"\\ud83d\\ude00","o":{"b":[1,null,-0.0]}}'


def exported(folder: Path, what: What, store: MemoryStore | None = None) -> list[tuple[object, ...]]:
    store = store or filled()
    export(store, Order(what, "parquet"), folder)
    with duckdb.connect() as connection:
        return connection.sql(f"SELECT * FROM '{folder}/{what}-*.parquet' ORDER BY ALL").fetchall()


def filled() -> MemoryStore:
    store = MemoryStore()
    events = (
        Event("e1", "visitor", "Seen", NOW, NOW, 1, PROPERTIES, b'{"timezone":"Europe/Oslo"}'),
        Event("e2", "ann", "Seen", NOW - 7, NOW + 1, 3, stated_at=NOW - 8, sent_at=NOW, is_history=True),
    )
    store.commit_now(Batch(inputs=(events[0], Merged("ann", "visitor", NOW, 2), events[1])))
    store.commit_now(Batch(decisions=(decision(seq=3),), endings=(ending(),)))
    return store


@pytest.mark.parametrize("what", PINNED)
def test_columns_of_parquet_are_pinned(tmp_path: Path, what: What) -> None:
    assert exported(tmp_path, what)
    with duckdb.connect() as connection:
        described = connection.sql(f"DESCRIBE SELECT * FROM '{tmp_path}/{what}-*.parquet'").fetchall()
    assert {name: kind for name, kind, *_ in described} == PINNED[what]
    assert [name for name, *_ in described] == list(PINNED[what])


def test_events_carry_the_user_they_were_resolved_to_and_merges_say_whose_they_became(tmp_path: Path) -> None:
    events, merges = exported(tmp_path, "events"), exported(tmp_path, "merges")
    assert [(event[0], event[1], event[5], event[10]) for event in events] == [
        ("e1", "visitor", 1, False),
        ("e2", "ann", 3, True),
    ]
    assert [(each[0], each[1], each[3]) for each in merges] == [("ann", "visitor", 2)]


def test_properties_keep_every_digit_and_every_sign(tmp_path: Path) -> None:
    (written, *_) = [each[6] for each in exported(tmp_path, "events")]
    assert isinstance(written, str)
    assert json.loads(written) == json.loads(PROPERTIES)


def test_who_was_erased_is_in_no_file(tmp_path: Path) -> None:
    store = filled()
    asyncio.run(store.erase([Erasure(("ann", "visitor"), refused=("ann",))], now=NOW + 2, seq=4))
    for what in PINNED:
        assert export(store, Order(what, "parquet"), tmp_path) == []


def test_what_send_time_chose_between_leaves_by_name() -> None:
    store = MemoryStore()
    store.commit_now(Batch(decisions=(decision("d0"), chose(DUE))))
    told = [json.loads(bytes(row.timing)) for _, row in rows(store, "decisions") if isinstance(row, DecisionRow)]
    assert told[0] is None
    assert (told[1]["because"], told[1]["zoneSource"], told[1]["slots"][0]["chance"]) == (
        "sure_gain", "context.timezone", 10_000,
    )  # fmt: skip
