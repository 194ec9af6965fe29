"""In which rows a user occurs: the index says what a look through the whole log says."""

from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.adapters.stores import user_index
from opportune.adapters.stores.codec import unpack, user_hash, users_of
from opportune.adapters.stores.pages import whole_segments
from opportune.adapters.stores.records import apart
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.adapters.stores.user_rows import forget_rows, forget_users
from opportune.events.event import Event, Merged, Tick
from opportune.ports import Batch
from tests.contracts.made import NOW, event

USERS = tuple(f"user-{n}" for n in range(9))


def rows_by_looking(store: SqliteStore, users: set[str]) -> list[int]:
    """The oracle: every row is read."""
    rows = store._read.execute("SELECT seq_from, inputs FROM log ORDER BY seq_from")
    return [seq for seq, blob in rows if any(users & {*users_of(entry)} for entry in unpack(blob))]


def work(store: SqliteStore, *names: str) -> None:
    for name in names:
        store._slices.add(getattr(user_index, name)).result()


@given(
    st.lists(st.lists(st.tuples(st.sampled_from(USERS), st.sampled_from(USERS)), max_size=4), max_size=60),
    st.sets(st.integers(0, 60)),
    st.sets(st.sampled_from(USERS), min_size=1),
)
@settings(max_examples=25, deadline=None)
def test_the_index_finds_what_a_look_through_the_log_finds(
    rows: list[list[tuple[str, str]]], closings: set[int], asked: set[str]
) -> None:
    with TemporaryDirectory() as folder:
        store = SqliteStore(Path(folder) / "shop.opportune")
        seq = 0
        for place, pairs in enumerate(rows):
            inputs: list[Event | Merged | Tick] = [Tick(NOW, seq := seq + 1)]
            for user, other in pairs:
                seq += 1
                inputs.append(event(seq, user) if user == other else Merged(user, other, NOW, seq))
            store.commit_now(Batch(inputs=tuple(inputs)))
            if place in closings:
                work(store, "closed", "merged")
        assert store.rows_of(asked) == rows_by_looking(store, asked)
        for user in asked:
            assert list(store.events_of(user)) == [each for each in store.log() if user in users_of(each)]
        store.close()


def test_many_closings_leave_few_segments_and_an_empty_tail(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "shop.opportune")
    for seq in range(1, 300):
        store.commit_now(Batch(inputs=(event(seq, USERS[seq % 9]),)))
        work(store, "closed", "merged")
    segments = whole_segments(store._read, "users")
    assert len(segments) <= 2 * 15 + 1
    assert {segment.level for segment in segments} == {0, 1, 2}
    assert sum(segment.count for segment in segments) == 299
    assert store._read.execute("SELECT count(*) FROM log_users").get == 0
    assert store.rows_of([USERS[4]]) == list(range(4, 300, 9))
    store.close()


def test_rows_are_closed_when_enough_have_come_together_and_after_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "shop.opportune"
    store = SqliteStore(path)
    many = tuple(event(seq, f"user-{seq}") for seq in range(1, 5_001))
    store.commit_now(Batch(inputs=many))
    store.close()
    store = SqliteStore(path)
    store.commit_now(Batch(inputs=tuple(event(5_000 + n, f"user-{n}") for n in range(1, 5_001))))
    store.commit_now(Batch())
    while store.is_busy:
        store.commit_now(Batch())
    (segment,) = whole_segments(store._read, "users")
    assert segment.count == 10_000
    assert store.rows_of(["user-17"]) == [1, 5_001]
    store.close()


def test_a_user_who_comes_often_in_one_row_is_one_entry_and_closing_ends(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "shop.opportune")
    store.commit_now(Batch(inputs=tuple(event(seq, USERS[seq % 2]) for seq in range(1, 9_001))))
    store.commit_now(Batch())
    while store.is_busy:
        store.commit_now(Batch())
    assert [segment.count for segment in whole_segments(store._read, "users")] == [2]
    store.close()


def test_a_user_can_be_taken_out_up_to_a_row(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "shop.opportune")
    for seq in range(1, 61):
        store.commit_now(Batch(inputs=(event(seq, USERS[seq % 3]),)))
        if seq % 2 == 0:
            work(store, "closed")
    store._writer.submit(lambda connection: forget_users(connection, {USERS[1]: 30})).result()
    assert store.rows_of([USERS[1]]) == [row for row in range(1, 61) if row % 3 == 1 and row > 30]
    assert store.rows_of([USERS[2]]) == [row for row in range(1, 61) if row % 3 == 2]
    pages = [page for (page,) in store._read.execute("SELECT records FROM pages")]
    left = [
        int.from_bytes(each[8:], "big") for page in pages for each in apart(page) if each[:8] == user_hash(USERS[1])
    ]
    assert left and min(left) > 30
    store.close()


def test_segments_of_rows_that_are_gone_can_be_dropped(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "shop.opportune")
    for seq in range(1, 61):
        store.commit_now(Batch(inputs=(event(seq, USERS[0]),)))
        if seq % 10 == 0:
            work(store, "closed")
    store._writer.submit(lambda connection: forget_rows(connection, before=25)).result()
    assert store.rows_of([USERS[0]]) == list(range(21, 61))
    store.close()
