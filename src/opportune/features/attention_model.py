"""What is known of when users look in general: a frozen snapshot that training makes and a playbook carries.

Without one, ``DEFAULT`` says what holds of most people who wake by day; it was written from common knowledge and is no
measurement, so that the first users are not written to at random.
"""

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from msgspec import Struct

from opportune.features.attention import SLOTS
from opportune.units import Instant

LEAST: Final = 0.0001
"""The least rate, readiness and share: nothing is divided by less."""
MOST_ARCHETYPES: Final = 24
_END: Final[Instant] = 253_402_300_799_999
"""The last instant of the year 9999."""


class Archetype(Struct, frozen=True, forbid_unknown_fields=True):
    """One way to spend a week, and how many users spend it so."""

    share: float
    """Of the users, from 0 to 1."""
    curve: tuple[float, ...]
    """How often one checks in, by slot of the local week; 168 values from ``LEAST`` to 1000 whose mean is 1."""


class Baseline(Struct, frozen=True, forbid_unknown_fields=True):
    """When one would write if one knew nothing of a user, and what comes of it."""

    hours: tuple[int, ...]
    """The best local hour of each weekday, Monday first: 0 to 23."""
    opened: float
    """The share of messages that is opened when sent then, from ``LEAST`` to 1."""


class AttentionModel(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How users' own check-ins and opens are read; all numbers are of training but for those of ``DEFAULT``."""

    name: str
    """Which snapshot it is, in every record that it took part in."""
    archetypes: tuple[Archetype, ...]
    """One, the whole population, where there are too few users to tell more apart."""
    strength: float
    """How many check-ins of a user's own weigh as much as what is known in general."""
    width: float
    """How far a check-in speaks for the hours around its own: the standard deviation in hours; 0: not at all."""
    older: float
    """The weight of check-ins of earlier eras, from 0 to 1."""
    kin: float
    """How much less a check-in on a weekday says of weekends, and the other way round: 0 is as much, 1 is nothing."""
    sureness: float
    """By how many standard deviations a gain must be above 0 before the baseline is left for it."""
    fewest: int
    """With fewer check-ins and opens than this nothing is learned of a user."""
    delays: dict[str, tuple[float, ...]]
    """By channel: how ready one who checks in so many hours after the send is to notice it, from the hour of the send
    on; from 0 to 1, never rising, the first at least ``LEAST``; at most 48 values. The empty name stands for all
    others."""
    baselines: dict[str, Baseline]
    """By channel and kind, such as ``email marketing``; the empty name stands for all others."""
    unopened: tuple[float, ...] = ()
    """Of a message that nobody opens, how ready one would have been to open it, summed over the hours in which it lay
    there: by hour of weekdays and then of weekends, 48 values from 0 to 48. Empty: alike in all hours of the week."""
    users: int = 0
    """How many it was trained on."""
    until: int = 0
    """The newest instant that it was trained on."""


def faults(model: AttentionModel) -> list[str]:
    """What is wrong with a snapshot, in words; nothing if it can be used."""
    return [*_of_itself(model), *_of_archetypes(model.archetypes), *_of_delays(model), *_of_baselines(model)]


def _of_itself(model: AttentionModel) -> Iterator[str]:
    if not 0 < len(model.name) <= 100 or not model.name.isprintable():
        yield "name: must be 1 to 100 printable characters; it stands in every record"
    for name, least, most in (
        *(("strength", 0.001, 1e6), ("width", 0.0, 12.0), ("older", 0.0, 1.0), ("kin", 0.0, 1.0)),
        *(("sureness", 0.0, 100.0), ("fewest", 0, 10_000), ("users", 0, 10**12)),
    ):
        if not least <= getattr(model, name) <= most:
            yield f"{name}: must be from {least} to {most}, not {getattr(model, name)}"
    if not 0 <= model.until <= _END:
        yield f"until: must be milliseconds since 1970, from 0 to {_END}, the end of 9999, not {model.until}"
    lain = model.unopened
    if lain and (len(lain) != 48 or not all(0 <= value <= 48 for value in lain) or max(lain) < LEAST):
        yield "unopened: must be 48 numbers from 0 to 48, not all 0, or none"


def _of_archetypes(archetypes: tuple[Archetype, ...]) -> Iterator[str]:
    if not 0 < len(archetypes) <= MOST_ARCHETYPES:
        yield f"archetypes: there must be 1 to {MOST_ARCHETYPES}, not {len(archetypes)}"
    for place, each in enumerate(archetypes):
        where = f"archetypes[{place}]"
        if len(each.curve) != SLOTS or not all(LEAST <= value <= 1_000 for value in each.curve):
            yield f"{where}.curve: must be {SLOTS} numbers from {LEAST} to 1000"
        elif abs(sum(each.curve) / SLOTS - 1) > 0.01:
            yield f"{where}.curve: its mean must be 1, not {sum(each.curve) / SLOTS:.6g}; divide each number by that"
        if not 0 <= each.share <= 1:
            yield f"{where}.share: must be from 0 to 1, not {each.share}"
    if abs(sum(each.share for each in archetypes) - 1) > 0.001:
        yield "archetypes: the shares must sum to 1"


def _of_delays(model: AttentionModel) -> Iterator[str]:
    if "" not in model.delays or "" not in model.baselines:
        yield "delays and baselines: must have an entry with the empty name, for all others"
    for channel, delays in model.delays.items():
        if not 0 < len(delays) <= 48 or not all(0 <= value <= 1 for value in delays):
            yield f"delays.{channel}: must be 1 to 48 numbers from 0 to 1"
        elif delays[0] < LEAST:
            yield f"delays.{channel}[0]: must be at least {LEAST}, for some look within the hour, not {delays[0]}"
        elif any(later > sooner for sooner, later in pairwise(delays)):
            yield f"delays.{channel}: must never rise, for the longer it lies the less it is noticed"


def _of_baselines(model: AttentionModel) -> Iterator[str]:
    for key, baseline in model.baselines.items():
        if len(baseline.hours) != 7 or not all(0 <= hour <= 23 for hour in baseline.hours):
            yield f"baselines.{key}.hours: must be 7 hours from 0 to 23, Monday first"
        if not LEAST <= baseline.opened <= 1:
            yield f"baselines.{key}.opened: must be from {LEAST} to 1, not {baseline.opened}"


def delays_of(model: AttentionModel, channel: str) -> tuple[float, ...]:
    """The delay curve of this channel."""
    return model.delays.get(channel) or model.delays[""]


def baseline_of(model: AttentionModel, channel: str, kind: str) -> Baseline:
    """When one would write on this channel if one knew nothing."""
    return model.baselines.get(f"{channel} {kind}") or model.baselines[""]


def _week(weekday: tuple[float, ...], weekend: tuple[float, ...]) -> tuple[float, ...]:
    hours = [*weekday * 5, *weekend * 2]
    mean = sum(hours) / SLOTS
    return tuple(round(each / mean, 6) for each in hours)


_DAY = (2, 1, 1, 1, 1, 2, 4, 7, 9, 9, 8, 8, 9, 8, 8, 8, 9, 10, 11, 12, 12, 11, 8, 4)
_FREE_DAY = (3, 2, 1, 1, 1, 1, 2, 4, 7, 9, 10, 10, 10, 9, 9, 9, 10, 10, 11, 12, 12, 11, 9, 6)

DEFAULT: Final = AttentionModel(
    name="default",
    archetypes=(Archetype(1.0, _week(_DAY, _FREE_DAY)),),
    strength=12.0,
    width=1.0,
    older=0.5,
    kin=0.3,
    sureness=1.0,
    fewest=3,
    delays={"": (1.0, 0.6, 0.45, 0.35, 0.3, 0.25, 0.2, 0.2), "push": (1.0, 0.3, 0.15, 0.1)},
    baselines={"": Baseline((18,) * 7, 0.2)},
)
"""What stands where nothing was trained: the hours in which people are awake, and evening as the baseline."""
