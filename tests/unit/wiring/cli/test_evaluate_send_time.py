"""``opportune evaluate send-time``: what it prints, and what it refuses."""

import csv
import sys
from contextlib import closing
from pathlib import Path

import msgspec
import pytest

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event
from opportune.ports import Batch
from opportune.units import HOUR
from opportune.wiring.cli import main
from tests.unit.wiring.evaluating.days_made import crowd

QUICK = ["--models", "modal_hour,smoothed_counts", "--resamples", "100"]
OURS = ["--models", "modal_hour,ours", "--resamples", "100", "--seeds", "1"]


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A table of what a crowd did."""
    path = tmp_path_factory.mktemp("crowd") / "events.csv"
    histories = crowd(40, 40)
    with path.open("w", newline="") as file:
        table = csv.writer(file)
        table.writerow(("who", "when"))
        for user, hour in zip(histories.user.tolist(), histories.hour.tolist(), strict=True):
            table.writerow((f"u{user}", hour * 3_600 + 1_700_000_000 // 604_800 * 604_800))
    return path


def _said(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    code = main(["evaluate", "send-time", *arguments])
    found = capsys.readouterr()
    return code, found.out, found.err


def test_it_prints_every_model_beside_the_global_hour(capsys: pytest.CaptureFixture[str], events: Path) -> None:
    code, out, err = _said(capsys, str(events), "--map", "user=who,at=when", *OURS)
    assert (code, err) == (0, "")
    assert f"{events}: 1,600 events, 1,600 check-ins (hours with any) of 40 users" in out
    assert [line.split("  ")[1] for line in out.splitlines()[4:7]] == ["global hour", "user's modal hour", "opportune"]
    assert all(len(line) <= 104 for line in out.splitlines()[1:])


def test_in_json_it_says_the_same_with_every_interval(capsys: pytest.CaptureFixture[str], events: Path) -> None:
    code, out, _ = _said(capsys, str(events), "--map", "user=who,at=when", "--json", *QUICK)
    found = msgspec.json.decode(out)
    last = found["lines"][-1]
    assert code == 0 and last["name"] == "smoothed_counts"
    assert last["gain"]["low"] <= last["gain"]["value"] <= last["gain"]["high"]
    assert last["hit60"]["value"] == last["seeds"]["1"]


def test_a_past_in_which_hours_have_changed_hands_is_marked(capsys: pytest.CaptureFixture[str], events: Path) -> None:
    _, out, _ = _said(capsys, str(events), "--map", "user=who,at=when", "--permute", *QUICK)
    assert "PERMUTED: hours have changed hands between users" in out
    assert "  gain  " not in out.split("hit60:")[0].split("seeds")[1]


def test_rows_that_say_nothing_make_it_end_with_one(capsys: pytest.CaptureFixture[str], events: Path) -> None:
    path = events.with_name("some.csv")
    path.write_text(events.read_text() + "u1,yesterday\n")
    code, _, err = _said(capsys, str(path), "--map", "user=who,at=when", *QUICK)
    assert code == 1
    assert err.startswith("1 row refused: bad_instant\n  some.csv: line 1602: ")


@pytest.mark.parametrize(
    "given, said",
    [
        (["--split", "0%"], "a share between 0% and 100%, such as 70%, not '0%'"),
        (["--split", "most"], "a share between 0% and 100%, such as 70%, not 'most'"),
        (["--map", "who=user"], "pairs of user, at or event and a column"),
    ],
)
def test_options_that_make_no_sense_are_refused(
    capsys: pytest.CaptureFixture[str], events: Path, given: list[str], said: str
) -> None:
    with pytest.raises(SystemExit) as end:
        main(["evaluate", "send-time", str(events), *given])
    assert end.value.code == 2
    assert said in capsys.readouterr().err


def test_when_all_went_out_at_one_hour_it_says_so(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    path = tmp_path / "sends.csv"
    path.write_text("user,at\n" + "".join(f"u{day},2026-03-{day:02}T10:00:00Z\n" for day in range(1, 29)))
    code, _, err = _said(capsys, str(path), "--event", "Message Sent")
    assert code == 3
    assert "all messages went out at 10:00: nothing can be said about other hours" in err


def test_without_numpy_it_says_what_to_install(
    capsys: pytest.CaptureFixture[str], events: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "numpy", None)
    code, _, err = _said(capsys, str(events))
    assert code == 3
    assert "evaluating needs numpy: pip install 'opportune[learning]'" in err


def test_it_wants_files_or_an_engines_file(capsys: pytest.CaptureFixture[str], events: Path, tmp_path: Path) -> None:
    code, _, err = _said(capsys)
    assert (code, err.strip()) == (
        2,
        "opportune: name files with events, or an engine's file with --store; one of both",
    )
    code, _, err = _said(capsys, "--store", str(tmp_path / "none.db"))
    assert code == 3
    assert "none.db" in err


def test_an_engines_own_file_is_tried_as_files_are(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    store, histories = tmp_path / "engine.db", crowd(20, 30)
    with closing(SqliteStore(store)) as engine:
        pairs = zip(histories.user.tolist(), histories.hour.tolist(), strict=True)
        made = [(f"u{user}", (hour + 473_000) * HOUR) for user, hour in pairs]
        engine.commit_now(Batch(inputs=tuple(_event(place, *each) for place, each in enumerate(made, 1))))
    code, out, _ = _said(capsys, "--store", str(store), *QUICK)
    assert code == 0
    assert f"{store}: 600 events, 600 check-ins (hours with any) of 20 users" in out


def _event(seq: int, user: str, at: int) -> Event:
    return Event(f"e{seq}", user, "Page Viewed", at, at, seq)
