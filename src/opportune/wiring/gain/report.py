"""What a record says of the gain, all of it: the form that programs read."""

from collections.abc import Mapping
from typing import Final, Literal

from msgspec import Struct

from opportune.training.gain import MEASURES, Gain, Measure, gains
from opportune.training.sample_ratio import ALARM, odds_against
from opportune.units import ONE
from opportune.wiring.gain.record import Counts, Record

LEFT_OUT: Final = 0.05
"""Where a greater share of users is left out, that may be what makes the sides differ."""


class SampleRatio(Struct, frozen=True):
    """Whether as many users were kept at the baseline as were to be."""

    verdict: Literal["as_drawn", "wrong", "unknown"]
    """``unknown``: there is no one share that all of them were drawn with."""
    share: float | None = None
    """That was to be kept at the baseline, from 0 to 1."""
    found: float | None = None
    odds: float | None = None
    """How much likelier these numbers are if the share was another one."""


class Report(Struct, frozen=True):
    """The gain in all that can be seen."""

    store: str
    counts: Counts
    sample_ratio: SampleRatio
    gains: list[Gain]
    unit: str
    """Of value, as the newest playbook says it; empty where it says none."""
    left_out: float
    """The share of users decided for who were on both sides, and are in no figure."""


def report_of(record: Record, store: str) -> Report:
    """All figures of this record."""
    found = gains(record.users, MEASURES)
    by_measure: dict[Measure, Gain] = {each.measure: each for each in found}
    told = [each for each in found if _is_told(each, by_measure)]
    return Report(store, record.counts, _sample_ratio(record), told, record.unit, _left_out(record))


def _left_out(record: Record) -> float:
    counts = record.counts
    users = sum(counts.users.values()) + counts.both
    return counts.both / users if users else 0.0


def _sample_ratio(record: Record) -> SampleRatio:
    treated, control = (record.counts.users.get(side, 0) for side in ("treated", "control"))
    users = treated + control
    shares = {share for share in record.shares if 0 < share < ONE}
    if len(shares) != 1 or shares != record.shares or not users:
        return SampleRatio("unknown", found=control / users if users else None)
    share = next(iter(shares)) / ONE
    odds = odds_against(share, control, treated)
    return SampleRatio("wrong" if odds >= ALARM else "as_drawn", share, control / users, odds)


def _is_told(gain: Gain, others: Mapping[Measure, Gain]) -> bool:
    """Whether there is something to tell: no goals where none was reached, nothing unsure where all is sure."""
    match gain.measure:
        case "opens_unsure":
            return _rewards(gain) != _rewards(others["opens"])
        case "goals" | "value":
            return any(_rewards(gain))
        case _:
            return True


def _rewards(gain: Gain) -> tuple[float, float]:
    """After matched sends, and after the others."""
    matched = gain.matched
    return (matched.rate or 0.0) * matched.sends, (matched.rate_of_others or 0.0) * matched.others
