"""Ticks are round, labels stand beside each other."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.console.axes import axis, brief, counted, fitting
from opportune.console.lettering import width_of


@given(st.integers(0, 10**9), st.integers(2, 6))
def test_an_axis_of_counts_holds_the_most_in_whole_round_steps(most: int, parts: int) -> None:
    found = axis(0, most, parts=parts)
    steps = {later - earlier for earlier, later in pairwise(found.ticks)}
    (step,) = steps
    assert found.low == 0 and found.high >= max(most, 1)
    assert step == int(step) and str(int(step)).rstrip("0") in ("1", "2", "5")
    assert len(found.ticks) <= parts + 2


@given(st.floats(-1, 1), st.floats(-1, 1))
def test_an_axis_of_shares_holds_both_ends_and_nothing(one: float, other: float) -> None:
    low, high = sorted((one, other))
    found = axis(low, high, whole=False)
    assert found.low <= min(low, 0) + 1e-6 and found.high >= max(high, 0) - 1e-6
    assert 0 <= found.share(low) <= found.share(high) <= 1
    assert len(found.ticks) <= 7


@pytest.mark.parametrize(
    ("value", "said"),
    [(0, "0"), (9_999, "9,999"), (10_000, "10k"), (62_499, "62k"), (999_499, "999k"), (999_500, "1M"),
     (1_240_000, "1.2M"), (3_000_000_000, "3G")],
)  # fmt: skip
def test_a_large_number_is_said_in_brief(value: int, said: str) -> None:
    assert brief(value) == said


def test_a_count_has_its_commas() -> None:
    assert counted(6_220) == "6,220"


@given(st.integers(1, 200), st.floats(20, 900), st.text(min_size=1, max_size=12))
def test_labels_never_overlap_nor_leave_the_axis(count: int, wide: float, said: str) -> None:
    places = [(place + 0.5) * wide / count for place in range(count)]
    ladder = [[(place, said) for place in range(0, count, step)] for step in (1, 7)]
    laid = [
        (x - width_of(each, 11) / 2, x + width_of(each, 11) / 2)
        for x, each in fitting(ladder, places, 0, wide, size=11)
    ]
    assert all(end < start for (_, end), (start, _) in pairwise(laid))
    assert all(start >= -0.2 and end <= wide + 0.2 for start, end in laid)
