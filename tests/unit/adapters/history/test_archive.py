"""A folder of history: what it must hold, and that nothing in it counts twice."""

import sys
from pathlib import Path

import msgspec
import pytest

from opportune.adapters.history.archive import Archive, connected, one
from opportune.adapters.stores.memory import MemoryStore
from opportune.errors import Unavailable
from opportune.events.event import PLACES, Merged
from opportune.events.names import EMIT_ID
from opportune.ports import Batch
from opportune.units import DAY, HOUR
from opportune.wiring.exporting import Order, export
from tests.unit.features.asking_history import NOW, happened


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    store = MemoryStore()
    log = (
        happened(1, "A", NOW, context={"timezone": "Europe/Oslo"}),
        happened(2, "Identified", NOW + 1, timezone="nowhere"),
        Merged("ann", "visitor", NOW + 2, 3),
    )
    store.commit_now(Batch(inputs=log))
    for name in ("one", "two"):
        for what in ("events", "merges"):
            export(store, Order(what, "parquet"), tmp_path / name)
    return tmp_path


def test_what_lies_in_two_folders_is_there_once(folder: Path) -> None:
    with connected() as connection:
        archive = Archive(connection, folder)
        archive.resolve(is_hindsight=False)
        assert one(connection, "SELECT count(*), max(instant), max(seq) FROM events") == (2, NOW + 1, 2 * PLACES)
        assert one(connection, "SELECT count(*) FROM owned_lives") == (3,)


def test_what_a_step_has_emitted_is_no_sign_of_activity(tmp_path: Path) -> None:
    store = MemoryStore()
    made = msgspec.structs.replace(happened(2, "B", NOW), id=f"{EMIT_ID}1")
    store.commit_now(Batch(inputs=(happened(1, "A", NOW), made, happened(3, "C", NOW, is_history=True))))
    export(store, Order("events", "parquet"), tmp_path)
    with connected() as connection:
        Archive(connection, tmp_path)
        rows = connection.execute("SELECT name, is_history FROM events ORDER BY seq").fetchall()
    assert rows == [("A", False), ("B", True), ("C", True)]


def test_only_zones_that_events_name_are_known_and_reach_from_end_to_end(folder: Path) -> None:
    with connected() as connection:
        Archive(connection, folder).know_zones("Asia/Tokyo", NOW - 400 * DAY, NOW + 400 * DAY)
        names = connection.execute("SELECT name FROM zone_names ORDER BY name").fetchall()
        assert names == [("Asia/Tokyo",), ("Europe/Oslo",)]
        rows = connection.execute("SELECT * FROM zone_offsets WHERE zone = 'Europe/Oslo' ORDER BY since").fetchall()
    assert {ahead for _, _, _, ahead in rows} == {HOUR, 2 * HOUR}
    assert [until for _, _, until, _ in rows[:-1]] == [since for _, since, _, _ in rows[1:]]
    assert rows[0][1] == NOW - 400 * DAY and rows[-1][2] > NOW + 400 * DAY


def test_a_folder_without_events_is_refused(tmp_path: Path) -> None:
    with connected() as connection, pytest.raises(Unavailable, match=r"no files events-DAY\.parquet"):
        Archive(connection, tmp_path)


def test_other_files_are_empty_or_refused_where_there_are_none(folder: Path) -> None:
    with connected() as connection:
        archive = Archive(connection, folder)
        archive.view("endings", columns="NULL::VARCHAR AS decision")
        assert connection.execute("SELECT * FROM endings").fetchall() == []
        with pytest.raises(Unavailable, match=r"no files decisions-DAY\.parquet"):
            archive.view("decisions")


def test_what_duckdb_refuses_is_said_in_one_line() -> None:
    with pytest.raises(Unavailable, match=r"^DuckDB: .*nothing"), connected() as connection:
        connection.execute("SELECT * FROM nothing")


def test_without_duckdb_it_is_said_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    with pytest.raises(Unavailable, match=r"pip install 'opportune\[history\]'"), connected():
        pass
