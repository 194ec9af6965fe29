"""``opportune timeline`` and ``opportune export --user`` over an engine's file."""

import json
import stat
from pathlib import Path

import pytest

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.wiring.cli import main
from tests.unit.wiring.test_portable import fill, planted

Captured = pytest.CaptureFixture[str]


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("shop") / "opportune.db"
    store = SqliteStore(found)
    fill(store)
    store.close()
    return found


def test_the_newest_entries_come_oldest_first_on_the_users_clock(path: Path, capsys: Captured) -> None:
    assert main(["timeline", "ann", "--store", str(path), "--last", "6"]) == 0
    head, *presence, year = (said := capsys.readouterr().out.splitlines())[:5]
    lines = said[5:]
    assert head.startswith("ann = device-of-ann = tablet: ") and head.endswith("there are older ones.")
    assert [" ".join(line.split()[:2]) for line in presence] == ["Last active", "Last opened", "Their clock"]
    assert year == "2026 (Asia/Tokyo)"
    assert (lines[0][:17], lines[-1][:17]) == ("  Mon 1 Jun 22:00", "  Tue 2 Jun 01:00")
    assert "Order Completed" in "\n".join(lines)


def test_json_is_what_http_answers(path: Path, capsys: Captured) -> None:
    assert main(["timeline", "ann", "--store", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["names"] == ["ann", "device-of-ann", "tablet"]
    assert found["entries"][0]["seq"] > found["entries"][-1]["seq"]


@pytest.mark.parametrize("form", [[], ["--json"]])
def test_of_nobody_it_says_so_and_exits_with_1(form: list[str], path: Path, capsys: Captured) -> None:
    assert main(["timeline", "nobody", "--store", str(path), *form]) == 1
    said = capsys.readouterr().out
    assert json.loads(said)["entries"] == [] if form else said == "nobody: this file holds nothing of this user\n"


def test_one_user_is_exported_into_a_private_file(path: Path, tmp_path: Path, capsys: Captured) -> None:
    target = tmp_path / "ann.json"
    assert main(["export", "--store", str(path), "--user", "ann", "--out", str(target)]) == 0
    assert capsys.readouterr().out.startswith(f"{target}: All that is kept about ann: ")
    text = target.read_text()
    assert {word for word in planted("ann") if word not in text} == set()
    assert {word for word in planted("ben") if word in text} == set()
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert main(["export", "--store", str(path), "--user", "ann", "--out", str(target), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["file"] == str(target)
    assert target.read_text() == text
    assert [each.name for each in tmp_path.iterdir()] == ["ann.json"]


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["--what", "decisions"], 2, "--user writes everything, as one JSON file; leave --what"),
        (["--from", "2026-06-01"], 2, "--user writes everything"),
    ],
)
def test_what_cannot_be_exported_of_one_user_is_told(
    arguments: list[str], code: int, said: str, path: Path, tmp_path: Path, capsys: Captured
) -> None:
    target = ["--out", str(tmp_path / "ann.json")]
    assert main(["export", "--store", str(path), "--user", "ann", *target, *arguments]) == code
    assert said in capsys.readouterr().err


def test_a_folder_is_not_taken_for_a_file(path: Path, tmp_path: Path, capsys: Captured) -> None:
    assert main(["export", "--store", str(path), "--user", "ann", "--out", str(tmp_path)]) == 3
    assert f"{tmp_path}: is a folder; with --user, --out names a file" in capsys.readouterr().err
    assert main(["export", "--store", str(path), "--user", "ann", "--out", str(tmp_path / "no" / "x.json")]) == 3
    assert "No such file or directory; --out names a file that we may write" in capsys.readouterr().err


def test_after_erase_the_export_is_empty_and_says_so(tmp_path: Path, capsys: Captured) -> None:
    path, target = tmp_path / "opportune.db", tmp_path / "ann.json"
    store = SqliteStore(path)
    fill(store)
    store.close()
    assert main(["erase", "ann", "--store", str(path)]) == 0
    capsys.readouterr()
    assert main(["export", "--store", str(path), "--user", "ann", "--out", str(target)]) == 0
    assert "ann was erased; all that is left is a keyed hash of the id" in capsys.readouterr().out
    found = json.loads(target.read_text())
    assert found["isErased"] and found["known"] is None and found["remembered"] is None
    assert [found[name] for name in ("events", "decisions", "goals", "inbox", "refused", "joins", "ids")] == [[]] * 7
