"""Quantiles and histogram of delays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.units import DAY, HOUR, MINUTE, SECOND
from opportune.wiring.heatmap.delays import LATER, QUANTILES, delays_of, in_words, step_of


@given(st.lists(st.integers(0, 900 * DAY), min_size=1, max_size=60))
def test_a_quantile_is_that_of_the_sorted_delays_rounded_down(delays: list[int]) -> None:
    counts: dict[int, int] = {}
    for delay in delays:
        counts[step_of(delay)] = counts.get(step_of(delay), 0) + 1
    found, ordered = delays_of(counts), sorted(delays)
    for percent in QUANTILES:
        exact = ordered[-(-percent * len(ordered) // 100) - 1]
        assert found.quantiles[percent] == step_of(exact)
    assert found.opens == len(delays) == sum(found.histogram.values())


@given(st.integers(0, 366 * DAY))
def test_a_step_is_near_below_its_delay(delay: int) -> None:
    assert 0 <= delay - step_of(delay) < (SECOND if delay < HOUR else MINUTE if delay < 7 * DAY else HOUR)


def test_each_delay_lies_in_its_column() -> None:
    counts = {59 * SECOND: 1, MINUTE: 2, 8 * HOUR: 3, 7 * DAY: 4}
    found = delays_of(counts).histogram
    assert {name: count for name, count in found.items() if count} == {
        "under 1 min": 1, "1–5 min": 2, "8–16 h": 3, LATER: 4,
    }  # fmt: skip


def test_of_no_opens_there_are_no_quantiles() -> None:
    assert delays_of({}).quantiles == {}


@pytest.mark.parametrize(
    ("delay", "said"),
    [(42 * SECOND, "42 s"), (5 * MINUTE, "5 min"), (80 * MINUTE, "1 h 20 min"), (2 * HOUR, "2 h"), (15 * HOUR, "15 h"),
     (DAY, "1 day"), (60 * HOUR, "2.5 days")],
)  # fmt: skip
def test_a_delay_is_said_as_people_say_it(delay: int, said: str) -> None:
    assert in_words(delay) == said
