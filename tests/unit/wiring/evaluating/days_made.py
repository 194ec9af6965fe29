"""Small pasts for tests: users with hours of their own, and the definitions written once more, the slow way."""

from itertools import pairwise
from math import log, log2

import numpy as np

from opportune.training.histories import Histories, histories_of

MONDAY = 4 * 24
"""The first hour of the first Monday of 1970, the 5th of January."""


def past(*users: list[int]) -> Histories:
    """Check-ins of users in hours since that Monday began."""
    pairs = [(user, MONDAY + hour) for user, hours in enumerate(users) for hour in hours]
    columns = np.array(pairs, np.int64).reshape(-1, 2).T
    return histories_of(tuple(f"u{user}" for user in range(len(users))), (columns[0], columns[1]))


def crowd(users: int = 60, days: int = 60, *, seed: int = 5, own: float = 0.7) -> Histories:
    """Each user is active once a day: in an hour of their own with chance ``own``, else at any hour from 8 to 22."""
    dice = np.random.default_rng(seed)
    home = dice.integers(8, 22, users)
    any_hour = dice.integers(8, 22, (users, days))
    hour = np.where(dice.random((users, days)) < own, home[:, None], any_hour)
    user = np.repeat(np.arange(users), days)
    hours = MONDAY + (np.arange(days)[None, :] * 24 + hour).ravel()
    return histories_of(tuple(f"u{each}" for each in range(users)), (user, hours))


def ndcg_by_hand(chances: list[float], active: set[int]) -> float:
    """By definition, hour after hour."""
    order = sorted(range(24), key=lambda hour: (-chances[hour], hour))
    found = sum(1 / log2(place + 1) for place, hour in enumerate(order, 1) if hour in active)
    return found / sum(1 / log2(place + 1) for place in range(1, len(active) + 1))


def log_loss_by_hand(chances: list[float], active: set[int]) -> float:
    """By definition, hour after hour."""
    return sum(-log(max(chances[hour] / sum(chances), 1e-6)) for hour in active) / len(active)


def rising(values: list[float]) -> bool:
    """Whether no value is below the one before."""
    return all(first <= second for first, second in pairwise(values))
