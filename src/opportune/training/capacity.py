"""Hours with room for so many: who goes in which, when everybody's wishes and lots are known at once.

Deferred acceptance (Gale and Shapley, 1962): everybody asks for the hour they like best of those that have not turned
them down; an hour that is asked by more than it has room for keeps those with the smallest lots. What comes out does
not depend on who asks first, and is said by one number for each hour: the share of lots that it lets in. Whoever takes
the best hour that lets their lot in, for themselves and at any time later, does what was planned.
"""

from typing import Final

import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from opportune.units import ONE

NOWHERE: Final = -1
"""In place of an hour, of a user whom no hour has room for, or to whom none is good."""
_BLOCK: Final = 1 << 16
"""Users that are looked at together, so that memory does not grow with their number."""


class Placement(Struct, frozen=True, eq=False):
    """Who goes when."""

    shares: NDArray[np.int64]
    """shape (hours,), 0 to 1_000_000: an hour lets in whose lot is below; 1_000_000 where there was room for all."""
    hours: NDArray[np.int64]
    """shape (users,): the place of each user's hour, or ``NOWHERE``."""
    rounds: int
    """How often somebody had to ask again."""


def placed(values: NDArray[np.float64], lots: NDArray[np.int64], room: NDArray[np.int64]) -> Placement:
    """The best hour for everybody that no hour's room forbids; in no hour are more than it has room for.

    values : shape (users, hours); what each hour is worth for each user, -inf or NaN where it cannot be. Of equal
             worths the earlier place is liked better.
    lots   : shape (users, hours), or (users, 1) where one lot serves for all hours; 0 to 999_999. Those of one lot are
             let in together or not at all.
    room   : shape (hours,), >= 0
    raises : ValueError where the shapes do not fit
    """
    users, hours = values.shape
    if lots.shape not in ((users, hours), (users, 1)) or room.shape != (hours,):
        raise ValueError(f"lots and room must fit values of shape {values.shape}, not {lots.shape} and {room.shape}")
    shares = np.where(room > 0, ONE, 0).astype(np.int64)
    found = np.full(users, NOWHERE, dtype=np.int64)
    held = np.zeros(hours, dtype=np.int64)
    asking, rounds = np.arange(users), 0
    while asking.size:
        found[asking] = _liked(values, lots, shares, asking)
        held += _counted(found[asking], hours)
        turned_down = []
        for hour in np.flatnonzero(held > room):
            there = np.flatnonzero(found == hour)
            drawn = lots[there, hour % lots.shape[1]]
            shares[hour] = np.partition(drawn, room[hour])[room[hour]]
            turned_down.append(there[drawn >= shares[hour]])
            held[hour] -= turned_down[-1].size
        asking, rounds = np.concatenate(turned_down or [np.arange(0)]), rounds + 1
    return Placement(shares, found, rounds)


def chosen(values: NDArray[np.float64], lots: NDArray[np.int64], shares: NDArray[np.int64]) -> NDArray[np.int64]:
    """The hour that each user takes on their own: the best of those that let them in, or ``NOWHERE``.

    values, lots : as of ``placed``
    shares       : shape (hours,), 0 to 1_000_000
    """
    return _liked(values, lots, shares, np.arange(len(values)))


def _liked(
    values: NDArray[np.float64], lots: NDArray[np.int64], shares: NDArray[np.int64], asking: NDArray[np.int64]
) -> NDArray[np.int64]:
    found = np.empty(asking.size, dtype=np.int64)
    for start in range(0, asking.size, _BLOCK):
        rows = asking[start : start + _BLOCK]
        wishes = values[rows]
        wishes[~((lots[rows] < shares) & (wishes > -np.inf))] = -np.inf
        best = wishes.argmax(axis=1)
        is_none = np.take_along_axis(wishes, best[:, None], axis=1)[:, 0] == -np.inf
        found[start : start + _BLOCK] = np.where(is_none, NOWHERE, best)
    return found


def _counted(found: NDArray[np.int64], hours: int) -> NDArray[np.int64]:
    return np.bincount(found[found != NOWHERE], minlength=hours).astype(np.int64)
