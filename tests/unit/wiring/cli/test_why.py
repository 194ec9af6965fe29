"""Asking why on a command line."""

from pathlib import Path

import pytest

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.ports import Batch
from opportune.wiring.cli import main
from tests.contracts.made import decision, ending, event

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


def test_nothing_found_is_a_list_without_lines(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(store, capsys, "--journey", "news") == ["0 decisions, newest first."]


def test_one_decision_is_told_of_by_its_id(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert said(store, capsys, "--decision", "d1")[0] == "1 decision."
    assert main(["why", "--decision", "d9", "--store", store]) == 1
    assert capsys.readouterr().err == f"opportune: {store} holds no decision 'd9'\n"


def test_a_day_that_is_none_is_used_wrongly(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["why", "--since", "monday", "--store", store])
    assert ended.value.code == 2
    assert "write a day such as 2026-06-01 (UTC)" in capsys.readouterr().err
