"""How the users of a simulated world spend their weeks: families of habits, and what is of each user's own.

A family says when its users look: bumps over the day, one set for weekdays and one for weekends. Each user shifts and
stretches those of their family, weighs them in their own way, and has a whim in every hour of the week besides.
"""

from dataclasses import dataclass
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from opportune.features.attention import SLOTS

Numbers: TypeAlias = NDArray[np.float64]
Whole: TypeAlias = NDArray[np.int64]
Flags: TypeAlias = NDArray[np.bool_]
Bump: TypeAlias = tuple[float, float, float]
"""Local hour of its top, standard deviation in hours, weight."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Family:
    """Users who spend their weeks alike."""

    share: float
    weekday: tuple[Bump, ...]
    weekend: tuple[Bump, ...]
    free: float = 1.0
    """How much they look on a day of the weekend, in units of a weekday."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Habits:
    """How the users of a world are drawn; spreads are standard deviations."""

    families: tuple[Family, ...]
    floor: float = 0.1
    """What there is in every hour, in units of the top of a bump of weight 1."""
    shift: float = 1.0
    """Hours by which all of a user's bumps are moved; infinite: to anywhere round the clock."""
    own: float = 0.4
    """Hours by which each bump is moved besides; infinite: to anywhere."""
    late: tuple[float, float] = (0.5, 0.7)
    """Hours by which weekends are later: mean and spread."""
    stretch: float = 0.25
    """Of the logarithm by which a user's bumps are wider."""
    taste: float = 0.35
    """Of the logarithm by which a bump weighs more to one user."""
    whim: float = 8.0
    """How closely the hours of a user's week follow the curve: as of a Dirichlet draw with so much for a mean hour."""
    visits: tuple[float, float] = (0.35, 0.9)
    """To the product, a day: median, and spread of the logarithm."""
    looks: tuple[float, float] = (1.1, 0.7)
    """At what was sent, a day, with the readiness to open it: median, and spread of the logarithm."""
    is_heavy: bool = False
    """Whether visits and looks have a heavy tail (Student's t with three degrees of freedom, on the logarithm)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Crowd:
    """Users as they were drawn."""

    curves: Numbers
    """Shape (users, 168), mean 1: what their habits say, whims aside."""
    visits: Numbers
    """A day."""
    looks: Numbers
    """A day, those only that would open what has just gone out."""


def drawn(habits: Habits, users: int, generator: np.random.Generator, *, has_visits: bool = True) -> Crowd:
    """So many users of a world; those without visits are else the same."""
    shares = np.array([each.share for each in habits.families])
    family = generator.choice(len(shares), size=users, p=shares / shares.sum())
    curves = np.empty((users, SLOTS))
    for place, each in enumerate(habits.families):
        chosen = np.flatnonzero(family == place)
        curves[chosen] = _curves(each, habits, len(chosen), generator)
    levels = [_levels(*each, users, generator, is_heavy=habits.is_heavy) for each in (habits.visits, habits.looks)]
    return Crowd(curves=curves, visits=levels[0] * has_visits, looks=levels[1])


def with_whims(curves: Numbers, habits: Habits, generator: np.random.Generator) -> Numbers:
    """The true weeks, mean 1: each hour as the curve has it, give or take the user's whim."""
    if not np.isfinite(habits.whim):
        return curves
    weeks = generator.standard_gamma(habits.whim * curves) + 1e-9
    return np.asarray(weeks * (SLOTS / weeks.sum(axis=1, keepdims=True)), dtype=np.float64)


def _curves(family: Family, habits: Habits, users: int, generator: np.random.Generator) -> Numbers:
    shift = _moved(habits.shift, (users, 1), generator)
    late = habits.late[0] + habits.late[1] * generator.standard_normal((users, 1))
    stretch = np.exp(habits.stretch * generator.standard_normal((users, 1)))
    days = []
    for bumps, later, level in ((family.weekday, 0.0, 1.0), (family.weekend, late, family.free)):
        tops, widths, weights = (np.array(each) for each in zip(*bumps, strict=True))
        size = (users, len(bumps))
        at = tops + shift + later + _moved(habits.own, size, generator)
        weight = weights * np.exp(habits.taste * generator.standard_normal(size))
        days.append(level * (habits.floor + _hours(at, widths * stretch, weight)))
    week = np.concatenate([days[0]] * 5 + [days[1]] * 2, axis=1)
    return np.asarray(week / week.mean(axis=1, keepdims=True), dtype=np.float64)


def _hours(tops: Numbers, widths: Numbers, weights: Numbers) -> Numbers:
    """The sum of the bumps in the middle of each of the 24 hours."""
    away = (np.arange(24) + 0.5 - tops[:, :, None] + 12) % 24 - 12
    bumps = weights[:, :, None] * np.exp(-0.5 * (away / widths[:, :, None]) ** 2)
    return np.asarray(bumps.sum(axis=1), dtype=np.float64)


def _moved(spread: float, size: tuple[int, int], generator: np.random.Generator) -> Numbers:
    if np.isinf(spread):
        return generator.uniform(0, 24, size)
    return spread * generator.standard_normal(size)


def _levels(middle: float, spread: float, users: int, generator: np.random.Generator, *, is_heavy: bool) -> Numbers:
    if is_heavy:
        return np.asarray(middle * np.exp(np.clip(spread * generator.standard_t(3, users), -5, 4)), dtype=np.float64)
    return np.asarray(middle * np.exp(spread * generator.standard_normal(users)), dtype=np.float64)


FAMILIES: Final = (
    Family(share=0.14, weekday=((6.5, 1.0, 1.0), (12.5, 1.2, 0.4), (20.0, 1.2, 0.3)),
           weekend=((7.5, 1.3, 1.0), (19.0, 2.0, 0.5)), free=0.9),
    Family(share=0.18, weekday=((8.0, 0.8, 1.0), (18.0, 0.9, 0.9)), weekend=((11.0, 2.5, 0.7),), free=0.7),
    Family(share=0.16, weekday=((9.5, 1.2, 0.8), (14.5, 2.0, 0.9)), weekend=((12.0, 3.0, 0.8),), free=0.35),
    Family(share=0.12, weekday=((12.5, 0.8, 1.4), (19.5, 1.5, 0.4)), weekend=((13.0, 2.0, 0.9),), free=0.9),
    Family(share=0.20, weekday=((20.5, 1.3, 1.3), (7.5, 0.9, 0.2)),
           weekend=((21.0, 1.8, 1.1), (11.0, 2.0, 0.4)), free=1.1),
    Family(share=0.08, weekday=((23.5, 1.3, 1.2), (14.0, 2.0, 0.2)), weekend=((0.5, 1.6, 1.3),), free=1.1),
    Family(share=0.06, weekday=((4.0, 1.2, 0.6), (15.0, 1.5, 1.0)), weekend=((4.0, 1.2, 0.6), (15.0, 1.5, 1.0))),
    Family(share=0.06, weekday=((19.0, 2.5, 0.5),), weekend=((10.5, 1.5, 1.0), (17.0, 2.0, 0.9)), free=3.0),
)  # fmt: skip
"""Early, commuting, at a desk, at lunch, in the evening, by night, in shifts, at weekends."""

_ONE = (Family(share=1.0, weekday=((12.0, 2.0, 1.0),), weekend=((12.0, 2.0, 1.0),)),)
_TWO = (Family(share=1.0, weekday=((9.0, 0.7, 1.0), (19.0, 0.7, 1.0)), weekend=((9.0, 0.7, 1.0), (19.0, 0.7, 1.0))),)
_EVEN = (Family(share=1.0, weekday=((12.0, 1.0, 0.0),), weekend=((12.0, 1.0, 0.0),)),)

HABITS: Final = {
    "families": Habits(families=FAMILIES),
    "two_peaks": Habits(families=_TWO, own=np.inf, late=(0.0, 0.0), floor=0.03),
    "uniform_phases": Habits(families=_ONE, shift=np.inf),
    "sparse": Habits(families=FAMILIES, visits=(0.12, 0.8), looks=(0.5, 0.7)),
    "heavy_tails": Habits(families=FAMILIES, visits=(0.5, 1.0), looks=(0.9, 0.6), whim=3.0, is_heavy=True),
    "flat": Habits(families=_EVEN, whim=np.inf),
}
"""Worlds that differ in what a model might take for granted: eight families; two sharp peaks at any hours; one bump
anywhere round the clock; users of whom little is seen; a few who do most, with many whims; no hour better than another.
"""
