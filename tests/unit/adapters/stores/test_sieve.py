"""A sieve says "surely not here" of nothing that is here, and seldom "perhaps" of anything else."""

from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.adapters.stores.codec import id_hash
from opportune.adapters.stores.records import bits_for, cut
from opportune.adapters.stores.sieve import Sieve


def pages(ids: set[str]) -> list[bytes]:
    return [records for _, records in cut(sorted(map(id_hash, ids)), bits_for(len(ids)))]


def sieve_of(ids: set[str], expected: int) -> Sieve:
    sieve = Sieve(expected)
    for records in pages(ids):
        sieve.add(records)
    return sieve


@given(st.sets(st.text(), min_size=1, max_size=300), st.sampled_from([0, 300, 100_000]))
@settings(deadline=None)
def test_a_sieve_never_denies_what_is_in_it_however_many_were_expected(ids: set[str], expected: int) -> None:
    sieve = sieve_of(ids, expected)
    assert all(sieve.is_perhaps_in(id_hash(each)) for each in ids)


def test_a_sieve_lets_few_strangers_through() -> None:
    """Three bytes among at most some 290 of a bucket, at thrice as many places: one in 19,000; four are allowed."""
    sieve = sieve_of({f"in{n}" for n in range(100_000)}, 100_000)
    assert sieve.size < 5 * 100_000
    assert sum(sieve.is_perhaps_in(id_hash(f"out{n}")) for n in range(20_000)) <= 4


def test_a_part_made_anew_holds_what_came_before_and_meanwhile() -> None:
    """The first byte's ids are given again, others come while it is made; no other part changes."""
    old, meanwhile = {f"old{n}" for n in range(30_000)}, {f"new{n}" for n in range(3_000)}
    sieve = sieve_of(old, 0)
    assert len(sieve.full) == 256
    first = 77
    part = sieve.begin(first, 30_000 // 256)
    for records in pages({each for each in old if id_hash(each)[0] == first}):
        part.add(records)
    for records in pages(meanwhile):
        sieve.add(records)
    sieve.end(first)
    assert first not in sieve.full
    assert all(sieve.is_perhaps_in(id_hash(each)) for each in old | meanwhile)
