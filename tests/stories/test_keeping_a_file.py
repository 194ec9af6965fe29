"""The commands that keep a file: erase, export, backup, restore, confirm."""

import csv
import json
from pathlib import Path

import duckdb
import pytest

from opportune.adapters.stores.secret import secret_path
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event
from opportune.playbook.reading import playbook_from
from opportune.ports import Batch
from opportune.units import DAY
from opportune.wiring.cli import main
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import publish
from tests.contracts.made import NOW, attempt, decision, ending, event

FILES = {"opportune.yaml": "zone: UTC\nconsent: {email: always}\n"}
EVIL = "=cmd|' /C calc'!A0"


@pytest.fixture
def store(tmp_path: Path) -> Path:
    path = tmp_path / "shop.db"
    made = SqliteStore(path)
    publish(made, Publications(made), playbook_from(FILES), FILES, now=NOW)
    late = event(4, "ben", at=NOW + DAY)
    named = Event("e9", EVIL, "+Opened", NOW + DAY, NOW + DAY, 9, b'{"name": "=1+1"}', is_history=True)
    batch = Batch(inputs=(event(2), event(3), late, named), decisions=(decision(seq=3),), endings=(ending(),))
    made.commit_now(batch)
    made.commit_now(Batch(calls=(attempt("d1"),)))
    made.is_erased("ann")
    made.is_barred("email", "a@example.com")
    made.close()
    return path


def answered(capsys: pytest.CaptureFixture[str], *arguments: object, code: int = 0) -> dict[str, object]:
    assert main([*map(str, arguments), "--json"]) == code
    found: dict[str, object] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("kind", ["ndjson", "csv", "parquet"])
def test_events_are_written_day_by_day_in_every_format(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], kind: str
) -> None:
    out = tmp_path / "out"
    for _ in range(2):
        found = answered(capsys, "export", "--store", store, "--out", out, "--format", kind)
        assert found["rows"] == 4
    assert sorted(each.name for each in out.iterdir()) == [f"events-2026-09-{day}.{kind}" for day in (21, 22)]
    with duckdb.connect() as connection:
        rows = connection.sql(f"SELECT id, seq FROM '{out}/*.{kind if kind != 'ndjson' else 'ndjson'}' ORDER BY seq")
        assert rows.fetchall() == [("e2", 2), ("e3", 3), ("e4", 4), ("e9", 9)]


def test_a_cell_that_a_spreadsheet_would_calculate_is_made_a_text(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    answered(capsys, "export", "--store", store, "--out", tmp_path, "--format", "csv", "--from", "2026-09-22")
    with open(tmp_path / "events-2026-09-22.csv", encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["user"] for row in rows] == ["ben", f"'{EVIL}"]
    assert (rows[1]["name"], rows[1]["properties"], rows[1]["is_history"]) == ("'+Opened", '{"name": "=1+1"}', "true")
    assert not (tmp_path / "events-2026-09-21.csv").exists()


@pytest.mark.parametrize(("what", "key"), [("decisions", "id"), ("endings", "decision")])
def test_decisions_and_endings_are_written_too(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str, key: str
) -> None:
    answered(capsys, "export", "--store", store, "--out", tmp_path, "--what", what, "--format", "parquet")
    (file,) = tmp_path.glob("*.parquet")
    with duckdb.connect() as connection:
        assert connection.sql(f"SELECT {key}, code FROM '{file}'").fetchall() == [("d1", "no_consent")]


def test_days_that_are_none_and_turned_round_are_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["export", "--out", str(tmp_path), "--from", "2026-02-30"])
    assert ended.value.code == 2
    assert main(["export", "--out", str(tmp_path), "--from", "2026-02-03", "--to", "2026-02-02"]) == 2
    assert "is after" in capsys.readouterr().err


def test_erase_leaves_nothing_and_readmit_lifts_it(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert answered(capsys, "erase", "ann", "--store", store) == {"user": "ann", "ids": ["ann"], "clean": True}
    raw = b"".join(each.read_bytes() for each in store.parent.glob("shop.db*"))
    assert b"ann@example.com" not in raw
    made = SqliteStore(store)
    assert made.is_erased("ann")
    assert [entry.user for entry in made.log() if isinstance(entry, Event)] == ["ben", EVIL]
    with pytest.raises(SystemExit):
        main(["erase"])
    assert main(["erase", "ben", "--store", str(store)]) == 3, "while an engine has the file"
    said = capsys.readouterr().err
    assert "owns this file" in said and "--url" in said
    made.close()
    assert answered(capsys, "erase", "ann", "--store", store, "--readmit")["readmitted"] is True
    assert answered(capsys, "erase", "ann", "--store", store, "--readmit", code=1)["readmitted"] is False


def test_whom_nobody_knows_is_barred_and_said_to_be_unknown(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["erase", "nobody", "--store", str(store)]) == 0
    assert "nothing was known of this id" in capsys.readouterr().out
    assert main(["erase", "ann", "--store", str(store)]) == 0
    assert "forgotten, with 1 id; the file is clean" in capsys.readouterr().out


def test_an_engine_that_cannot_be_asked_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["erase", "ann", "--url", "http://127.0.0.1:9"]) == 3
    assert "127.0.0.1:9" in capsys.readouterr().err
    assert main(["erase", "ann", "--url", "nonsense"]) == 3
    assert main(["erase", "ann", "--url", "http://127.0.0.1:9", "--readmit"]) == 2


def test_a_backup_made_while_an_engine_writes_comes_back_whole_and_held(
    store: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    backup, again = tmp_path / "b" / "shop.bak", tmp_path / "again.db"
    backup.parent.mkdir()
    engine = SqliteStore(store)
    engine.commit_now(Batch(inputs=(event(20, "eve"),)))
    found = answered(capsys, "backup", "--store", store, "--out", backup)
    assert found["bytes"] == backup.stat().st_size
    engine.commit_now(Batch(inputs=(event(21, "eve"),)))
    assert secret_path(backup).stat().st_mode & 0o777 == 0o600
    assert main(["backup", "--store", str(store), "--out", str(backup)]) == 3, "never over another file"
    assert main(["restore", str(backup), "--store", str(store), "--replace"]) == 3, "an engine has it"
    engine.close()
    assert main(["restore", str(backup), "--store", str(store)]) == 3
    assert "--replace" in capsys.readouterr().err
    answered(capsys, "restore", backup, "--store", again)
    answered(capsys, "restore", backup, "--store", store, "--replace")
    assert secret_path(again).read_bytes() == secret_path(store).read_bytes()
    for path in (again, store):
        restored = SqliteStore(path)
        assert "is a backup made at 20" in (restored.held or "")
        assert restored.last_seq() == 20
        restored.close()
    held = answered(capsys, "confirm", "--store", again)
    assert held["confirmed"] is True
    assert answered(capsys, "confirm", "--store", again)["confirmed"] is False
    confirmed = SqliteStore(again)
    assert (confirmed.held, confirmed.is_unsettled) == (None, True)
    confirmed.close()


@pytest.mark.parametrize("content", [b"", b"no database at all" * 99])
def test_what_is_no_backup_is_not_restored(tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_bytes(content)
    assert main(["restore", str(wrong), "--store", str(tmp_path / "shop.db")]) == 3
    assert main(["restore", str(tmp_path / "none"), "--store", str(tmp_path / "shop.db")]) == 3
    assert not (tmp_path / "shop.db").exists()
    assert main(["confirm", "--store", str(tmp_path / "shop.db")]) == 3
    assert len(capsys.readouterr().err.splitlines()) == 3
