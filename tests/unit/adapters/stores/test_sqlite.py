"""What only the file can show: restarts, versions, owners, segments of ids, and settings that keep promises."""

import asyncio
from pathlib import Path

import apsw
import pytest

from opportune.adapters.stores.reading import SqliteHistory
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.errors import Unavailable
from opportune.events.event import Tick
from opportune.ports import Batch, Kept, Mark
from tests.contracts.made import NOW, attempt, decision, ending, event


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop.opportune"


def test_everything_is_there_after_a_restart(path: Path) -> None:
    store = SqliteStore(path)
    assert store.admit(event(1))
    store.commit_now(
        Batch(inputs=(event(1), Tick(NOW, 2)), decisions=(decision(),), endings=(ending(),), calls=(attempt("d2"),))
    )
    store.commit_now(Batch(kept=(Kept("ann", b"\x01memory", NOW + 7),), mark=Mark(1, "p1")))
    store.close()
    store = SqliteStore(path)
    assert list(store.log()) == [event(1), Tick(NOW, 2)]
    assert store.last_seq() == 2
    assert (store.decision("d1"), store.ending("d1")) == (decision(), ending())
    assert (store.restore().memories, store.restore().wakes) == ({"ann": b"\x01memory"}, {"ann": NOW + 7})
    assert list(store.log(store.restore().seq)) == [Tick(NOW, 2)]
    assert [row.claim.attempt for row in store.open_claims()] == [attempt("d2")]
    assert not store.admit(event(1))
    store.close()


def test_every_commit_waits_for_the_disk(path: Path) -> None:
    store = SqliteStore(path)
    settings = store._writer.submit(
        lambda connection: (connection.pragma("journal_mode"), connection.pragma("synchronous"))
    ).result()
    assert settings == ("wal", 2)
    store.close()


def test_a_file_of_a_newer_release_is_refused(path: Path) -> None:
    SqliteStore(path).close()
    with apsw.Connection(str(path)) as connection:
        connection.execute("PRAGMA user_version=99")
    for opener in (SqliteStore, SqliteHistory):
        with pytest.raises(Unavailable, match="file version 99, this release reads version 5; use a newer release"):
            opener(path)


def test_a_file_of_something_else_is_refused_and_left_alone(path: Path) -> None:
    with apsw.Connection(str(path)) as connection:
        connection.execute("CREATE TABLE mine (a)")
    with pytest.raises(Unavailable, match="database of something else"):
        SqliteStore(path)
    path.write_bytes(b"this is no database, but it is long enough to be looked at" * 100)
    with pytest.raises(Unavailable, match="not a database"):
        SqliteStore(path)


def test_two_names_of_one_file_have_one_owner(path: Path, tmp_path: Path) -> None:
    store = SqliteStore(path)
    other = tmp_path / "elsewhere"
    other.symlink_to(path)
    with pytest.raises(Unavailable, match="owns this file"):
        SqliteStore(other)
    store.close()


def test_a_file_has_one_owner_and_any_number_of_readers(path: Path) -> None:
    store = SqliteStore(path)
    with pytest.raises(Unavailable, match="owns this file"):
        SqliteStore(path)
    store.commit_now(Batch(inputs=(event(1),)))
    reader = SqliteHistory(path)
    assert reader.last_seq() == 1
    store.commit_now(Batch(inputs=(event(2),)))
    assert reader.last_seq() == 2
    reader.close()
    store.close()
    SqliteStore(path).close()


def test_a_reader_of_nothing_is_told_so(path: Path) -> None:
    with pytest.raises(Unavailable, match="unable to open"):
        SqliteHistory(path)
    assert not path.exists()
    path.touch()
    with pytest.raises(Unavailable, match="is empty"):
        SqliteHistory(path)


def test_a_full_disk_refuses_the_batch_gives_ids_back_and_recovers(path: Path) -> None:
    store = SqliteStore(path)
    store.commit_now(Batch(inputs=(event(1),)))
    store._writer.submit(lambda connection: connection.pragma("max_page_count", 1)).result()
    big = [event(n, f"user-{n}", id=f"{n * 7919}-" * 40) for n in range(2, 3_000)]
    assert store.admit(big[0])
    with pytest.raises(Unavailable, match=r"shop\.opportune: .*full; free the disk"):
        store.commit_now(Batch(inputs=tuple(big)))
    assert store.admit(big[0])
    assert store.last_seq() == 1
    store._writer.submit(lambda connection: connection.pragma("max_page_count", 1_000_000)).result()
    store.commit_now(Batch(inputs=tuple(big)))
    assert store.last_seq() == 2_999
    store.close()


def test_commits_that_wait_together_are_each_whole_or_refused_alone(path: Path) -> None:
    store = SqliteStore(path)

    async def many() -> list[object]:
        batches = [Batch(inputs=(event(n),), decisions=(decision(f"d{n % 7}"),)) for n in range(1, 15)]
        return await asyncio.gather(*(store.commit(batch) for batch in batches), return_exceptions=True)

    answers = asyncio.run(many())
    assert [isinstance(answer, ValueError) for answer in answers] == [False] * 7 + [True] * 7
    assert [entry.seq for entry in store.log()] == list(range(1, 8))
    assert store.admit(event(8))
    store.close()
