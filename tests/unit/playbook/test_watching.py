"""When there are too many complaints: exact, against published intervals and against counting by hand."""

from fractions import Fraction
from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.playbook.watching import DOUBT, Watching, chance_of_as_many, exceeds, fewest, lower_end
from opportune.units import DAY, ONE

counted = st.integers(1, 400).flatmap(lambda sends: st.tuples(st.integers(0, sends), st.just(sends)))
limits = st.integers(0, ONE - 1)


@pytest.mark.parametrize(
    ("count", "sends", "published"), [(81, 263, 0.2527), (15, 148, 0.0578), (0, 20, 0.0), (1, 29, 0.0009)]
)
def test_lower_ends_are_those_that_newcombe_published(count: int, sends: int, published: float) -> None:
    """Newcombe (1998), Statistics in Medicine 17, table I, method 5: Clopper-Pearson, 95 % two-sided, four digits."""
    assert lower_end(count, sends, 0.025) == pytest.approx(published, abs=0.00005)


@given(counted, st.integers(0, 1_000))
def test_the_chance_is_the_sum_of_all_ways(case: tuple[int, int], thousandths: int) -> None:
    count, sends = case
    rate = Fraction(thousandths, 1_000)
    exact = sum(comb(sends, each) * rate**each * (1 - rate) ** (sends - each) for each in range(count, sends + 1))
    assert chance_of_as_many(count, sends, thousandths / 1_000) == pytest.approx(float(exact), rel=1e-9, abs=1e-15)


@given(counted, limits)
def test_too_many_are_those_whose_lower_end_is_above_the_limit(case: tuple[int, int], limit: int) -> None:
    count, sends = case
    end = lower_end(count, sends)
    if abs(end - limit / ONE) > 1e-9:
        assert exceeds(count, sends, limit) is (end > limit / ONE)


@given(counted, limits)
def test_more_complaints_are_never_better_and_more_sends_never_worse(case: tuple[int, int], limit: int) -> None:
    count, sends = case
    if exceeds(count, sends, limit):
        assert exceeds(min(count + 1, sends + 1), sends + 1, limit)
        assert count == sends or exceeds(count + 1, sends, limit)
    elif count:
        assert not exceeds(count - 1, sends, limit)
        assert not exceeds(count, sends + 1, limit)


@given(st.integers(1, 100_000), limits)
def test_the_fewest_that_are_too_many_are_one_more_than_enough(sends: int, limit: int) -> None:
    count = fewest(sends, limit)
    assert not exceeds(count - 1, sends, limit)
    assert count == sends + 1 or exceeds(count, sends, limit)


def test_ten_million_sends_are_as_exact_as_the_normal_distribution_is_near() -> None:
    """At n = 10,000,000 and 0.3 %: mean 30,000, deviation 172.9; 3.0902 deviations are 99.9 %, a half more or less."""
    assert fewest(10_000_000, 3_000) == pytest.approx(30_000 + 3.0902 * 172.95, abs=4)


def test_one_complaint_of_ten_sends_never_pauses() -> None:
    usual = Watching()
    assert not any(
        usual.is_too_much(what, count, 10) for what in ("complaints", "unsubscribes") for count in (1, 5, 10)
    )
    assert usual.is_too_much("complaints", 7, 500) and not usual.is_too_much("complaints", 6, 500)
    assert usual.is_too_much("unsubscribes", 22, 500) and not usual.is_too_much("unsubscribes", 21, 500)


def test_what_is_off_pauses_nothing_and_more_than_all_are_all() -> None:
    assert not Watching(is_on=False).is_too_much("complaints", 500, 500)
    assert Watching().is_too_much("complaints", 501, 500)


def test_a_limit_of_nothing_is_passed_by_the_first_complaint() -> None:
    assert Watching(complaints=0, at_least=1, within=DAY).is_too_much("complaints", 1, 1)
    assert not Watching(complaints=0, at_least=1).is_too_much("complaints", 0, 1)
    assert DOUBT == 0.001
