"""Why a message goes out when it does: what ``send_time`` knew, which slots it chose between and with what chances."""

from typing import Literal, TypeAlias

from msgspec import Struct

from opportune.units import Instant, Micros, Millis

Basis: TypeAlias = Literal["learned", "baseline"]
"""Whose rhythm decided: the user's own, or what holds in general."""
Because: TypeAlias = Literal["sure_gain", "control", "too_little_known", "no_gain", "unsure_gain"]
"""Why that one. ``control``: the user is kept at the baseline for comparison. ``no_gain``: their own best slot is no
better than the baseline. ``unsure_gain``: it is, but not by as many standard deviations as the model asks for."""


class Slot(Struct, frozen=True, array_like=True, gc=False):
    """One instant at which no gate objected."""

    channel: str
    at: Instant
    opened: Micros
    """The chance that it is opened when sent then, as far as is known of this user."""
    worth: Micros
    """Of the message then, in the playbook's unit."""
    chance: Micros
    """With which it was chosen: 0 where it could not be."""


class Timing(Struct, frozen=True, array_like=True, gc=False):
    """What stands in the record of a decision that ``send_time`` took part in."""

    arm: Literal["treatment", "control"]
    basis: Basis
    because: Because
    best: Instant
    """The slot of ``slots`` that the user's own rhythm, or if nothing is learned what holds in general, puts first."""
    baseline: Instant
    """The slot that would have been chosen if nothing was known of the user, on the same channel."""
    baseline_hour: int
    """The local hour at which the baseline would be, gates aside: 0 to 23."""
    gain: Micros
    """By how much the best slot's chance of an open exceeds the baseline's."""
    deviation: Micros
    """The standard deviation of that gain."""
    check_ins: int
    opens: int
    """How many of each the rhythm rests on."""
    model: str
    """The name of the snapshot."""
    policy: str
    """A hash of the snapshot and of the policy's settings."""
    zone: str
    zone_source: str
    """The trait that the clock was read from, or ``playbook``."""
    zone_age: Millis | None
    slots: tuple[Slot, ...]
    """Earliest first, channels in the message's order: all at which no gate objected. Why others were none is said by
    the verdicts."""
    channel: str = ""
    """The channel of ``best`` and ``baseline``, and of every slot that had a chance."""
