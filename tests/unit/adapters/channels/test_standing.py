"""A target that fails is left alone, longer each time, and given up in the end."""

from hypothesis import given
from hypothesis import strategies as st

from opportune.adapters.channels.standing import (
    FEWEST_FAILURES,
    GIVEN_UP_AFTER,
    LONGEST,
    LONGEST_ASKED,
    PATIENCE,
    Standing,
    after_failure,
    after_success,
    is_resting,
)
from opportune.units import DAY, HOUR, SECOND

NOW = 1_790_000_000_000


def failing(times: int, *, every: int = 0, name: str = "a.example") -> Standing:
    standing = Standing()
    for count in range(times):
        standing = after_failure(standing, name, NOW + count * every)
    return standing


def test_failures_of_single_messages_cost_no_pause() -> None:
    assert not is_resting(failing(PATIENCE - 1), NOW)
    assert is_resting(failing(PATIENCE), NOW)


@given(st.integers(PATIENCE, 200), st.sampled_from(["a.example", "b.example"]))
def test_pauses_double_up_to_a_bound_and_a_drawn_half_may_be_left_out(failures: int, name: str) -> None:
    standing = failing(failures, name=name)
    assert standing.until is not None
    full = min(SECOND * 2 ** (failures - PATIENCE), LONGEST)
    assert full / 2 <= standing.until - NOW <= full
    assert not is_resting(standing, standing.until)


def test_two_engines_that_lost_the_target_at_different_instants_come_back_at_different_ones() -> None:
    pauses = set()
    for began in range(20):
        standing = Standing(failures=8, since=NOW - began)
        pauses.add(after_failure(standing, "a.example", NOW).until)
    assert len(pauses) > 15


def test_a_target_may_ask_for_a_longer_pause_within_a_bound() -> None:
    assert after_failure(Standing(), "a", NOW, 90 * SECOND).until == NOW + 90 * SECOND
    assert after_failure(Standing(), "a", NOW, 100 * DAY).until == NOW + LONGEST_ASKED
    assert after_failure(Standing(), "a", NOW, 0).until is None


def test_one_answer_makes_up_for_everything() -> None:
    assert after_success(failing(50, every=HOUR)) == Standing()


def test_a_target_that_fails_for_three_days_is_given_up() -> None:
    assert failing(60, every=HOUR).disabled == ""
    assert failing(74, every=HOUR).disabled == "target_failing"


def test_few_failures_far_apart_are_no_reason_to_give_up() -> None:
    assert failing(FEWEST_FAILURES - 1, every=GIVEN_UP_AFTER).disabled == ""
    assert failing(FEWEST_FAILURES, every=GIVEN_UP_AFTER).disabled == "target_failing"
