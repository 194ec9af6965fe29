"""Imports, from a file on disk into a store on disk: once each, whatever happens on the way."""

import json
import os
import signal
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from opportune.adapters.stores.reading import SqliteHistory
from opportune.events.event import Event
from opportune.wiring.cli import main
from opportune.wiring.sample import write_sample

HEADER = "user_id,event,timestamp,cart_id,value\n"


def rows(count: int, start: int = 0) -> str:
    return "".join(
        f"u{n % 97},Cart Updated,2026-03-{1 + n % 28:02}T10:00:{n % 60:02}Z,c{n},{n}\n"
        for n in range(start, start + count)
    )


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    write_sample(tmp_path / "shop")
    return tmp_path


def run(shop: Path, *files: str, options: tuple[str, ...] = ("--history",)) -> int:
    where = ("--store", str(shop / "s.db"), "--playbook", str(shop / "shop"))
    return main(["import", *(str(shop / name) for name in files), *where, *options])


def events(shop: Path) -> list[Event]:
    history = SqliteHistory(shop / "s.db")
    try:
        return [entry for entry in history.log() if isinstance(entry, Event)]
    finally:
        history.close()


def test_the_same_file_twice_adds_nothing(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "a.csv").write_text(HEADER + rows(2_500))
    assert run(shop, "a.csv") == 0
    assert len(events(shop)) == 2_500 and all(each.is_history for each in events(shop))
    assert run(shop, "a.csv") == 0
    assert "2,500 rows, 0 events taken, 2,500 known before" in capsys.readouterr().out
    assert len(events(shop)) == 2_500


def test_of_a_file_that_has_grown_only_what_is_new_is_taken(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "a.csv").write_text((HEADER + rows(1_437)).rstrip("\n"))
    run(shop, "a.csv")
    (shop / "a.csv").write_text(HEADER + rows(3_000))
    run(shop, "a.csv")
    assert "3,000 rows, 1,563 events taken, 1,437 known before" in capsys.readouterr().out
    assert Counter(each.id for each in events(shop)).most_common(1)[0][1] == 1
    assert len(events(shop)) == 3_000


def test_a_file_whose_columns_were_named_wrongly_is_imported_once_they_are_named_rightly(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else the list of those who unsubscribed elsewhere would count as imported, and they would be written to."""
    (shop / "no.csv").write_text("user_id,event,left\n" + "".join(f"u{n},Unsubscribed,2026-03-01\n" for n in range(3)))
    assert run(shop, "no.csv") == 1
    named = ("--history", "--map", "at=left")
    assert run(shop, "no.csv", options=named) == 0
    assert "3 rows, 3 events taken" in capsys.readouterr().out
    assert run(shop, "no.csv", options=named) == 0
    assert "3 rows, 0 events taken, 3 known before" in capsys.readouterr().out
    assert len(events(shop)) == 3


def test_an_import_of_the_past_starts_and_sends_nothing(shop: Path) -> None:
    (shop / "a.csv").write_text(HEADER + rows(500))
    run(shop, "a.csv")
    history = SqliteHistory(shop / "s.db")
    assert list(history.decisions()) == [] and history.outbox() == []
    history.close()


def test_rows_that_are_refused_are_named_and_kept_and_cost_only_themselves(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "a.csv").write_text(HEADER + "ann,Read,01/02/2025,,\n,Read,2026-01-01,,\nann,Read,2026-01-01,,\n")
    assert run(shop, "a.csv") == 1
    said = capsys.readouterr().out
    assert "3 rows, 1 events taken" in said and "1 refused: bad_instant" in said and "1 refused: missing_user" in said
    history = SqliteHistory(shop / "s.db")
    assert sorted(each.code for each in history.dead_letters()) == ["bad_instant", "missing_user"]
    history.close()


def test_all_forms_of_a_file_are_read(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import gzip

    import duckdb

    (shop / "a.ndjson").write_text('{"user": "ann", "event": "Read", "at": "2026-01-01", "n": 1}\n')
    with gzip.open(shop / "b.csv.gz", "wt") as file:
        file.write(HEADER + rows(3))
    (shop / "c.tsv").write_text(HEADER.replace(",", "\t") + rows(2, 10).replace(",", "\t"))
    duckdb.execute(
        f"COPY (SELECT 'bea' AS user, 'Read' AS event, TIMESTAMP '2026-01-02 03:04:05' AS at, i AS n "
        f"FROM range(12000) t(i)) TO '{shop / 'd.parquet'}' (FORMAT parquet)"
    )
    assert run(shop, "a.ndjson", "b.csv.gz", "c.tsv", "d.parquet") == 0
    found = events(shop)
    assert Counter(each.user for each in found)["bea"] == 12_000
    assert len(found) == 12_006
    assert {each.at for each in found if each.user == "bea"} == {1_767_323_045_000}
    assert run(shop, "d.parquet", options=("--history", "--json")) == 0
    said = json.loads(capsys.readouterr().out.partition("\n{")[2].join(("{", "")))
    assert (said["files"][0]["events"], said["files"][0]["known"]) == (0, 12_000)


def test_what_cannot_be_read_is_said_with_the_file_and_the_rows_before_it_stay(
    shop: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (shop / "a.csv").write_text(HEADER + rows(1_500) + 'ann,"Read,2026-01-01,,\n' + rows(10))
    assert run(shop, "a.csv") == 3
    assert "a.csv: line 1502: a quote is opened and never closed" in capsys.readouterr().err
    assert len(events(shop)) == 1_000
    assert run(shop, "nowhere.csv") == 3
    assert "nowhere.csv: No such file" in capsys.readouterr().err


def test_a_new_store_needs_a_playbook(shop: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (shop / "a.csv").write_text(HEADER + rows(1))
    assert main(["import", str(shop / "a.csv"), "--store", str(shop / "new.db")]) == 3
    assert "name one with --playbook" in capsys.readouterr().err


@pytest.mark.parametrize("after", [2_500, 6_000, 13_000])
def test_an_import_that_is_killed_goes_on_and_adds_the_rest_once(shop: Path, after: int) -> None:
    (shop / "a.csv").write_text(HEADER + rows(20_000))
    command = (
        "import sys; from opportune.wiring.cli import main; from opportune.wiring import importing as i\n"
        "old = i.IntoHost.take\n"
        "async def take(self, stretch):\n"
        f"    if stretch.place > {after * 40}: print('now', flush=True); sys.stdin.read()\n"
        "    return await old(self, stretch)\n"
        "i.IntoHost.take = take; main(sys.argv[1:])"
    )
    options = ["import", str(shop / "a.csv"), "--store", str(shop / "s.db"), "--playbook", str(shop / "shop")]
    child = subprocess.Popen(
        [sys.executable, "-c", command, *options, "--history"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert child.stdout is not None and child.stdout.readline() == b"now\n"
    os.kill(child.pid, signal.SIGKILL)
    child.wait()
    child.stdout.close()
    assert child.stdin is not None
    child.stdin.close()
    before = len(events(shop))
    assert 0 < before < 20_000
    assert run(shop, "a.csv") == 0
    assert len(events(shop)) == 20_000 and len({each.id for each in events(shop)}) == 20_000


@pytest.mark.parametrize("form", ["%d%Y%d", "%Q", "%", "%Y-%m-%d %H:%M %H"])
def test_a_form_of_instants_that_no_text_can_have_is_refused_at_once(
    shop: Path, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["import", str(shop / "a.csv"), "--store", str(shop / "s.db"), "--time-format", form])
    assert "a form is made of %Y %m %d" in capsys.readouterr().err
