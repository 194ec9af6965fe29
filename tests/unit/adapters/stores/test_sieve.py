"""A sieve says "surely not here" of nothing that is here, and seldom "perhaps" of anything else."""

from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.adapters.stores.ids import id_hash
from opportune.adapters.stores.records import bits_for, cut
from opportune.adapters.stores.sieve import Sieve


def sieve_of(ids: set[str]) -> Sieve:
    sieve = Sieve(bits_for(len(ids)))
    for page, records in cut(sorted(map(id_hash, ids)), bits_for(len(ids))):
        sieve.add(page, records)
    sieve.close()
    return sieve


@given(st.sets(st.text(), min_size=1, max_size=300))
@settings(deadline=None)
def test_a_sieve_never_denies_what_is_in_it(ids: set[str]) -> None:
    sieve = sieve_of(ids)
    assert all(sieve.is_perhaps_in(id_hash(each)) for each in ids)
    assert sieve.size <= 2.2 * len(ids) + 12


def test_a_sieve_lets_few_strangers_through() -> None:
    """Two bytes among at most 64 of a page, at twice as many places: at most one in 512; twice that is allowed."""
    sieve = sieve_of({f"in{n}" for n in range(8_191)})
    assert sum(sieve.is_perhaps_in(id_hash(f"out{n}")) for n in range(20_000)) < 2 * 20_000 / 512
