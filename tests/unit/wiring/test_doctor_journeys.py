"""What doctor says of journeys: which are paused, and what came of their messages."""

from pathlib import Path

import pytest

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Published
from opportune.ports import Batch
from opportune.sending.tally import Tallied, Tally
from opportune.wiring.cli import main
from opportune.wiring.doctor_journeys import journeys

COUNTS = (
    Tally("news", "email", 7, 1_000, 12, 30),
    Tally("news", "email", 8, 200),
    Tally("offers", "email", 7, 2_000, 3),
    Tally("offers", "sms", 7, 10),
)


def told(folder: Path, *paused: str, counts: tuple[Tally, ...] = COUNTS) -> list[tuple[str, str]]:
    path = folder / "shop.db"
    store = SqliteStore(path)
    store.commit_now(Batch(inputs=(Published("p1", 1, store.last_seq() + 1, paused=paused),), tallied=Tallied(counts)))
    store.close()
    return [(each.level, each.said) for each in journeys(path)]


def test_a_paused_journey_is_a_warning_with_what_came_of_its_messages(tmp_path: Path) -> None:
    assert told(tmp_path, "cart", "news") == [
        ("warning", "'cart' is paused"),
        ("warning", "'news' is paused; 1,200 messages by email: 12 complaints, 30 unsubscribes"),
    ]


def test_where_none_is_paused_the_one_with_the_most_complaints_is_named(tmp_path: Path) -> None:
    assert told(tmp_path) == [
        ("ok", "none is paused; most complaints: 'news', 1,200 messages by email: 12 complaints, 30 unsubscribes")
    ]


def test_nothing_is_said_where_nothing_was_sent_or_there_is_no_file_of_ours(tmp_path: Path) -> None:
    assert told(tmp_path, counts=()) == []
    assert list(journeys(tmp_path / "no.db")) == []
    (tmp_path / "torn.db").write_bytes(b"no file of ours")
    assert list(journeys(tmp_path / "torn.db")) == []


def test_the_command_prints_a_space_behind_each_label(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    told(tmp_path)
    main(["doctor", "--store", str(tmp_path / "shop.db")])
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("ok      journeys none is paused") for line in lines)
    assert any(line.startswith("ok      disk     ") for line in lines)
