"""Stretches of activity, however their events come."""

from itertools import permutations

from opportune.features.fold import new_profile
from opportune.features.profile import Profile, Session
from opportune.features.sessions import (
    forget_sessions,
    last_active,
    merge_sessions,
    oldest_needed,
    session_at,
    touch,
)

IDLE = 30


def active(*ats: int) -> Profile:
    profile = new_profile()
    for at in ats:
        touch(profile.sessions, at, IDLE)
    return profile


def test_events_less_than_idle_apart_are_one_session() -> None:
    assert active(0, 29, 58).sessions == [Session(0, 58)]


def test_events_idle_apart_are_two() -> None:
    assert active(0, 30).sessions == [Session(0, 0), Session(30, 30)]


def test_a_late_event_joins_two_sessions() -> None:
    profile = active(0, 50)
    assert len(profile.sessions) == 2
    touch(profile.sessions, 25, IDLE)
    assert profile.sessions == [Session(0, 50)]


def test_the_order_of_arrival_does_not_matter() -> None:
    whole = active(0, 20, 60, 100, 129).sessions
    assert all(active(*order).sessions == whole for order in permutations((0, 20, 60, 100, 129)))


def test_a_session_lasts_until_idle_after_its_last_event() -> None:
    profile = active(0, 20, 100)
    assert session_at(profile, -1, IDLE) is None
    assert session_at(profile, 0, IDLE) == Session(0, 20)
    assert session_at(profile, 49, IDLE) == Session(0, 20)
    assert session_at(profile, 50, IDLE) is None
    assert session_at(profile, 100, IDLE) == Session(100, 100)
    assert session_at(new_profile(), 0, IDLE) is None


def test_the_newest_activity_is_the_end_of_the_newest_session() -> None:
    assert last_active(active(7, 3)) == 7
    assert last_active(new_profile()) is None


def test_the_newest_session_is_never_forgotten() -> None:
    profile = active(0, 100, 200)
    forget_sessions(profile.sessions, 130, IDLE)
    assert profile.sessions == [Session(200, 200)]
    forget_sessions(profile.sessions, 10_000, IDLE)
    assert profile.sessions == [Session(200, 200)]
    none: list[Session] = []
    forget_sessions(none, 10_000, IDLE)
    assert none == []


def test_a_session_that_reaches_past_the_horizon_is_needed_from_its_start() -> None:
    sessions = active(0, 20, 100).sessions
    assert oldest_needed(sessions, 49, IDLE) == 0
    assert oldest_needed(sessions, 50, IDLE) == 50
    assert oldest_needed([], 50, IDLE) == 50


def test_sessions_of_two_users_that_are_one_join() -> None:
    assert merge_sessions(active(0, 50).sessions, active(25, 200).sessions, IDLE) == [Session(0, 50), Session(200, 200)]
    assert merge_sessions([], [], IDLE) == []
