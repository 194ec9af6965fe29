"""Sessions at their edges: which of many are forgotten, and which of two are one."""

import pytest

from opportune.features.profile import Session
from opportune.features.sessions import forget_sessions, merge_sessions, oldest_needed, touch
from opportune.units import Instant

IDLE = 30


@pytest.mark.parametrize(
    ("horizon", "left"),
    [(29, 5), (30, 4), (129, 4), (130, 3), (229, 3), (230, 2), (239, 2), (240, 1), (10_000, 1)],
)
def test_those_whose_end_and_idle_lie_up_to_the_horizon_are_forgotten(horizon: Instant, left: int) -> None:
    sessions = [Session(0, 0), Session(100, 100), Session(200, 200), Session(205, 210), Session(300, 400)]
    kept = sessions[-left:]
    forget_sessions(sessions, horizon, IDLE)
    assert sessions == kept


@pytest.mark.parametrize(("start", "sessions"), [(79, [Session(0, 90)]), (80, [Session(0, 50), Session(80, 90)])])
def test_sessions_of_two_users_join_if_they_are_less_than_idle_apart(start: Instant, sessions: list[Session]) -> None:
    assert merge_sessions([Session(0, 50)], [Session(start, 90)], IDLE) == sessions
    assert merge_sessions([Session(start, 90)], [Session(0, 50)], IDLE) == sessions


def test_a_session_inside_another_ends_it_no_sooner() -> None:
    first, second = [Session(0, 50)], [Session(10, 20), Session(60, 70)]
    merged = merge_sessions(first, second, IDLE)
    assert merged == [Session(0, 70)]
    merged[0].end = 99
    assert (first, second) == ([Session(0, 50)], [Session(10, 20), Session(60, 70)])


def test_a_late_event_joins_its_own_session_and_leaves_the_rest() -> None:
    sessions = [Session(0, 50), Session(100, 110), Session(200, 200)]
    touch(sessions, 120, IDLE)
    assert sessions == [Session(0, 50), Session(100, 120), Session(200, 200)]
    touch(sessions, 105, IDLE)
    assert sessions == [Session(0, 50), Session(100, 120), Session(200, 200)]
    touch(sessions, 160, IDLE)
    assert sessions == [Session(0, 50), Session(100, 120), Session(160, 160), Session(200, 200)]


def test_the_first_session_that_reaches_past_the_horizon_says_what_is_needed() -> None:
    sessions = [Session(0, 20), Session(100, 120), Session(200, 220)]
    assert [oldest_needed(sessions, horizon, IDLE) for horizon in (49, 50, 149, 150, 999)] == [0, 50, 100, 150, 999]
