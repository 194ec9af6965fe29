"""Schemas for editors as files, and what events say as text."""

import json
from pathlib import Path

import pytest

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event
from opportune.playbook.folder import load
from opportune.playbook.json_schema import json_schemas
from opportune.ports import Batch
from opportune.wiring.cli import main
from opportune.wiring.sample import write_sample

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_sample(tmp_path / "shop")
    return tmp_path / "shop"


def test_the_schemas_are_written_where_the_engine_does_not_read_them(folder: Path, capsys: Captured) -> None:
    before = load(folder).hash
    assert main(["schema", str(folder)]) == 0
    assert "# yaml-language-server: $schema=.schemas/opportune.json" in capsys.readouterr().out
    written = {path.stem: json.loads(path.read_text()) for path in (folder / ".schemas").glob("*.json")}
    assert written == json_schemas()
    assert load(folder).hash == before
    assert main(["schema", str(folder), "--json"]) == 0
    assert len(json.loads(capsys.readouterr().out)["files"]) == len(written)


def test_they_can_go_anywhere(tmp_path: Path, capsys: Captured) -> None:
    assert main(["schema", "--out", str(tmp_path / "new" / "here")]) == 0
    assert len(list((tmp_path / "new" / "here").iterdir())) == len(json_schemas())
    (tmp_path / "file").write_text("")
    assert main(["schema", "--out", str(tmp_path / "file")]) == 3
    assert "name a folder that can be written" in capsys.readouterr().err


def test_it_wants_to_know_where(tmp_path: Path, capsys: Captured) -> None:
    assert main(["schema"]) == 2
    assert "name the playbook's FOLDER" in capsys.readouterr().err
    assert main(["schema", str(tmp_path / "none")]) == 3
    assert "there is no such folder" in capsys.readouterr().err


def test_events_are_printed_as_declared_and_as_learned(folder: Path, tmp_path: Path, capsys: Captured) -> None:
    engine = SqliteStore(tmp_path / "s.db")
    engine.commit_now(Batch(inputs=(Event("m", "ann", "Cart Updated", 1, 1, seq=1, properties=b'{"value": 80}'),)))
    engine.close()
    assert main(["schema", str(folder), "--events"]) == 0
    assert "nothing was learned" in capsys.readouterr().err
    (folder / "events.yaml").write_text("Order Completed:\n  revenue: number\n")
    assert main(["schema", str(folder), "--learn", str(tmp_path / "s.db")]) == 0
    said = capsys.readouterr().out
    assert said == (
        "Order Completed:\n  revenue: number\n"
        "# 1 event, 1970-01-01 to 1970-01-01\nCart Updated:\n  value: number  # always\n"
    )
    (folder / "events.yaml").write_text(said + "  cart_id: text\n")
    assert main(["check", str(folder)]) == 0
    capsys.readouterr()
    assert main(["schema", "--events", "--learn", str(tmp_path / "s.db"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["learned"]["events"]["Cart Updated"]["events"] == 1
