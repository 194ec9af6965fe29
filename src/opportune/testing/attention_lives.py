"""What the users of a simulated world do, hour by hour, and what is sent to them meanwhile.

Everything counts in hours of the user's own clock since a world's first Monday, midnight. Visits to the product are a
Poisson process whose rate follows the user's week. So are looks at what was sent, and at each look a message is opened
with a readiness that falls with its age: opens are an independent thinning of looks, which makes every chance exact.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from opportune.features.attention import LATEST, SLOTS
from opportune.testing.attention_habits import Crowd, Flags, Numbers, Whole

NEVER: Final = -1
"""The delay of what nobody opened."""
_FOLLOW: Final = 0.3
"""Of the opens, the share that leads on to the product."""
_MEANWHILE: Final = 26
"""Hours in which one who moves to another zone neither does nor gets anything."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """When a company writes: at the hours it likes, and more in the evening to those who open more."""

    hours: tuple[float, ...]
    """24 weights of local hours."""
    gaps: tuple[int, ...] = (3, 4)
    """Days from one message to the next, drawn evenly; at least 3, so that only one message waits at a time."""
    favour: float = 2.0
    """How much more weight hours from 18:00 on have for the half of the users that looks more: a log that misleads."""


def _hours(**weights: float) -> tuple[float, ...]:
    return tuple(weights.get(f"at{hour}", weights["others"] if 7 <= hour <= 21 else 0.0) for hour in range(24))


MOSTLY_AT_TEN: Final = Sending(hours=_hours(at8=0.1, at10=0.35, at12=0.1, at18=0.15, at20=0.1, others=0.02))
ONLY_AT_TEN: Final = Sending(hours=_hours(at10=1.0, others=0.0))
EVENLY: Final = Sending(hours=(1.0,) * 24, favour=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Lives:
    """Columns of what happened; each hour is local and counts from the first Monday of the world."""

    visitor: Whole
    visited: Whole
    """Visits to the product: whose, and in which hour; several may fall in one."""
    sent_user: Whole
    sent: Whole
    """Messages, by user and then by hour; each goes out as its hour begins."""
    delay: Whole
    """Whole hours until the user opened it, up to 47; ``NEVER`` if they did not."""
    followed: Whole
    """1 where an open led on to the product in the same hour, else 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """In what the users of a world live."""

    weeks: int
    sending: Sending
    delays: Numbers
    """Shape (48,): the readiness to open by age in whole hours, 0 to 1."""
    away: Whole
    """Shape (users,): the hour in which a user moves; beyond the end for those who never do."""


def lived(crowd: Crowd, looks: Numbers, past: Past, generator: np.random.Generator) -> Lives:
    """What these users do; ``looks`` are their true weeks: shape (users, 168), mean 1."""
    visitor, visited = _visits(crowd.visits, looks, past.weeks, generator)
    sent_user, sent = _sends(crowd.looks, past.weeks, past.sending, generator)
    stays = ~_is_away(sent, past.away[sent_user], LATEST)
    sent, sent_user = sent[stays], sent_user[stays]
    delay = delays_drawn((sent_user, sent), looks * crowd.looks[:, None] / 24, past.delays, generator)
    home = ~_is_away(visited, past.away[visitor], 0)
    leads = (delay != NEVER) & (generator.random(len(delay)) < _FOLLOW) & (crowd.visits[sent_user] > 0)
    return Lives(
        visitor=visitor[home], visited=visited[home], sent_user=sent_user, sent=sent, delay=delay,
        followed=leads.astype(np.int64),
    )  # fmt: skip


def _visits(levels: Numbers, looks: Numbers, weeks: int, generator: np.random.Generator) -> tuple[Whole, Whole]:
    """Counts by user and slot over the whole span, each then put into one of the weeks."""
    counts = generator.poisson(looks * levels[:, None] * (weeks / 24))
    user, slot = np.nonzero(counts)
    many = counts[user, slot]
    user, slot = np.repeat(user, many), np.repeat(slot, many)
    hour = slot + SLOTS * generator.integers(0, weeks, len(slot))
    order = np.lexsort((hour, user))
    return user[order].astype(np.int64), hour[order].astype(np.int64)


def _sends(looks: Numbers, weeks: int, sending: Sending, generator: np.random.Generator) -> tuple[Whole, Whole]:
    users, most = len(looks), weeks * 7 // min(sending.gaps) + 1
    days = np.cumsum(generator.choice(sending.gaps, size=(users, most)), axis=1) - min(sending.gaps)
    weights = np.array([sending.hours] * 2)
    weights[1, 18:] *= sending.favour
    bounds = np.cumsum(weights, axis=1) / weights.sum(axis=1, keepdims=True)
    eager = (looks > np.median(looks)).astype(np.int64)
    dice = generator.random((users, most))
    hours = np.where(eager[:, None] == 1, np.searchsorted(bounds[1], dice), np.searchsorted(bounds[0], dice))
    sent = days * 24 + hours
    user, place = np.nonzero(sent < weeks * SLOTS - LATEST)
    return user.astype(np.int64), sent[user, place].astype(np.int64)


def delays_drawn(sends: tuple[Whole, Whole], rates: Numbers, delays: Numbers, generator: np.random.Generator) -> Whole:
    """After how many whole hours each message is opened: the hour by whose end the sum of hazards passes a draw.

    sends : users and hours, counted from a Monday
    rates : shape (users, 168), looks an hour
    """
    user, sent = sends
    patience = generator.standard_exponential(len(user))
    found = np.full(len(user), NEVER, dtype=np.int64)
    for age in range(LATEST):
        patience -= rates[user, (sent + age) % SLOTS] * delays[age]
        found[(patience <= 0) & (found == NEVER)] = age
    return found


def _is_away(hour: Whole, left: Whole, before: int) -> Flags:
    return (hour >= left - before) & (hour < left + _MEANWHILE)
