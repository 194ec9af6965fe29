"""Every id is new once: recent, closed, merged, or after a restart."""

from pathlib import Path

import pytest

from opportune.adapters.stores.codec import id_hash, user_hash
from opportune.adapters.stores.id_segments import sieve_of
from opportune.adapters.stores.ids import KnownIds
from opportune.adapters.stores.pages import page_with, whole_segments
from opportune.adapters.stores.sieve import Sieve
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.draws import hash_of
from opportune.errors import Unavailable
from opportune.ports import Batch
from opportune.units import DAY
from tests.contracts.made import NOW, event


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop.opportune"


def settled(store: SqliteStore) -> SqliteStore:
    """The store once all work in pieces is done."""
    store.commit_now(Batch())
    while store.is_busy:
        store.commit_now(Batch())
    return store


def test_the_name_of_an_id_is_the_keyed_hash_that_all_names_have() -> None:
    for each in ("", "e1", "müsli", "\ud800", "x" * 300):
        assert id_hash(each) == hash_of("id", each)
        assert user_hash(each) == hash_of("user", each)[:8]


def test_ids_are_known_for_the_horizon_and_in_bounded_memory(path: Path) -> None:
    store = SqliteStore(path, horizon=7 * DAY, most_recent_ids=50)
    seq = 0
    for day in range(12):
        for _ in range(10):
            store.commit_now(Batch(inputs=tuple(event(seq + n, at=NOW + day * DAY) for n in range(1, 21))))
            seq += 20
        settled(store)
    today = NOW + 11 * DAY
    for restarted in (False, True):
        if restarted:
            store.close()
            store = SqliteStore(path, horizon=7 * DAY, most_recent_ids=50)
        known = store._ids._known
        assert sum(map(len, known._recent)) <= 90, "at most the limit and what one commit and one closing add"
        assert all(segment.until >= today - 8 * DAY for segment in known.segments)
        admitted = [n for n in range(1, seq + 1) if store.admit(event(9_999, id=f"e{n}"))]
        assert all(n <= 4 * 200 for n in admitted), "whatever came within the horizon is known"
        assert store.admit(event(9_999, id="new" + str(restarted)))
    store.close()


def test_closed_and_merged_segments_answer_exactly_before_and_after_a_restart(path: Path) -> None:
    store = SqliteStore(path, most_recent_ids=3)
    for n in range(1, 600, 3):
        store.commit_now(Batch(inputs=(event(n), event(n + 1), event(n + 2))))
    settled(store)
    levels = [segment.level for segment in store._ids._known.segments]
    assert max(levels) >= 2
    assert len(levels) < 30
    for _ in range(2):
        for segment in store._ids._known.segments:
            inside = [n for n in range(1, 900) if store._ids._known._contains([segment], id_hash(f"e{n}"))]
            assert len(inside) == segment.count and max(inside) <= 600
        assert [n for n in range(1, 800) if not store.is_known(f"e{n}")] == list(range(601, 800))
        store.close()
        store = SqliteStore(path, most_recent_ids=3)
    store.close()


def test_no_page_is_left_of_segments_that_were_merged(path: Path) -> None:
    store = SqliteStore(path, most_recent_ids=2)
    for n in range(1, 200, 2):
        store.commit_now(Batch(inputs=(event(n), event(n + 1))))
    settled(store)
    place = "SELECT DISTINCT place >> 24 FROM pages"
    found = {segment for (segment,) in store._read.execute(place)}
    assert found == {each.id for kind in ("ids", "users") for each in whole_segments(store._read, kind)}
    store.close()


def test_what_could_not_be_closed_stays_known_and_is_closed_later(path: Path) -> None:
    store = SqliteStore(path, most_recent_ids=10)
    store.commit_now(Batch(inputs=tuple(event(n) for n in range(1, 10))))
    store._writer.submit(lambda connection: connection.execute("ALTER TABLE pages RENAME TO elsewhere")).result()
    store.commit_now(Batch(inputs=(event(10), event(11))))
    settled(store)
    assert store._ids._known.segments == []
    assert not any(store.admit(event(n)) for n in range(1, 12))
    store._writer.submit(lambda connection: connection.execute("ALTER TABLE elsewhere RENAME TO pages")).result()
    store.commit_now(Batch(inputs=(event(12),)))
    settled(store)
    assert [segment.count for segment in store._ids._known.segments] == [12]
    assert not any(store.admit(event(n)) for n in range(1, 13))
    store.close()


def test_a_segment_that_was_never_made_whole_is_swept_at_the_next_start(path: Path) -> None:
    store = SqliteStore(path, most_recent_ids=1_000)
    store.commit_now(Batch(inputs=tuple(event(n) for n in range(1, 50))))
    store._writer.submit(
        lambda connection: connection.execute(
            "INSERT INTO segments VALUES (7, 'ids', 0, 0, 0, 9, 49, 0);"
            "INSERT INTO pages VALUES ((7 << 24) | 1, zeroblob(16));"
            "INSERT INTO pages VALUES ((9 << 24) | 1, zeroblob(16));"
        )
    ).result()
    store.close()
    store = settled(SqliteStore(path))
    assert store._read.execute("SELECT count(*) FROM pages").get == 0
    assert not any(store.admit(event(n)) for n in range(1, 50))
    store.close()


def test_a_store_that_is_closed_takes_no_more(path: Path) -> None:
    store = SqliteStore(path, most_recent_ids=1)
    store.close()
    with pytest.raises(Unavailable, match="is closed"):
        store.commit_now(Batch(inputs=(event(1),)))


def test_a_segment_that_is_gone_knows_nothing(path: Path) -> None:
    store = SqliteStore(path, most_recent_ids=1)
    store.commit_now(Batch(inputs=(event(1),)))
    (segment,) = settled(store)._ids._known.segments
    assert id_hash("e1") in page_with(store._read, segment, id_hash("e1"))
    store._writer.submit(lambda connection: connection.execute("DELETE FROM pages")).result()
    assert page_with(store._read, segment, id_hash("e1")) == b""
    assert not sieve_of(store._read, [segment]).is_perhaps_in(id_hash("e1"))
    store.close()


def test_nothing_is_closed_while_something_is_being_closed() -> None:
    known = KnownIds(lambda segments, name: False, Sieve(0), (), horizon=DAY, most_recent=2)
    known.keep(["a", "b"], seq=2, now=NOW)
    assert known.to_close(NOW) is not None
    known.keep(["c", "d"], seq=4, now=NOW)
    assert known.to_close(NOW) is None
    assert all(known.is_known(each) for each in "abcd")
    known.not_closed()
    planned = known.to_close(NOW)
    assert planned is not None and (planned.count, planned.seq_to) == (4, 4)
