"""Entries go where they belong, and what is folded away still counts."""

import msgspec
import pytest

from opportune.features.chosen import Chosen
from opportune.features.keep import Keep
from opportune.features.profile import Series
from opportune.features.series import (
    MOST_NUMBER,
    add_entry,
    add_instant,
    add_to_total,
    add_value,
    amount_of,
    count_upto,
    count_within,
    empty,
    is_kept,
    newest_within,
    total_upto,
    total_within,
)
from opportune.features.settling import settle
from opportune.units import ONE, Scalar

INSTANTS = Keep("k", Chosen(), None, "instants")
NUMBERS = Keep("k", Chosen(), None, "numbers")


def instants(*ats: int) -> Series:
    series = empty()
    for at in ats:
        add_instant(series, at)
    return series


def test_instants_are_kept_in_order_however_they_come() -> None:
    assert instants(5, 1, 3, 3, 9, 2).ats == [1, 2, 3, 3, 5, 9]


def test_a_window_is_open_at_its_old_end_and_closed_at_its_new_one() -> None:
    series = instants(1, 2, 3, 4)
    assert count_within(series, 1, 3) == 2
    assert count_within(series, 3, 3) == 0
    assert count_within(series, 4, 1) == 0
    assert count_within(None, 0, 9) == 0


def test_settled_entries_count_for_ever_and_in_no_window() -> None:
    series = instants(1, 2, 3, 4)
    settle(series, INSTANTS, 3)
    assert (series.ats, series.count) == ([3, 4], 2)
    assert count_upto(series, 3) == 3
    assert count_upto(None, 3) == 0


def test_of_what_no_window_reads_the_newest_entry_stays() -> None:
    series = instants(1, 2, 3, 4)
    settle(series, INSTANTS, 2)
    assert (series.ats, series.count) == ([2, 3, 4], 1)
    settle(series, INSTANTS, 2)
    assert (series.ats, series.count) == ([2, 3, 4], 1)
    settle(series, INSTANTS, 0)
    assert (series.ats, series.count) == ([2, 3, 4], 1)


def test_a_settled_sum_is_the_same_sum() -> None:
    series = empty()
    for at, number in ((3, 300), (1, 100), (2, -50)):
        add_entry(series, at, number)
    assert series.values == [100, -50, 300]
    assert total_upto(series, 2) == (2, 50)
    settle(series, NUMBERS, 3)
    assert total_upto(series, 9) == (3, 350)
    assert total_within(series, 2, 9) == (1, 300)
    assert total_within(series, 9, 2) == total_within(None, 0, 1) == total_upto(None, 1) == (0, 0)


@pytest.mark.parametrize("sign", [1, -1])
def test_a_total_beyond_64_bits_is_exact_and_can_be_written(sign: int) -> None:
    series = empty()
    for _ in range(100):
        add_to_total(series, sign * MOST_NUMBER * ONE)
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(series), type=Series)
    assert total_upto(again, 0) == (0, sign * 100 * MOST_NUMBER * ONE)


def test_among_equal_instants_the_greater_seq_is_the_newer() -> None:
    series = empty()
    for at, seq, value in ((5, 2, "b"), (5, 1, "a"), (5, 3, "c"), (4, 9, "z")):
        add_value(series, at, seq, value)
    assert (series.ats, series.seqs, series.values) == ([4, 5, 5, 5], [9, 1, 2, 3], ["z", "a", "b", "c"])
    assert newest_within(series, None, 5) == 3
    assert newest_within(series, 4, 5) == 3
    assert newest_within(series, 5, 6) is None
    assert newest_within(series, None, 3) is None
    assert newest_within(None, None, 3) is None


@pytest.mark.parametrize(
    ("value", "amount"),
    [(1, 1_000_000), (0.1, 100_000), (-2.5, -2_500_000), (10**12, 10**18), (10**12 + 1, None), (True, None),
     ("1", None), (None, None), (float("nan"), None), (float("inf"), None), (0.0000005, 0), (0.0000015, 2)],
)  # fmt: skip
def test_a_number_is_taken_in_whole_millionths(value: Scalar, amount: int | None) -> None:
    assert amount_of(value) == amount


@pytest.mark.parametrize(
    ("value", "kept"),
    [(None, False), ("", True), ("x" * 1_024, True), ("x" * 1_025, False), (False, True), (2**63 - 1, True),
     (2**63, False), (-(2**63), True), (1.5, True)],
)  # fmt: skip
def test_a_value_is_kept_if_it_can_be_written(value: Scalar, kept: bool) -> None:
    assert is_kept(value) is kept
