"""When one writes to somebody of whom nothing is known, by channel and kind, and how soon what is sent is noticed."""

from collections.abc import Mapping, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opportune.features.attention import LATEST, SLOTS
from opportune.features.attention_model import DEFAULT, LEAST, Baseline
from opportune.training.attention_batch import Real, noticed_batch
from opportune.training.attention_population import check_ins_by_slot, delays_of_sends, sends_of
from opportune.training.histories import Histories

_USUAL: Final = DEFAULT.baselines[""].opened
_KNOWN: Final = 50
"""So many sends weigh as much as the share of opens that stands without training."""
_BETTER: Final = 1.1
"""So much better a weekday's own hour must be than that of all days."""


def delays_by_channel(
    histories: Histories, until: int, curve: Real, known: Mapping[str, tuple[float, ...]]
) -> dict[str, tuple[float, ...]]:
    """The delay curves: those of channels that were sent on, and what is ``known`` of all others."""
    found = {**known, "": delays_of_sends(sends_of(histories, until), curve, known[""])}
    for channel in sorted({_channel(group) for group in histories.groups} - {""}):
        groups = [place for place, group in enumerate(histories.groups) if _channel(group) == channel]
        found[channel] = delays_of_sends(sends_of(histories, until, groups), curve, known.get(channel) or known[""])
    return found


def baselines_of(
    histories: Histories, until: int, known: tuple[Real, Mapping[str, tuple[float, ...]]]
) -> dict[str, Baseline]:
    """By channel and kind the hours at which a send is noticed most, and the share that is opened then.

    Of all others the hour in which most are there, and the share of all that was sent where an open was ever seen;
    where none was, the share that stands without training.

    known : the curve of users in general and the delay curves
    """
    curve, delays = known
    check_ins = check_ins_by_slot(histories, until)
    hour = int((check_ins if check_ins.any() else curve).reshape(7, 24).sum(axis=0).argmax())
    seen = _seen(histories, until)
    channels = {_channel(histories.groups[place]) for place in np.unique(histories.sent_group[seen])}
    hours: dict[str, tuple[int, ...]] = {}
    shares: dict[str, float] = {}
    sends = np.bincount(histories.sent_group[histories.sent_hour < until], minlength=len(histories.groups))
    for place, group in enumerate(histories.groups):
        ahead = noticed_batch(curve[None, :], delays.get(_channel(group)) or delays[""])[0]
        hours[group] = best_hours(ahead)
        if _channel(group) in channels and sends[place]:
            shares[group] = _opened(histories, until, place, ahead)
    many = {group: int(sends[place]) for place, group in enumerate(histories.groups)}
    total = sum(many[group] for group in shares)
    usual = sum(share * many[group] for group, share in shares.items()) / total if total else _USUAL
    found = {group: Baseline(each, _rounded(shares.get(group, usual))) for group, each in hours.items()}
    return {**found, "": Baseline((hour,) * 7, _rounded(usual))}


def best_hours(noticed: Sequence[float] | Real) -> tuple[int, ...]:
    """The hour of each weekday at which a send is noticed most; that of all days where a day's own is hardly better."""
    days = np.asarray(noticed).reshape(7, 24)
    always = int(days.sum(axis=0).argmax())
    is_better = days.max(axis=1) > _BETTER * days[:, always]
    return tuple(int(each) for each in np.where(is_better, days.argmax(axis=1), always))


def _opened(histories: Histories, until: int, group: int, ahead: Real) -> float:
    """The share of what is sent at the best hours that is opened."""
    some = (histories.sent_hour < until) & (histories.sent_group == group)
    opened = (_seen(histories, until) & some).sum()
    then = np.mean([ahead[24 * day + hour] for day, hour in enumerate(best_hours(ahead))])
    at_sends = ahead[(histories.sent_hour[some] + 72) % SLOTS].sum()
    share = min(1.0, float(opened / max(at_sends, 1e-9) * then))
    sends = int(some.sum())
    return (share * sends + _USUAL * _KNOWN) / (sends + _KNOWN)


def _seen(histories: Histories, until: int) -> NDArray[np.bool_]:
    """Of each send whether it was opened before ``until``, in time."""
    delay = histories.delay
    return np.asarray((delay >= 0) & (delay < LATEST) & (histories.sent_hour + delay < until))


def _rounded(share: float) -> float:
    return max(LEAST, round(share, 4))


def _channel(group: str) -> str:
    return group.partition(" ")[0]
