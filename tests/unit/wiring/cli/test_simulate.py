"""Made-up users from the command line: told, written as a page, and as events for other commands."""

import json
from pathlib import Path

import pytest

from opportune.wiring.cli import main
from tests.stories.examples import EXAMPLES

Captured = pytest.CaptureFixture[str]


def test_it_tells_what_would_be_said(capsys: Captured) -> None:
    assert main(["simulate", str(EXAMPLES / "cart"), "--users", "40", "--days", "10"]) == 0
    out = capsys.readouterr().out
    assert "events of 40 users" in out
    assert "Seed 1, 40 users, 10 days." in out


def test_what_they_do_is_a_past_for_a_backtest(tmp_path: Path, capsys: Captured) -> None:
    given = [str(EXAMPLES / "cart"), "--users", "30", "--days", "10", "--seed", "3"]
    assert main(["simulate", *given, "--events", str(tmp_path / "past.ndjson"), "--json"]) == 0
    [simulated] = json.loads(capsys.readouterr().out)["reports"]
    assert main(["backtest", given[0], str(tmp_path / "past.ndjson"), "--json"]) == 0
    [tried] = json.loads(capsys.readouterr().out)["reports"]
    assert tried["users"] == simulated["users"] == 30
    assert tried["decisions"] > 0


def test_the_report_is_a_page(tmp_path: Path, capsys: Captured) -> None:
    page = tmp_path / "report.html"
    assert main(["simulate", str(EXAMPLES / "cart"), "--users", "20", "--days", "5", "--html", str(page)]) == 0
    assert page.read_text().startswith("<!doctype html>") or "<html" in page.read_text()[:200].lower()


@pytest.mark.parametrize(
    ("given", "code", "said"),
    [
        (["none"], 3, "there is no such folder"),
        (["none", "--start", "soon"], 2, "a day such as 2026-06-01, not 'soon'"),
        (["none", "--users", "0"], 2, "--users"),
    ],
)
def test_a_wrong_call_is_told(tmp_path: Path, capsys: Captured, given: list[str], code: int, said: str) -> None:
    given = [str(tmp_path / given[0]), *given[1:]]
    try:
        assert main(["simulate", *given]) == code
    except SystemExit as end:
        assert end.code == code
    assert said in capsys.readouterr().err
