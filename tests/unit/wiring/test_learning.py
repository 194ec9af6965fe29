"""The same is learned from an engine's file and from what was exported of it."""

from pathlib import Path

import pytest

from opportune.adapters.stores.reading import SqliteHistory
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.errors import Unavailable
from opportune.events.event import Event
from opportune.events.learned import Log
from opportune.ports import Batch
from opportune.wiring.exporting import Order, export
from opportune.wiring.learning import learned_from

AT = 1_780_315_200_123


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    engine = SqliteStore(path)
    said = [
        ("Cart Updated", b'{"value": 80, "cart": {"id": "c1"}}'),
        ("Cart Updated", b'{"value": null}'),
        ("A", b"{}"),
    ]
    inputs = [
        Event(f"m{n}", "ann", name, AT + n, AT + n, seq=n, properties=body) for n, (name, body) in enumerate(said, 1)
    ]
    engine.commit_now(Batch(inputs=(*inputs, Event("u", "ann", "User Merged", AT, AT, seq=9))))
    engine.close()
    return path


def exported(path: Path, kind: str) -> Log:
    history = SqliteHistory(path)
    export(history, Order("events", kind), path.parent / kind)
    history.close()
    return learned_from([path.parent / kind])


@pytest.mark.parametrize("kind", ["ndjson", "parquet"])
def test_a_file_and_its_export_teach_the_same(path: Path, kind: str) -> None:
    log = learned_from([path])
    assert {name: (each.events, each.first, each.last) for name, each in log.events.items()} == {
        "Cart Updated": (2, AT + 1, AT + 2),
        "A": (1, AT + 3, AT + 3),
    }
    assert exported(path, kind) == log


def test_several_files_teach_together(path: Path) -> None:
    exported(path, "ndjson")
    assert learned_from([path, path.parent / "ndjson"]).events["A"].events == 2


@pytest.mark.parametrize(
    "line", [b"{}", b'{"name": "A", "at": 1}', b'{"name": "A", "at": "x", "properties": {}}',
             b'{"name": "A", "at": 1, "properties": "["}', b'{"name": 1, "at": 1, "properties": {}}', b"no json",
             b'{"name": "A", "at": true, "properties": {}}', b'{"name": "A", "at": 1, "properties": []}'],
)  # fmt: skip
def test_a_line_that_is_no_event_is_refused_with_its_place(tmp_path: Path, line: bytes) -> None:
    file = tmp_path / "events-1.ndjson"
    file.write_bytes(b'{"name": "A", "at": 1, "properties": {}}\n' + line + b"\n")
    with pytest.raises(Unavailable, match=r"events-1\.ndjson:2: is no event with name, at and properties"):
        learned_from([file])


def test_what_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="there is no such file"):
        learned_from([tmp_path / "no.db"])
    with pytest.raises(Unavailable, match="no file in it is named"):
        learned_from([tmp_path])
