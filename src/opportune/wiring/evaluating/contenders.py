"""Simple ways to name an hour, beside which every model must stand; each learns from before the cut alone."""

from dataclasses import dataclass
from typing import Final, Protocol

import numpy as np

from opportune.features.attention import SLOTS
from opportune.training.histories import Histories, Whole
from opportune.wiring.evaluating.decisions import Decisions, Floats, decisions_of, until

EVER: Final = -(10**6)
"""A day before all days."""
MOST_DECISIONS: Final = 40_000
"""Of more, those of some users are tried."""
WIDTHS: Final = (0.5, 1.0, 1.5, 2.0)
STRENGTHS: Final = (4.0, 8.0, 16.0, 32.0)


@dataclass(frozen=True, slots=True)
class Answer:
    """What is said of some decisions."""

    chances: Floats
    """Shape (decisions, 24), above 0: of being active in the hour on a day on which one is active at all."""
    chosen: Whole
    """Shape (decisions,): the hour that is named, 0 to 23."""


class Ready(Protocol):
    """A model that has learned."""

    def answer(self, decisions: Decisions) -> Answer:
        """What it says, of each decision from what is known there."""
        ...


class Contender(Protocol):
    """A model that may learn."""

    def ready(self, before: Histories, *, seed: int) -> Ready:
        """The model after it has learned from these."""
        ...


@dataclass(frozen=True, slots=True)
class ByWeek:
    """The same answer for everybody, by slot of the week; that of a fixed model, once it has learned."""

    chances: Floats
    """Shape (7, 24)."""
    hours: Whole
    """Shape (7,)."""

    def answer(self, decisions: Decisions) -> Answer:
        """By the weekday alone."""
        return Answer(self.chances[decisions.weekday], self.hours[decisions.weekday])


@dataclass(frozen=True, slots=True)
class GlobalHour:
    """The one hour in which most of all check-ins were."""

    def ready(self, before: Histories, *, seed: int) -> ByWeek:
        """The earlier of two hours alike."""
        shares = day_shares(before)
        hours = np.full(7, int(shares.argmax()))
        return ByWeek(np.minimum(np.tile(shares, (7, 1)) * active_hours(before), 1), hours)


@dataclass(frozen=True, slots=True)
class GlobalHourByWeekday:
    """The hour of each weekday in which most check-ins of that weekday were."""

    def ready(self, before: Histories, *, seed: int) -> ByWeek:
        """A day that nobody was ever active on has the hours of all days, each of which counts once on every day."""
        counts = np.bincount(slots_of(before.hour), minlength=SLOTS).reshape(7, 24) + day_shares(before)
        shares = counts / counts.sum(axis=1, keepdims=True)
        return ByWeek(np.minimum(shares * active_hours(before), 1), shares.argmax(axis=1))


@dataclass(frozen=True, slots=True)
class ModalHour:
    """The hour of the day in which the user was active most often; of hours alike that of most users."""

    def ready(self, before: Histories, *, seed: int) -> "Counted":
        """All users together count as one check-in."""
        return Counted(np.tile(day_shares(before), 7), np.identity(24), 1.0, active_hours(before))


@dataclass(frozen=True, slots=True)
class SmoothedCounts:
    """Empirical Bayes: the user's check-ins by slot of the week, each speaking for the hours and days around it.

    They are shrunk to those of all users. How much, and how far a check-in speaks, is what said most of the later part
    of what was before the cut (nested: the hours named there were right most often).
    """

    def ready(self, before: Histories, *, seed: int) -> "Counted":
        """Of settings alike the first, that is the smoother of counts and the less sure of a user."""
        day = int(np.sort(before.hour)[int(0.7 * len(before.hour))]) // 24 + 1
        asked = decisions_of(before, day).of_some_users(MOST_DECISIONS, seed=seed)
        prior = week_shares(until(before, day))
        best, best_right = (WIDTHS[-1], STRENGTHS[-1]), -1.0
        for width in WIDTHS[::-1] if len(asked) else ():
            spread = _spread(width)
            for strength in STRENGTHS[::-1]:
                chosen = Counted(prior, spread, strength, 1.0).answer(asked).chosen
                was_right = float(asked.active[np.arange(len(chosen)), chosen].mean())
                if was_right > best_right:
                    best, best_right = (width, strength), was_right
        return Counted(week_shares(before), _spread(best[0]), best[1], active_hours(before))


@dataclass(frozen=True, slots=True)
class Counted:
    """The user's own counts beside what holds of all: ``strength`` check-ins' worth of these."""

    prior: Floats
    """Shape (168,): the share of all check-ins in a slot, as one of its day."""
    spread: Floats
    """Shape (slots, slots) of a week or a day: how far a check-in in one slot speaks for another."""
    strength: float
    scale: float
    """Active hours of a day with any."""

    def answer(self, decisions: Decisions) -> Answer:
        """The hour with the greatest share."""
        kinds = len(self.spread)
        slot = slots_of(decisions.histories.hour) % kinds
        counts = decisions.tallied(kinds, slot) @ self.spread
        day = np.zeros(len(decisions), np.int64) if kinds == 24 else decisions.weekday
        hours = np.arange(24)[None, :]
        own = np.take_along_axis(counts, day[:, None] * 24 + hours, axis=1)
        known = self.prior[decisions.weekday[:, None] * 24 + hours]
        total = own.sum(axis=1, keepdims=True)
        shares = (own + self.strength * known) / (total + self.strength)
        return Answer(np.minimum(shares * self.scale, 1), shares.argmax(axis=1))


def slots_of(hours: Whole) -> Whole:
    """The slot of the week of each local hour."""
    return (hours + 72) % SLOTS


def day_shares(before: Histories) -> Floats:
    """Shape (24,): the share of check-ins in each hour of the day; one more was in each, so that no share is 0."""
    counts = np.bincount(before.hour % 24, minlength=24) + 1.0
    return np.asarray(counts / counts.sum(), dtype=np.float64)


def week_shares(before: Histories) -> Floats:
    """Shape (168,): of each slot the share of its day's check-ins, smoothed; one was everywhere."""
    counts = np.bincount(slots_of(before.hour), minlength=SLOTS) + 1.0
    days = (counts @ _spread(1.0)).reshape(7, 24)
    return np.asarray(days / days.sum(axis=1, keepdims=True), dtype=np.float64).ravel()


def active_hours(before: Histories) -> float:
    """In how many hours a user is active on a day on which they are active at all."""
    asked = decisions_of(before, EVER)
    return float(asked.active.sum(axis=1).mean()) if len(asked) else 1.0


def _spread(width: float) -> Floats:
    """A check-in speaks for the hours around its own by a normal curve, and half as much for the other half of the
    week as for its own: workdays and weekends."""
    apart = np.abs(np.arange(24)[:, None] - np.arange(24)[None, :])
    hours = np.exp(-0.5 * (np.minimum(apart, 24 - apart) / width) ** 2)
    hours /= hours.sum(axis=1, keepdims=True)
    is_free = np.arange(7) >= 5
    days = np.where(is_free[:, None] == is_free[None, :], 1.0, 0.5)
    return np.asarray(np.kron(days, hours), dtype=np.float64)
