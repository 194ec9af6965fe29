"""Asking why on a command line."""

import json
import sys
from pathlib import Path
from subprocess import run

import pytest
from msgspec.structs import replace

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.ports import Batch
from opportune.units import HOUR
from opportune.wiring.cli import main
from opportune.wiring.openapi_schemas import components
from tests.contracts.made import NOW, decision, ending, event

DAY = "2026-09-21"
"""The day of NOW."""


@pytest.fixture
def store(tmp_path: Path) -> str:
    made = SqliteStore(tmp_path / "shop.db")
    made.commit_now(Batch(inputs=(event(1),), decisions=(decision("d1"),), endings=(ending("d1"),)))
    made.close()
    return str(tmp_path / "shop.db")


def said(store: str, capsys: pytest.CaptureFixture[str], *arguments: str) -> list[str]:
    assert main(["why", *arguments, "--store", store]) == 0
    return capsys.readouterr().out.splitlines()


@pytest.mark.parametrize(
    "arguments", [(), ("--journey", "cart"), ("--since", DAY, "--until", DAY), ("ann", "--code", "no_consent")]
)
def test_a_list_has_one_line_for_each_decision(
    store: str, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...]
) -> None:
    lines = said(store, capsys, *arguments)
    assert len(lines) == 3
    assert lines[2].split()[-5:] == ["cart", "-", "not_sent", "no_consent", "d1"]


def test_a_user_is_told_of_in_sentences_or_as_a_table(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "cart_reminder was not sent: the user has not consented" in said(store, capsys, "ann")[2]
    assert said(store, capsys, "ann", "--table")[2].endswith("d1")


def test_a_list_shows_all_instants_on_one_clock(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = SqliteStore(tmp_path / "shop.db")
    zones = ("Asia/Tokyo", "America/New_York", "Europe/Berlin")
    decisions = [replace(decision(f"d{nth}"), due=NOW + nth * HOUR, zone=zone) for nth, zone in enumerate(zones)]
    made.commit_now(Batch(inputs=(event(1),), decisions=tuple(decisions)))
    made.close()
    lines = said(str(tmp_path / "shop.db"), capsys)
    assert lines[1].startswith("  decided (UTC)  ")
    assert [line.split()[0] for line in lines[2:]] == [f"{DAY}T{hour}:13:20" for hour in (16, 15, 14)]


def test_the_fields_of_an_answer_for_programs_have_names(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", "ann", "--json", "--store", store]) == 0
    (told,) = json.loads(capsys.readouterr().out)["decisions"]
    shown = components()
    assert told.keys() == shown["WhyTold"]["properties"].keys()
    assert told["decision"].keys() == shown["WhyDecision"]["properties"].keys()
    assert (told["decision"]["id"], told["decision"]["zoneSource"]) == ("d1", "")


def test_a_span_in_which_nothing_can_lie_is_used_wrongly(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["why", "--since", "2026-06-09", "--until", "2026-06-01", "--store", store]) == 2
    assert capsys.readouterr().err == (
        "opportune why: since: 2026-06-09T00:00:00 is not before until: 2026-06-02T00:00:00 (both UTC), so nothing "
        "lies between; swap them\n"
    )


def test_help_comes_without_what_answers() -> None:
    seen = "print([name for name in sys.modules if name.startswith(('apsw', 'opportune.wiring.why'))])"
    code = f"import sys; from opportune.wiring.cli import main\ntry: main(['why', '--help'])\nfinally: {seen}"
    helped = run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert helped.stdout.splitlines()[-1] == "[]"


def test_nothing_found_is_a_list_without_lines(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(store, capsys, "--code", "sent") == ["0 decisions, newest first."]
    assert said(store, capsys, "--code", "semt") == [
        "0 decisions, newest first. No decision has the code 'semt'; did you mean 'sent'?"
    ]
    assert said(store, capsys, "--journey", "news") == [
        "0 decisions, newest first. No decision has the journey 'news'."
    ]


def test_one_decision_is_told_of_by_its_id(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(store, capsys, "--decision", "d1")[0] == "1 decision."
    assert main(["why", "--decision", "d9", "--store", store]) == 1
    assert capsys.readouterr().err == f"opportune: {store} holds no decision 'd9'\n"


def test_a_day_that_is_none_is_used_wrongly(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["why", "--since", "monday", "--store", store])
    assert ended.value.code == 2
    assert "write a day such as 2026-06-01 (UTC)" in capsys.readouterr().err
