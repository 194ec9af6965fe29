"""``opportune train send-time``: what it prints, what it writes, and what it refuses."""

import csv
import json
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event
from opportune.features.attention_model import AttentionModel, faults
from opportune.playbook.folder import texts
from opportune.playbook.reading import playbook_from
from opportune.ports import Batch
from opportune.wiring.cli import main
from opportune.wiring.cli.exit_codes import OK, UNAVAILABLE, USAGE, WRONG
from opportune.wiring.evaluating.reading import Files, read
from opportune.wiring.training.send_time import open_at_once
from tests.unit.wiring.evaluating.days_made import crowd

Printed = pytest.CaptureFixture[str]
EPOCH = 1_700_000_000 // 604_800 * 604_800


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of what a crowd did."""
    path = tmp_path_factory.mktemp("crowd") / "events.csv"
    histories = crowd(40, 40)
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(("user", "at"))
        for user, hour in zip(histories.user.tolist(), histories.hour.tolist(), strict=True):
            table.writerow((f"u{user}", hour * 3_600 + EPOCH))
    return path


@pytest.fixture
def playbook(tmp_path: Path) -> Path:
    """A small one."""
    folder = tmp_path / "playbook"
    folder.mkdir()
    (folder / "opportune.yaml").write_text("zone: UTC\nconsent: {email: always}\n")
    return folder


def _model(path: Path) -> AttentionModel:
    return msgspec.json.decode(path.read_bytes(), type=AttentionModel)


def test_what_is_learned_is_told_and_written_where_the_playbook_reads_it(
    events: Path, playbook: Path, capsys: Printed
) -> None:
    assert main(["train", "send-time", str(events), "--playbook", str(playbook)]) == OK
    said = capsys.readouterr().out
    assert "learned from 40 users and 1,600 hours in which they were active" in said
    assert "That is a gain" in said
    assert "'opportune publish" in said
    found = playbook_from(texts(playbook))
    model = _model(playbook / "models" / "send_time.json")
    assert faults(model) == []
    assert found.attention == model


def test_a_week_is_seven_lines_for_those_who_read_the_file(events: Path, tmp_path: Path) -> None:
    out = tmp_path / "m.json"
    assert main(["train", "send-time", str(events), "--out", str(out), "--name", "mine"]) == OK
    assert _model(out).name == "mine"
    assert len(out.read_text().splitlines()) < 120
    assert max(map(len, out.read_text().splitlines())) < 260


def test_programs_get_all_of_it(events: Path, tmp_path: Path, capsys: Printed) -> None:
    assert main(["train", "send-time", str(events), "--out", str(tmp_path / "m.json"), "--json"]) == OK
    told = json.loads(capsys.readouterr().out)
    assert told["users"] == 40
    assert told["proof"]["low"] > 0
    assert told["model"]["name"].startswith("until 2023-")


def test_an_engines_file_is_learned_from_as_files_are(events: Path, tmp_path: Path, capsys: Printed) -> None:
    with events.open() as file:
        rows = [(row["user"], int(row["at"]) * 1_000) for row in csv.DictReader(file)]
    inputs = [
        Event(id=f"e{seq}", user=user, name="Viewed", at=at, received_at=at, seq=seq)
        for seq, (user, at) in enumerate(sorted(rows, key=lambda row: row[1]), 1)
    ]
    path = tmp_path / "opportune.db"
    with closing(SqliteStore(path)) as store:
        store.commit_now(Batch(inputs=tuple(inputs)))
    for name, source in (("file", [str(events)]), ("store", ["--store", str(path)])):
        assert main(["train", "send-time", *source, "--out", str(tmp_path / f"{name}.json"), "--name", "x"]) == OK
    assert _model(tmp_path / "file.json") == _model(tmp_path / "store.json")


def _sends(path: Path, *, quick: int, by: str | None = None) -> Path:
    """Fifty users with twelve messages; some open each a second after it, the others each second one an hour on."""
    with path.open("w") as file:
        for user, day in ((user, day) for user in range(50) for day in range(12)):
            at = EPOCH + day * 86_400 + user % 12 * 3_600
            said: dict[str, object] = {"decision": f"{user} {day}", "channel": "email", "message": "news"}
            rows = [("Message Sent", at, said)]
            if user < quick:
                rows.append(("Email Opened", at + 1, said | ({"by": by} if by else {})))
            elif day % 2:
                rows.append(("Email Opened", at + 3_700, said))
            for name, when, properties in rows:
                written = datetime.fromtimestamp(when, UTC).isoformat()
                event = {"type": "track", "userId": f"u{user}", "event": name, "timestamp": written}
                file.write(json.dumps(event | {"properties": properties}) + "\n")
    return path


def test_users_who_open_all_at_once_are_counted_unless_they_are_marked_as_machines(tmp_path: Path) -> None:
    for name, by, found in (("plain", None, (50, 10)), ("marked", "machine", (50, 0))):
        path = _sends(tmp_path / f"{name}.ndjson", quick=10, by=by)
        assert open_at_once(read(Files(paths=(path,))).histories) == found


def test_many_who_open_all_at_once_are_told_as_probable_machines_and_a_few_are_not(
    tmp_path: Path, capsys: Printed
) -> None:
    for quick in (2, 10):
        path = _sends(tmp_path / f"{quick}.ndjson", quick=quick)
        assert main(["train", "send-time", str(path), "--out", str(tmp_path / f"{quick}.json")]) == OK
        told = " ".join(capsys.readouterr().out.split())
        assert ("WARNING" in told) == (quick == 10)
    assert "WARNING: 10 of 50 users who were sent 5 messages or more open nearly everything at once" in told
    assert "probably machines. Mark their opens (by: machine) or leave them out" in told


def test_too_little_is_refused_and_nothing_is_written(playbook: Path, tmp_path: Path, capsys: Printed) -> None:
    few = tmp_path / "few.csv"
    few.write_text(f"user,at\na,{EPOCH}\nb,{EPOCH + 3_600}\n")
    assert main(["train", "send-time", str(few), "--playbook", str(playbook)]) == UNAVAILABLE
    assert "too little to learn from: 2 check-ins and 0 opens of 2 users" in capsys.readouterr().err
    assert not (playbook / "models").exists()


def test_rows_that_cannot_be_read_are_told(events: Path, tmp_path: Path, capsys: Printed) -> None:
    more = tmp_path / "more.csv"
    more.write_text(events.read_text() + "u1,no\n")
    assert main(["train", "send-time", str(more), "--out", str(tmp_path / "m.json")]) == WRONG
    assert "bad_instant" in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--out", "m.json"], ["e.csv", "--store", "x.db", "--out", "m"], ["e.csv"]])
def test_it_must_be_said_from_what_and_whereto(arguments: list[str], capsys: Printed) -> None:
    assert main(["train", "send-time", *arguments]) == USAGE
    assert "name " in capsys.readouterr().err
