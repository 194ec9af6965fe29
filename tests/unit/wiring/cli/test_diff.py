"""Two playbooks over one past, as a shell calls it."""

import json
from pathlib import Path

import pytest

from opportune.wiring.cli import main
from tests.stories.students import WIN_BACK, write_playbook

EAGER = WIN_BACK | {"journeys/come_back.yaml": WIN_BACK["journeys/come_back.yaml"].replace("7 days", "5 days")}
EVENTS = """\
{"type": "identify", "userId": "ann", "timestamp": "2026-06-01T18:00:00Z", "traits": {"email": "ann@example.com"}}
{"type": "track", "userId": "ann", "timestamp": "2026-06-01T18:00:00Z", "event": "Message Written"}
{"type": "track", "userId": "bob", "timestamp": "2026-06-30T18:00:00Z", "event": "Message Written"}
"""


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with both playbooks and a file of events."""
    write_playbook(tmp_path / "old")
    write_playbook(tmp_path / "new", EAGER)
    (tmp_path / "events.ndjson").write_text(EVENTS)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_the_differences_are_told_and_that_there_are_some_is_no_fault(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["diff", "old", "new", "events.ndjson"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("2 users, 1 Jun to 30 Jun 2026\nold: old (")
    assert "  up to 3 days earlier  2 " in said
    assert "ann gets it earlier, for example:" in said


def test_json_has_the_differences_and_both_reports(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "old", "new", "events.ndjson", "--json"]) == 0
    answer = json.loads(capsys.readouterr().out)
    assert answer["differences"]["total"]["earlier"] == 2
    assert [each["playbook"] for each in answer["reports"]] == ["old", "new"]
    assert [each["sent"] for each in answer["reports"]] == [
        answer["differences"][side]["sent"] for side in ("old", "new")
    ]
    assert (answer["refused"], answer["examples"]) == ({}, [])


def test_the_same_folder_twice_is_the_same(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "old", "old", "events.ndjson"]) == 0
    assert "Both are the same playbook." in capsys.readouterr().out


def test_a_page_has_what_is_different(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "old", "new", "events.ndjson", "--html", "page.html"]) == 0
    page = (place / "page.html").read_text()
    assert page.startswith("<!doctype html>")
    assert "Said earlier" in page
    assert main(["diff", "old", "new", "events.ndjson", "--html", "none/page.html"]) == 3
    assert "none/page.html" in capsys.readouterr().err


def test_refused_rows_are_told_and_the_exit_code_says_so(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (place / "events.ndjson").write_text(EVENTS + '{"type": "track"}\n')
    assert main(["diff", "old", "new", "events.ndjson"]) == 1
    assert "line 4" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["diff", "gone", "new", "events.ndjson"], "gone: there is no such folder"),
        (["diff", "old", "new", "gone.ndjson"], "gone.ndjson"),
    ],
)
def test_what_is_not_there_is_named(
    place: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    assert main(arguments) == 3
    assert said in capsys.readouterr().err


def test_without_a_past_it_is_used_wrongly(place: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["diff", "old", "new"]) == 2
    assert "name files with events" in capsys.readouterr().err
