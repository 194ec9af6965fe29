"""What doctor says of the newest events."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event
from opportune.events.interactions import Property, Schema
from opportune.ports import Batch
from opportune.wiring.cli import main
from opportune.wiring.doctor_events import MOST_NAMED, events
from opportune.wiring.sample import write_sample

CARTS = Schema("Cart Updated", (Property("value", "number", is_required=True), Property("plan", "text")))


def store(folder: Path, *said: tuple[str, bytes]) -> Path:
    path = folder / "shop.db"
    engine = SqliteStore(path)
    inputs = [Event(f"m{n}", "ann", name, n, n, seq=n, properties=body) for n, (name, body) in enumerate(said, 1)]
    if inputs:
        engine.commit_now(Batch(inputs=tuple(inputs)))
    engine.close()
    return path


def told(path: Path, *schemas: Schema) -> Sequence[tuple[str, str]]:
    return [(each.level, each.said) for each in events(path, {schema.name: schema for schema in schemas})]


def test_events_that_say_what_they_should_are_right(tmp_path: Path) -> None:
    path = store(tmp_path, ("Cart Updated", b'{"value": 1}'), ("Fern Watered", b"{}"))
    assert told(path) == [("ok", "the newest 2 say nothing otherwise than they should")]


def test_what_is_said_otherwise_is_counted_the_most_frequent_first(tmp_path: Path) -> None:
    carts = [
        ("Cart Updated", body) for body in (b'{"value": "a"}', b'{"value": 1, "plan": 1}', b'{"value": true}', b"{}")
    ]
    path = store(tmp_path, *carts, ("cart updated", b"{}"), ("Fern Watered", b"{}"), ("Identified", b"{}"))
    assert told(path, CARTS) == [
        ("warning", "'Cart Updated': value is wrong type in 2 of 4"),
        ("warning", "'Cart Updated': plan is wrong type in 1 of 4"),
        ("warning", "'Cart Updated': value is missing in 1 of 4"),
        ("warning", "'cart updated' looks like 'Cart Updated': 1 times"),
        ("note", "not declared: 'Fern Watered', 'cart updated'"),
    ]


def test_many_kinds_of_wrong_are_cut_short(tmp_path: Path) -> None:
    wide = Schema("A", tuple(Property(f"p{number}", "text", is_required=True) for number in range(MOST_NAMED + 2)))
    assert told(store(tmp_path, ("A", b"{}")), wide)[-1] == ("warning", "and 2 more of this kind")


def test_nothing_is_said_where_there_are_no_events(tmp_path: Path) -> None:
    assert told(tmp_path / "no.db") == told(store(tmp_path)) == []
    (tmp_path / "torn.db").write_bytes(b"no file of ours")
    assert told(tmp_path / "torn.db") == []


def test_the_command_looks_at_what_a_playbook_declares(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_sample(tmp_path / "shop")
    (tmp_path / "shop" / "events.yaml").write_text(
        "Cart Updated:\n  value: number\n  cart_id: text\nOrder Completed:\n  revenue: number\n"
    )
    path = store(tmp_path, ("Cart Updated", b'{"value": "80"}'))
    main(["doctor", "--store", str(path), "--playbook", str(tmp_path / "shop")])
    assert "warning events 'Cart Updated': value is wrong type in 1 of 1; mend the sender" in capsys.readouterr().out
