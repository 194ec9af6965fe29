"""Keys from the command line."""

import json
from pathlib import Path

import pytest

from opportune.adapters.sources.keys import Keys
from opportune.adapters.stores.key_table import KeyTable
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.wiring.cli import main

Captured = pytest.CaptureFixture[str]


@pytest.fixture
def store(tmp_path: Path) -> str:
    path = tmp_path / "store.db"
    SqliteStore(path).close()
    return str(path)


def test_a_key_is_printed_alone_on_standard_output_and_is_good(store: str, capsys: Captured) -> None:
    assert main(["key", "add", "web", "--kind", "write", "--store", store]) == 0
    text = capsys.readouterr().out.strip()
    keys = Keys.of_texts(stored=KeyTable(Path(store)).known)
    assert keys.admits(text, "write") == "web"


def test_scripts_get_it_as_json(store: str, capsys: Captured) -> None:
    assert main(["key", "add", "ops", "--kind", "admin", "--store", store, "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert (said["name"], said["kind"], said["key"][:5]) == ("ops", "admin", "ok_a_")


def test_the_list_shows_revoked_ones_and_never_a_key(store: str, capsys: Captured) -> None:
    main(["key", "add", "web", "--kind", "write", "--store", store, "--json"])
    text = json.loads(capsys.readouterr().out)["key"]
    assert main(["key", "revoke", "web", "--store", store]) == 0
    assert main(["key", "list", "--store", store]) == 0
    said = capsys.readouterr().out
    assert "web" in said and "revoked" in said and text not in said
    assert main(["key", "list", "--store", store, "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)["keys"]
    assert row["revoked_at"] is not None and set(row) == {"name", "kind", "made_at", "revoked_at"}


def test_a_name_that_is_taken_exits_with_1_and_makes_nothing(store: str, capsys: Captured) -> None:
    main(["key", "add", "web", "--kind", "write", "--store", store])
    capsys.readouterr()
    assert main(["key", "add", "web", "--kind", "admin", "--store", store]) == 1
    assert capsys.readouterr().out == ""


def test_revoking_what_is_not_there_exits_with_1(store: str) -> None:
    assert main(["key", "revoke", "nobody", "--store", store]) == 1


def test_a_file_that_is_not_there_exits_with_3_and_is_not_made(tmp_path: Path) -> None:
    assert main(["key", "add", "web", "--kind", "write", "--store", str(tmp_path / "none.db")]) == 3
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["", " ", "a\nb", "x" * 61])
def test_a_name_that_cannot_be_shown_is_refused(store: str, name: str) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["key", "add", name, "--kind", "write", "--store", store])
    assert ended.value.code == 2
