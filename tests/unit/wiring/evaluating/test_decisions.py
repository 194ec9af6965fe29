"""What is asked and what is known of it; the only cut is one in time."""

import inspect

import numpy as np
import pytest

from opportune.errors import Unavailable
from opportune.training.histories import histories_of
from opportune.wiring.evaluating import decisions
from opportune.wiring.evaluating.decisions import cut, decisions_of
from tests.unit.wiring.evaluating.days_made import MONDAY, crowd, past


def test_a_decision_is_a_day_on_which_a_user_who_was_seen_on_an_earlier_day_was_active() -> None:
    asked = decisions_of(past([9, 10, 24 + 9, 72 + 17, 72 + 20], [48 + 3], [24 + 1, 48 + 2]), 0)
    assert asked.user.tolist() == [0, 0, 2]
    assert (asked.day - MONDAY // 24).tolist() == [1, 3, 2]
    assert asked.weekday.tolist() == [1, 3, 2]
    assert asked.before.tolist() == [2, 3, 1]
    assert [np.flatnonzero(row).tolist() for row in asked.active] == [[9], [17, 20], [2]]


def test_everything_to_learn_from_lies_before_everything_that_is_asked() -> None:
    histories = crowd(20, 30)
    for share in (0.3, 0.5, 0.7, 0.9):
        parts = cut(histories, share)
        assert parts.before.hour.max() < parts.day * 24 <= parts.after.day.min() * 24
        assert len(parts.before.hour) / len(histories.hour) == pytest.approx(share, abs=0.05)


def test_there_is_no_way_to_cut_but_by_time() -> None:
    """So hours of one user cannot be told apart by chance, some to learn from and some to be asked of."""
    assert list(inspect.signature(cut).parameters) == ["histories", "share", "hours"]
    source = inspect.getsource(decisions)
    assert "shuffle" not in source
    assert source.count("permutation") == 1  # whose users are asked, where there are too many


def test_several_events_in_an_hour_are_one_check_in_before_anything_is_cut() -> None:
    histories = histories_of(("a",), (np.zeros(6, np.int64), np.array([100, 100, 100, 130, 130, 160])))
    assert histories.hour.tolist() == [100, 130, 160]


def test_the_cut_may_be_placed_by_all_events() -> None:
    histories = crowd(20, 30)
    early = np.full(10_000, histories.hour.min())
    assert cut(histories, 0.7, np.concatenate([early, histories.hour])).day < cut(histories, 0.7).day


def test_what_is_known_at_the_cut_is_less_and_may_be_nothing() -> None:
    histories = past([9, 33, 57, 81], [57, 81])
    asked = decisions_of(histories, MONDAY // 24 + 2)
    assert asked.before.tolist() == [2, 3, 1]
    frozen = asked.known_before(MONDAY // 24 + 2)
    assert frozen.before.tolist() == [2, 2, 0]
    assert frozen.until.tolist() == [MONDAY + 48] * 3


def test_known_check_ins_are_counted_by_kind() -> None:
    asked = decisions_of(past([9, 10, 24 + 9, 72 + 17], [5, 24 + 6]), 0)
    counts = asked.tallied(24, asked.histories.hour % 24)
    assert [{hour: int(row[hour]) for hour in np.flatnonzero(row)} for row in counts] == [
        {9: 1, 10: 1},
        {9: 2, 10: 1},
        {5: 1},
    ]


def test_of_too_many_decisions_those_of_some_users_are_asked_and_all_of_theirs() -> None:
    asked = cut(crowd(40, 30), 0.5).after
    some = asked.of_some_users(100, seed=1)
    assert 0 < len(some) <= 100
    whole = {user: int((asked.user == user).sum()) for user in np.unique(some.user)}
    assert whole == {user: int((some.user == user).sum()) for user in np.unique(some.user)}
    assert asked.of_some_users(100_000, seed=1) is asked


def test_without_anything_before_or_after_the_cut_it_is_said_which_is_missing() -> None:
    with pytest.raises(Unavailable, match=r"nothing is left after a cut at 99% of the events; bring a longer past"):
        cut(past([9, 33], [10]), 0.99)


def test_when_all_went_out_at_one_hour_nothing_is_said_about_others() -> None:
    nobody = np.zeros(0, np.int64)
    users, hours = np.arange(30), MONDAY + 10 + 24 * np.arange(30)
    histories = histories_of(("a",), (nobody, nobody), (users, hours, users * 0, users % 2 - 1))
    with pytest.raises(Unavailable, match="all messages went out at 10:00: nothing can be said about other hours"):
        cut(histories, 0.7)
    spread = histories_of(("a",), (nobody, nobody), (users, hours + users, users * 0, users % 2 - 1))
    with pytest.raises(Unavailable, match="there are messages and opens only, and users open what was just sent"):
        cut(spread, 0.7)
