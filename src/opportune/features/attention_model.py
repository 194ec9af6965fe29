"""What is known of when users look in general: a frozen snapshot that training makes and a playbook carries.

Without one, ``DEFAULT`` says what holds of most people who wake by day; it was written from common knowledge and is no
measurement, so that the first users are not written to at random.
"""

from typing import Final

from msgspec import Struct

from opportune.features.attention import SLOTS


class Archetype(Struct, frozen=True):
    """One way to spend a week, and how many users spend it so."""

    share: float
    """Of the users, from 0 to 1."""
    curve: tuple[float, ...]
    """How often one checks in, by slot of the local week; 168 values above 0 whose mean is 1."""


class Baseline(Struct, frozen=True):
    """When one would write if one knew nothing of a user, and what comes of it."""

    hours: tuple[int, ...]
    """The best local hour of each weekday, Monday first: 0 to 23."""
    opened: float
    """The share of messages that is opened when sent then, above 0 and at most 1."""


class AttentionModel(Struct, frozen=True, kw_only=True):
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
    on; from 0 to 1, at most 48 values. The empty name stands for all others."""
    baselines: dict[str, Baseline]
    """By channel and kind, such as ``email marketing``; the empty name stands for all others."""
    unopened: tuple[float, ...] = ()
    """Of a message that nobody opens, how ready one would have been to open it, summed over the hours in which it lay
    there: by hour of weekdays and then of weekends, 48 values of at least 0. Empty: alike in all hours of the week."""
    users: int = 0
    """How many it was trained on."""
    until: int = 0
    """The newest instant that it was trained on."""


def faults(model: AttentionModel) -> list[str]:
    """What is wrong with a snapshot, in words; nothing if it can be used."""
    found = []
    if not model.archetypes:
        found.append("archetypes: there must be at least one")
    for place, each in enumerate(model.archetypes):
        if len(each.curve) != SLOTS or not all(0 < value < 1_000 for value in each.curve):
            found.append(f"archetypes[{place}].curve: must be {SLOTS} numbers above 0")
        if not 0 <= each.share <= 1:
            found.append(f"archetypes[{place}].share: must be from 0 to 1, not {each.share}")
    if abs(sum(each.share for each in model.archetypes) - 1) > 0.001:
        found.append("archetypes: the shares must sum to 1")
    for name, least, most in (
        *(("strength", 0.001, 1e6), ("width", 0.0, 12.0), ("older", 0.0, 1.0), ("kin", 0.0, 1.0)),
        *(("sureness", 0.0, 100.0), ("fewest", 0, 10_000)),
    ):
        if not least <= getattr(model, name) <= most:
            found.append(f"{name}: must be from {least} to {most}, not {getattr(model, name)}")
    if "" not in model.delays or "" not in model.baselines:
        found.append("delays and baselines: must have an entry with the empty name, for all others")
    for channel, delays in model.delays.items():
        if not 0 < len(delays) <= 48 or not all(0 <= value <= 1 for value in delays) or max(delays) == 0:
            found.append(f"delays.{channel}: must be 1 to 48 numbers from 0 to 1, not all 0")
    if model.unopened and (len(model.unopened) != 48 or not all(0 <= value < 1_000 for value in model.unopened)):
        found.append("unopened: must be 48 numbers from 0 up, or none")
    for key, baseline in model.baselines.items():
        if len(baseline.hours) != 7 or not all(0 <= hour <= 23 for hour in baseline.hours):
            found.append(f"baselines.{key}.hours: must be 7 hours from 0 to 23, Monday first")
        if not 0 < baseline.opened <= 1:
            found.append(f"baselines.{key}.opened: must be above 0 and at most 1, not {baseline.opened}")
    return found


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
