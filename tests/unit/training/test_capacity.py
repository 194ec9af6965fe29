"""Everybody in the best hour that room forbids to nobody, and one share for each hour that says so."""

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.typing import NDArray

from opportune.training.capacity import NOWHERE, Placement, chosen, placed
from opportune.units import ONE


@st.composite
def crowds(draw: st.DrawFn) -> tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]]:
    """Wishes with ties and impossible hours, lots with ties, and room for some."""
    users, hours = draw(st.integers(1, 12)), draw(st.integers(1, 5))
    worths = st.sampled_from([0.0, 0.25, 0.5, 1.0, -1.0, -np.inf, np.nan])
    values = draw(arrays(np.float64, (users, hours), elements=worths))
    lots = draw(arrays(np.int64, (users, draw(st.sampled_from([1, hours]))), elements=st.integers(0, 9)))
    room = draw(arrays(np.int64, (hours,), elements=st.integers(0, 6)))
    return values, lots, room


def lot(lots: NDArray[np.int64], user: int, hour: int) -> int:
    return int(lots[user, hour if lots.shape[1] > 1 else 0])


def wishes(values: NDArray[np.float64], user: int) -> list[int]:
    """The hours that can be, the best first, of equals the earlier."""
    can_be = [hour for hour in range(values.shape[1]) if values[user, hour] > -np.inf]
    return sorted(can_be, key=lambda hour: (-values[user, hour], hour))


def one_by_one(values: NDArray[np.float64], lots: NDArray[np.int64], room: NDArray[np.int64]) -> list[int]:
    """The same, told slowly: one user asks one hour at a time, and whoever shares the worst lot goes with it."""
    users, hours = values.shape
    left = [wishes(values, user) for user in range(users)]
    there: list[list[int]] = [[] for _ in range(hours)]
    closed = [ONE if room[hour] else 0 for hour in range(hours)]
    asking = list(range(users))
    while asking:
        user = asking.pop()
        if not left[user]:
            continue
        hour = left[user].pop(0)
        if lot(lots, user, hour) >= closed[hour]:
            asking.append(user)
            continue
        there[hour].append(user)
        while len(there[hour]) > room[hour]:
            worst = max(lot(lots, each, hour) for each in there[hour])
            closed[hour] = worst
            asking += [each for each in there[hour] if lot(lots, each, hour) == worst]
            there[hour] = [each for each in there[hour] if lot(lots, each, hour) < worst]
    return [next((hour for hour in range(hours) if user in there[hour]), NOWHERE) for user in range(users)]


def counts(found: Placement) -> NDArray[np.int64]:
    return np.bincount(found.hours[found.hours != NOWHERE], minlength=len(found.shares))


@given(crowds())
def test_no_hour_gets_more_than_it_has_room_for(
    crowd: tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]],
) -> None:
    assert (counts(placed(*crowd)) <= crowd[2]).all()


@given(crowds())
def test_nobody_would_rather_have_an_hour_that_lets_them_in(
    crowd: tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]],
) -> None:
    values, lots, _ = crowd
    found = placed(*crowd)
    for user in range(len(values)):
        open_to = [hour for hour in wishes(values, user) if lot(lots, user, hour) < found.shares[hour]]
        assert found.hours[user] == (open_to[0] if open_to else NOWHERE)


@given(crowds())
def test_everybody_who_goes_by_the_shares_alone_does_what_was_planned(
    crowd: tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]],
) -> None:
    found = placed(*crowd)
    assert chosen(crowd[0], crowd[1], found.shares).tolist() == found.hours.tolist()


@given(crowds())
def test_who_asks_first_does_not_matter(
    crowd: tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]],
) -> None:
    assert placed(*crowd).hours.tolist() == one_by_one(*crowd)


@given(crowds())
def test_an_hour_turns_somebody_down_only_where_one_more_lot_would_be_too_many(
    crowd: tuple[NDArray[np.float64], NDArray[np.int64], NDArray[np.int64]],
) -> None:
    values, lots, room = crowd
    found = placed(*crowd)
    for hour in np.flatnonzero((found.shares < ONE) & (room > 0)):
        would = [
            user
            for user in range(len(values))
            if lot(lots, user, int(hour)) <= found.shares[hour]
            and hour in wishes(values, user)
            and (found.hours[user] in (NOWHERE, hour)
                 or wishes(values, user).index(int(hour)) <= wishes(values, user).index(int(found.hours[user])))
        ]  # fmt: skip
        assert len(would) > room[hour]


@given(st.integers(1, 40), st.integers(1, 6), st.integers(0, 2**32 - 1))
def test_with_room_for_all_and_no_two_lots_alike_everybody_goes_who_can(users: int, hours: int, seed: int) -> None:
    dice = np.random.default_rng(seed)
    values = dice.random((users, hours))
    lots = dice.permutation(users)[:, None].astype(np.int64)
    room = np.full(hours, -(-users // hours), dtype=np.int64)
    assert (placed(values, lots, room).hours != NOWHERE).all()


def test_users_are_looked_at_in_blocks_and_the_answer_is_the_same() -> None:
    dice = np.random.default_rng(8)
    values = np.round(dice.random((200_000, 6)), 3)
    lots = dice.integers(0, ONE, (200_000, 1))
    room = np.array([20_000, 50_000, 0, 10_000, 60_000, 70_000])
    found = placed(values, lots, room)
    order = np.argsort(lots[:, 0], kind="stable")
    left, hours = room.copy(), np.full(200_000, NOWHERE)
    for start, end in _alike(lots[order, 0]):  # with one lot each they choose in its order
        for user in order[start:end]:
            hours[user] = next((hour for hour in wishes(values, user) if left[hour] > 0), NOWHERE)
            left[hours[user]] -= hours[user] != NOWHERE
    assert (counts(found) <= room).all()
    assert (found.hours == hours).mean() > 0.9999  # those who share a lot at the edge of an hour go together


def _alike(lots: NDArray[np.int64]) -> list[tuple[int, int]]:
    edges = [0, *(np.flatnonzero(np.diff(lots)) + 1).tolist(), len(lots)]
    return list(pairwise(edges))


def test_shapes_that_do_not_fit_are_refused() -> None:
    with pytest.raises(ValueError, match=r"must fit values of shape \(2, 3\)"):
        placed(np.zeros((2, 3)), np.zeros((3, 1), dtype=np.int64), np.zeros(3, dtype=np.int64))
