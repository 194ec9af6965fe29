"""Segments of ids in a file: what the sieve over them holds after closing, merging and being made anew."""

from collections.abc import Callable, Iterator
from functools import cache, partial
from itertools import count
from pathlib import Path

import apsw
import pytest

from opportune.adapters.stores.codec import id_hash
from opportune.adapters.stores.id_segments import renewed, sieve_of
from opportune.adapters.stores.pages import begun, drop, swept, whole_segments
from opportune.adapters.stores.sieve import Sieve
from opportune.adapters.stores.sieve_part import Part
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Input
from opportune.ports import Batch
from opportune.units import DAY
from tests.contracts.made import NOW, event

FIRST = 77
"""The byte with which all ids of the part begin that is made anew."""


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    """Closes whatever comes in one batch as a segment of its own."""
    store = SqliteStore(tmp_path / "shop.opportune", most_recent_ids=1)
    yield store
    store.close()


@cache
def hashed(number: int) -> bytes:
    return id_hash(f"id-{number}")


def named(is_meant: Callable[[bytes], bool]) -> str:
    """The first id whose hash is such."""
    return next(f"id-{number}" for number in count() if is_meant(hashed(number)))


def close(store: SqliteStore, *ids: str) -> None:
    """These ids become a segment, of as many users one of the index, and whatever follows from that is done."""
    following = store.last_seq() + 1
    entries: list[Input] = [event(seq, f"user-{name}", id=name) for seq, name in enumerate(ids, following)]
    store.commit_now(Batch(inputs=tuple(entries)))
    store.commit_now(Batch())
    while store.is_busy:
        store.commit_now(Batch())


def made_anew(store: SqliteStore, sieve: Sieve, *firsts: int) -> list[Part]:
    store._slices.add(partial(renewed, sieve=sieve, parts=firsts)).result()
    return [sieve._parts[first] for first in firsts]


def test_a_sieve_over_one_segment_holds_nothing_of_the_next(store: SqliteStore) -> None:
    close(store, "a")
    close(store, "b")
    first, second = store._ids.segments
    assert (first.count, second.count) == (1, 1)
    found = [sieve_of(store._read, [each]) for each in (first, second)]
    assert [[sieve.is_perhaps_in(id_hash(each)) for each in "ab"] for sieve in found] == [[True, False], [False, True]]


@pytest.mark.parametrize("many", [100, 1_000, 5_000, 20_000, 51_000])
def test_a_part_that_is_made_anew_holds_each_id_of_its_first_byte_once_and_no_other(
    store: SqliteStore, many: int
) -> None:
    """On pages of many first bytes, of one, or of a half of one; in three segments, with users' segments between."""
    third = many // 3
    for start in (0, third, 2 * third):
        close(store, *(f"id-{number}" for number in range(start, start + third)))
    assert len(store._ids.segments) == 3
    sieve, names = Sieve(0), [hashed(number) for number in range(3 * third)]
    firsts = (0, 1, 76, 77, 78, 254, 255)
    for first, part in zip(firsts, made_anew(store, sieve, *firsts), strict=True):
        mine = [name for name in names if name[0] == first]
        assert part.count == len(mine)
        assert part.capacity == Part(3 * third // 256).capacity
        assert all(sieve.is_perhaps_in(name) for name in mine)


def test_of_a_page_with_ids_of_several_first_bytes_only_those_of_the_part_are_taken(store: SqliteStore) -> None:
    """Whichever place they have on it, and whatever their second bytes are."""
    mine = named(lambda name: name[0] == FIRST)
    twin = named(lambda name: name[0] == FIRST and name != id_hash(mine))
    pages = [
        ([named(lambda name: name[0] == FIRST + 1)], 0),
        ([mine], 1),
        ([mine, twin], 2),
        ([mine, twin, named(lambda name: name[0] > FIRST)], 2),
        ([mine, twin, named(lambda name: name[0] < FIRST)], 2),
        ([named(lambda name: name[0] < FIRST and name[1] == FIRST), mine], 1),
        ([named(lambda name: name[0] < FIRST), mine], 1),
    ]
    seen = 0
    for ids, many in pages:
        close(store, *ids)
        seen += many
        (part,) = made_anew(store, Sieve(0), FIRST)
        assert part.count == seen, ids


def test_parts_without_room_are_made_anew_as_often_as_it_comes_to_that(store: SqliteStore) -> None:
    """In each of the 256 there is room for sixteen and for an eighth more than there were on average."""
    numbers = count()
    for many in (5_000, 5_000, 15_000):
        close(store, *(f"id-{next(numbers)}" for _ in range(many)))
        assert len(store._ids.sieve.full) < 8
    known = next(numbers)
    assert known == 25_000
    assert all(store._ids.sieve.is_perhaps_in(hashed(number)) for number in range(known))
    assert sum(store._ids.sieve.is_perhaps_in(hashed(number)) for number in range(known, known + 5_000)) <= 4
    assert store._ids.sieve.size < 256 * Part(25_000 // 256).size * 2


def test_a_merge_that_completes_a_level_is_followed_by_the_next_at_once(store: SqliteStore) -> None:
    for number in range(64):
        close(store, f"id-{number}")
        levels = [segment.level for segment in store._ids.segments]
        assert sorted(levels) == [
            *[0] * ((number + 1) % 8),
            *[1] * ((number + 1) // 8 % 8),
            *[2] * ((number + 1) // 64),
        ]
    assert [segment.count for segment in store._ids.segments] == [64]


def test_an_id_whose_commit_failed_is_new_again_and_one_that_was_committed_is_not(store: SqliteStore) -> None:
    store.commit_now(Batch(inputs=(event(5, id="kept"),)))
    assert store.admit(event(4, id="lost"))
    with pytest.raises(ValueError):
        store.commit_now(Batch(inputs=(event(4, id="lost"),)))
    store.commit_now(Batch())
    assert [store.admit(event(6, id=each)) for each in ("lost", "kept")] == [True, False]


def test_after_a_quiet_week_what_is_new_becomes_a_segment_and_what_is_too_old_is_gone_from_the_file(
    tmp_path: Path,
) -> None:
    """Pages of the old one are still there, and must not be taken for pages of the new one."""
    store = SqliteStore(tmp_path / "quiet.opportune", most_recent_ids=1, horizon=7 * DAY)
    for seq, day in enumerate((0, 8, 16), 1):
        store.commit_now(Batch(inputs=(event(seq, at=NOW + day * DAY),)))
        store.commit_now(Batch())
        while store.is_busy:
            store.commit_now(Batch())
        (segment,) = store._ids.segments
        assert (segment.count, segment.seq_to, segment.until) == (1, seq, NOW + day * DAY)
        assert whole_segments(store._read, "ids") == [segment]
        assert [store.is_known(f"e{n}") for n in (1, 2, 3)] == [n == seq for n in (1, 2, 3)]
    store.close()


def test_the_id_of_a_segment_is_not_given_again_before_its_pages_are_swept(store: SqliteStore) -> None:
    close(store, "a")
    (segment,) = store._ids.segments

    def dropped(connection: apsw.Connection) -> int:
        drop(connection, [segment])
        return begun(connection, "users", segment).id

    def begun_after_sweeping(connection: apsw.Connection) -> int:
        list(swept(connection))
        return begun(connection, "ids", segment).id

    assert store._writer.submit(dropped).result() == segment.id + 1
    assert store._writer.submit(begun_after_sweeping).result() == 1
