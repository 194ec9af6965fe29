"""When users look in general: check-ins and opens by slot of the week, each beside what was to be expected.

Opens by hour mirror when one sent. What says something are opens per hour in which a message lay unopened, given how
readily what lies that long is still opened; both are found together (a product of two factors, by turns).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

import numpy as np
from msgspec.structs import replace

from opportune.features.attention import LATEST, SLOTS
from opportune.features.attention_model import DEFAULT
from opportune.features.rhythm import readiness_of
from opportune.training.attention_batch import KIND_OF_SLOT, Real, circle, pooled
from opportune.training.histories import Histories, Whole

_TURNS: Final = 30
_LEAST: Final = 0.02
"""No slot has a rate below this share of the mean."""
_KNOWN: Final = 50.0
"""So many opens weigh as much as the delay curve that stands without training."""
_LIKE_ANY: Final = 20.0
"""With so many in an hour on days of one kind, it is half by itself and half like that hour on any day."""
_ALIKE: Final = 400.0
"""With so many check-ins in a slot, it is half by itself and half like those of its hour on days of its kind."""


@dataclass(frozen=True, slots=True)
class Sends:
    """Messages by the slot they went out in and by delay: opens, and those that could still be opened."""

    opens: Real
    """shape (168, 48)"""
    risks: Real
    """shape (168, 48), each send weighed by the share that its user opens"""


def sends_of(histories: Histories, until: int, groups: Sequence[int] | None = None) -> Sends:
    """Those before ``until``, of some groups or of all; a send counts as unopened for as long as is known."""
    some = histories.sent_hour < until
    if groups is not None:
        some &= np.isin(histories.sent_group, groups)
    user, hour, delay = histories.sent_user[some], histories.sent_hour[some], histories.delay[some]
    is_open = (delay >= 0) & (delay < LATEST) & (hour + delay < until)
    sent = np.bincount(user, minlength=len(histories.users))
    share = np.bincount(user[is_open], minlength=len(histories.users)) / np.maximum(1, sent)
    slot = (hour + 72) % SLOTS
    opens = np.bincount(slot[is_open] * LATEST + delay[is_open], minlength=SLOTS * LATEST).reshape(SLOTS, LATEST)
    lasts = np.where(is_open, delay, np.minimum(LATEST, until - hour) - 1)
    weight = np.where(is_open, 1.0, share[user])
    ends = np.bincount(slot * LATEST + lasts, weights=weight, minlength=SLOTS * LATEST).reshape(SLOTS, LATEST)
    return Sends(opens.astype(float), np.cumsum(ends.astype(float)[:, ::-1], axis=1)[:, ::-1])


def readiness(sends: Sends, curve: Real) -> Real:
    """By delay: opens for each check-in of those who could still open; shape (48,), >= 0, in units of its own."""
    expected = (sends.risks * curve[_slots_ahead()]).sum(axis=0)
    return np.asarray(sends.opens.sum(axis=0) / np.maximum(expected, 1e-9))


def curve_of(check_ins: Real, sends: Sends | None = None) -> Real:
    """How often users check in by slot: shape (168,), above 0, its mean is 1.

    Where all is sent at one hour, hour and delay are one: what never rises is taken to be the delay's.

    check_ins : shape (168,), how many in each slot
    """
    if sends is None or not sends.opens.sum():
        return shaped(check_ins, np.full(SLOTS, check_ins.sum() / SLOTS))
    ahead = _slots_ahead()
    opens = np.bincount(ahead.ravel(), weights=sends.opens.ravel(), minlength=SLOTS)
    curve = np.ones(SLOTS)
    for _ in range(_TURNS):
        heavy = (sends.risks * curve[ahead]).sum(axis=0) + 1e-9
        ready = never_rising(readiness(sends, curve), heavy)
        expected = np.bincount(ahead.ravel(), weights=(sends.risks * ready).ravel(), minlength=SLOTS)
        expected *= opens.sum() / max((expected * curve).sum(), 1e-9)
        curve = shaped(check_ins + opens, check_ins.sum() / SLOTS + expected)
    return curve


def check_ins_by_slot(histories: Histories, until: int) -> Real:
    """Those before ``until``, by slot: shape (168,)."""
    early = histories.hour[histories.hour < until]
    return np.bincount((early + 72) % SLOTS, minlength=SLOTS).astype(float)


def delays_of_sends(sends: Sends, curve: Real, known: Sequence[float]) -> tuple[float, ...]:
    """The delay curve: never rising, its first value 1; few opens leave most of what is ``known`` without them."""
    if not sends.opens.sum():
        return tuple(known)
    opens, ready = sends.opens.sum(axis=0), readiness(sends, curve)
    before = np.zeros(LATEST)
    before[: len(known)] = known
    expected = (sends.risks * curve[_slots_ahead()]).sum(axis=0)
    scale = opens.sum() / max((before * expected).sum(), 1e-9)
    share = opens.sum() / (opens.sum() + _KNOWN)
    mixed = never_rising(share * ready + (1 - share) * scale * before, expected + 1e-9)
    parts = mixed / max(mixed[0], 1e-9)
    last = int(np.flatnonzero(parts >= _LEAST)[-1]) + 1
    return tuple(round(float(each), 4) for each in parts[:last])


def unopened_of(histories: Histories, until: int, delays: tuple[float, ...]) -> tuple[float, ...]:
    """How messages that nobody opened lay there, by hour of weekdays and of weekends: 48 values, of one on average."""
    is_opened = (histories.delay >= 0) & (histories.delay < LATEST) & (histories.sent_hour + histories.delay < until)
    slots = (histories.sent_hour[(histories.sent_hour < until) & ~is_opened] + 72) % SLOTS
    if not slots.size:
        return ()
    share = np.bincount(slots, minlength=SLOTS) / slots.size
    lain = np.bincount(_slots_ahead().ravel(), weights=np.outer(share, readiness_of(delays)).ravel(), minlength=SLOTS)
    days = lain.reshape(7, 24)
    return tuple(round(float(each), 4) for each in (*days[:5].sum(axis=0), *days[5:].sum(axis=0)))


def never_rising(values: Real, weights: Real) -> Real:
    """The nearest values that never rise, by weighted squares (pool adjacent violators: Ayer et al., 1955)."""
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        blocks.append((value, weight, 1))
        while len(blocks) > 1 and blocks[-2][0] < blocks[-1][0]:
            (first, heavy, many), (second, light, few) = blocks[-2:]
            total = heavy + light
            blocks[-2:] = [((first * heavy + second * light) / total, total, many + few)]
    return np.repeat([each[0] for each in blocks], [each[2] for each in blocks])


def shaped(counts: Real, expected: Real, width: float = 0.5) -> Real:
    """Rates from counts and what was to be expected, as far as little is known of a slot like those of its hour on
    days of its kind, and as far as little is known of these like those of its hour on any day.

    counts, expected : shape (168,)
    returns          : shape (168,), above 0, its mean is 1
    """
    any_day, its_kind, own = _kin(width)
    alike = (counts @ any_day + 1e-3) / (expected @ any_day + 1e-3)
    kind = (counts @ its_kind + _LIKE_ANY * alike) / (expected @ its_kind + _LIKE_ANY)
    rates = (counts @ own + _ALIKE * kind) / (expected @ own + _ALIKE)
    curve = np.maximum(rates, _LEAST * rates.mean())
    return np.asarray(curve / curve.mean())


@cache
def _kin(width: float) -> tuple[Real, Real, Real]:
    """What a check-in in each slot says of each: by its hour, by its hour on days of its kind, and by itself."""
    any_day, its_kind = (pooled(replace(DEFAULT, width=width, kin=kin))[:, KIND_OF_SLOT] for kin in (DEFAULT.kin, 1.0))
    return any_day, its_kind, circle(SLOTS, width)


def _slots_ahead() -> Whole:
    return (np.arange(SLOTS)[:, None] + np.arange(LATEST)[None, :]) % SLOTS
