"""A log decided twice: the same, or what differs."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path

import apsw
import pytest
from msgspec import msgpack, structs

from opportune.adapters.stores.memory import MemoryStore
from opportune.adapters.stores.reading import SqliteHistory
from opportune.errors import Unavailable
from opportune.policies.decision import Decision
from opportune.wiring.cli import main
from opportune.wiring.demo.playing import Play, play
from opportune.wiring.one_user import linked
from opportune.wiring.replay import Comparison, day_of, replay

pytestmark = pytest.mark.needs("smtp")


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    store = tmp_path_factory.mktemp("played") / "demo.db"
    asyncio.run(play(Play(days=1, users=40), store, watch=lambda inputs, turn: None, stop=asyncio.Event()))
    return store


@pytest.fixture
def copy(played: Path, tmp_path: Path) -> Iterator[apsw.Connection]:
    """The same file, to be tampered with."""
    connection = apsw.Connection(str(shutil.copy(played, tmp_path / "copy.db")))
    yield connection
    connection.close()


def replayed(path: Path) -> Comparison:
    history = SqliteHistory(path)
    try:
        return replay(history)
    finally:
        history.close()


def test_a_log_that_nobody_touched_is_decided_the_same_again(played: Path) -> None:
    found = replayed(played)
    assert found.differences == []
    assert found.events > 100
    assert [day.day for day in found.days] == sorted(day.day for day in found.days)
    assert all(day.kept == day.again for day in found.days)
    assert sum(day.decisions for day in found.days) > 1


def test_a_decision_that_was_tampered_with_is_named(copy: apsw.Connection, capsys: pytest.CaptureFixture[str]) -> None:
    place, body = next(iter(copy.execute("SELECT place, body FROM decisions")))
    decision = msgpack.decode(body, type=Decision)
    forged = structs.replace(decision, code="forged", chosen=None)
    copy.execute("UPDATE decisions SET body = ? WHERE place = ?", (msgpack.encode(forged), place))
    (found,) = replayed(Path(copy.filename)).differences
    assert (found.decision, found.user, found.day) == (decision.id, decision.user, day_of(decision.due))
    assert "forged" in (found.kept or "")
    assert "forged" not in (found.again or "")
    assert main(["replay", "--store", copy.filename]) == 1
    said = capsys.readouterr().out
    assert "DIFFERENT AGAIN" in said
    assert f"-> {decision.code}\n" in said
    assert "1 decided otherwise" in said
    assert said.endswith(": 1 differ\n")


def test_all_differences_are_counted_and_the_first_are_shown(
    copy: apsw.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    copy.execute("DELETE FROM endings WHERE place IN (SELECT place FROM endings ORDER BY place LIMIT 3)")
    found = replayed(Path(copy.filename))
    assert (found.differing, found.kinds) == (3, {"ended only again": 3})
    assert main(["replay", "--store", copy.filename, "--last", "1"]) == 1
    said = capsys.readouterr().out
    assert said.count("  kept   nothing") == 1
    assert "and 2 more; --last shows more of them" in said


def test_an_ending_that_is_missing_is_named(copy: apsw.Connection) -> None:
    copy.execute("DELETE FROM endings WHERE place = (SELECT min(place) FROM endings)")
    (found,) = replayed(Path(copy.filename)).differences
    assert found.kept is None
    assert found.again is not None


def test_a_store_without_a_playbook_cannot_be_replayed() -> None:
    with pytest.raises(Unavailable, match="no playbook was ever published"):
        replay(MemoryStore())


def test_a_user_nobody_merged_is_linked_to_no_other(played: Path) -> None:
    history = SqliteHistory(played)
    assert linked(history, "ada-000") == {"ada-000"}
    history.close()
