"""Where a part of the sieve puts what it keeps of an id, and how much room there is."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.adapters.stores.sieve import PARTS, Sieve, parted
from opportune.adapters.stores.sieve_part import Part

FIRST = 77
"""The byte with which all ids of one part begin."""


def id_of(place: int, kept: bytes = b"abc", *, first: int = FIRST, rest: bytes = b"12345") -> bytes:
    """An id whose bucket is named by ``place``, of 24 bits, and of which a sieve keeps these three bytes."""
    return bytes([first]) + place.to_bytes(3, "big") + b"...." + kept + rest


def filled(part: Part, ids: Sequence[bytes]) -> Part:
    part.add(b"".join(ids))
    return part


def bucket_of(part: Part, number: int) -> bytes:
    return bytes(part.prints[number * part.width : (number + 1) * part.width]).rstrip(b"\0")


def test_a_part_has_room_for_an_eighth_more_than_is_expected_and_sixteen() -> None:
    assert [Part(expected).capacity for expected in (0, 8, 8_000)] == [16, 25, 9_016]


def test_a_part_is_full_once_there_is_one_more_than_it_has_room_for() -> None:
    part = filled(Part(0), [id_of(0, bytes([65, 65, 65 + n])) for n in range(16)])
    assert (part.count, part.is_full) == (16, False)
    assert filled(part, [id_of(0)]).is_full


@pytest.mark.parametrize(("expected", "capacity", "buckets"), [(213, 255, 1), (214, 256, 2), (895, 1_022, 4)])
def test_fewer_than_256_ids_are_meant_for_one_bucket(expected: int, capacity: int, buckets: int) -> None:
    part = Part(expected)
    assert (part.capacity, len(part.prints) // part.width) == (capacity, buckets)


def test_an_empty_part_has_one_bucket_for_the_sixteen_that_are_meant_and_ten_that_are_not() -> None:
    """One and a half times the root of sixteen, and four."""
    at_once, one_by_one = Part(0), Part(0)
    ids = [id_of(n, bytes([65, 65, 65 + n])) for n in range(26)]
    filled(at_once, ids)
    for each in ids:
        filled(one_by_one, [each])
    for part in (at_once, one_by_one):
        assert (part.count, len(part.prints), part.more) == (26, 26 * 3, set())
        assert part.prints == b"".join(each[8:11] for each in ids)
        assert part.size == 26 * 3 + 4
        filled(part, [id_of(99, b"xyz"), id_of(100, b"xyz")])
        assert part.more == {id_of(99, b"xyz"), id_of(100, b"xyz")}
        assert part.size == 26 * 3 + 4 + 2 * 100
        assert part.prints == b"".join(each[8:11] for each in ids)


def test_a_run_of_ids_that_is_spread_over_many_buckets_overflows_only_where_it_must() -> None:
    part = Part(100_000)
    width, step = part.width // 3, 1 << part.shift
    assert len(part.prints) // part.width == 512
    crowd = [id_of(3 * step + n, bytes([1, 1 + n // 200, 1 + n % 200])) for n in range(width + 2)]
    filled(part, [*crowd, id_of(400 * step)])
    assert part.more == set(crowd[width:])
    assert bucket_of(part, 3) == b"".join(each[8:11] for each in crowd[:width])
    assert (bucket_of(part, 2), bucket_of(part, 4), bucket_of(part, 400)) == (b"", b"", b"abc")
    assert part.size == 512 * (3 * width + 4) + 2 * 100


@given(
    st.lists(st.lists(st.integers(0, (1 << 24) - 1), min_size=1, max_size=60), max_size=8),
    st.sampled_from([300, 5_000, 100_000]),
    st.sampled_from([1, 1 << 9, 1 << 18]),
    st.integers(0, (1 << 24) - 1),
)
def test_each_id_is_in_the_bucket_that_its_first_bits_name_however_many_come_at_once(
    runs: list[list[int]], expected: int, shrunk: int, near: int
) -> None:
    """Runs in one bucket, in a few next to each other, and all over the part."""
    part, number = Part(expected), 0
    found: dict[int, bytes] = {}
    for run in runs:
        ids = []
        for place in sorted((near + place // shrunk) % (1 << 24) for place in run):
            number += 1
            ids.append(id_of(place, bytes([1 + number // 250, 1 + number % 250, 7])))
            bucket = place >> part.shift
            found[bucket] = found.get(bucket, b"") + ids[-1][8:11]
        filled(part, ids)
    assert part.count == number
    if all(len(each) <= part.width for each in found.values()):
        assert part.more == set()
        for bucket in range(len(part.prints) // part.width):
            assert bucket_of(part, bucket) == found.get(bucket, b"")


@pytest.mark.parametrize("place", [8, 9, 10])
def test_a_stranger_in_whom_one_kept_byte_differs_is_surely_not_there(place: int) -> None:
    sieve = Sieve(0)
    known = id_of(5)
    sieve.add(known)
    stranger = known[:place] + b"!" + known[place + 1 :]
    assert sieve.is_perhaps_in(known)
    assert not sieve.is_perhaps_in(stranger)


def test_an_id_whose_bucket_was_full_is_there_and_others_of_its_bucket_are_not() -> None:
    sieve = Sieve(0)
    ids = [id_of(n, bytes([65, 65, 65 + n])) for n in range(40)]
    sieve.add(b"".join(ids))
    assert all(sieve.is_perhaps_in(each) for each in ids)
    assert not sieve.is_perhaps_in(id_of(3, b"xyz"))


def test_a_sieve_has_room_for_what_is_expected_in_256_parts() -> None:
    assert Sieve(256 * 800).size == 256 * Part(800).size


def test_ids_of_several_first_bytes_are_each_put_where_they_belong() -> None:
    """Whatever their second bytes, and wherever in the run the first byte changes."""
    for firsts in ((5, 7), (5, 5, 7), (5, 7, 7), (5, 7, 9), (5,), (5, 5)):
        ids = [id_of((7 << 16) + n, bytes([65, 65, 65 + n]), first=first) for n, first in enumerate(firsts)]
        sieve = Sieve(0)
        sieve.add(b"".join(ids))
        assert all(sieve.is_perhaps_in(each) for each in ids), firsts
    sieve = Sieve(0)
    sieve.add(b"")
    assert sieve.size == Sieve(0).size


@pytest.mark.parametrize(("bits", "lists"), [(0, 1), (3, 8), (8, 256), (9, 256), (20, 256)])
def test_ids_with_the_same_first_bits_come_in_one_list_and_each_first_byte_in_one(bits: int, lists: int) -> None:
    sets = [{id_of(n, first=first) for n in (3, 1, 2)} for first in range(PARTS)]
    found = list(parted(sets, bits))
    assert len(found) == lists
    assert [each for some in found for each in some] == sorted(set().union(*sets))
