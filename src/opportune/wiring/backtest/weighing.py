"""How much one choice on record says of the choices of a tested playbook: the chances with which both make it.

Where ``send_time`` chose, the record holds the chance of every moment, and so does the decision that is tested. A
record speaks for the chance with which the tested playbook would have chosen the moment on record, even where it chose
another; and where that one had no chance on record, nothing is known of it.
"""

from collections.abc import Callable
from typing import Final

from opportune.policies.decision import Chosen, Decision
from opportune.policies.timing import Slot, Timing
from opportune.training.offpolicy import Logged
from opportune.units import MINUTE, ONE, Instant, Micros

NEAR: Final = MINUTE
"""Sends so far apart are at the same time."""


def logged_of(
    user: str, tested: Decision, record: Decision | None, *, followed: Callable[[Instant], bool]
) -> Logged | None:
    """What the record says of a send: for how many it speaks and what followed; None if it says nothing.

    ``followed`` says whether what is asked about came after what was planned for this instant had gone out. Where
    chance chose something else then that is never chosen now, it speaks for nobody, and is no gap.
    """
    made, chosen = None if record is None else record.chosen, tested.chosen
    if record is None or chosen is None:
        return None
    is_said = made is not None and tested.message == record.message and made.variant == chosen.variant
    if made is not None and is_said and _are_alike(made, chosen):
        return Logged(user, record.propensity, tested.propensity, followed(made.at))
    if made is not None and is_said and record.timing is not None:
        if not _chance_of(record.timing, chosen):
            return None
        asked = _asked(tested, chosen, made)
        return Logged(user, record.propensity, asked, asked > 0 and followed(made.at))
    if record.propensity < ONE <= tested.propensity:
        return Logged(user, record.propensity, 0, False)
    return None


def _asked(tested: Decision, chosen: Chosen, made: Chosen) -> Micros:
    """With which chance the tested playbook would have chosen what is on record."""
    if tested.timing is None:
        return 0
    own = _chance_of(tested.timing, chosen)
    return tested.propensity * _chance_of(tested.timing, made) // own if own else 0


def _chance_of(timing: Timing, chosen: Chosen) -> Micros:
    """Of this channel and moment, or one very near; 0 where it was none."""
    return sum(each.chance for each in timing.slots if _are_alike(each, chosen))


def _are_alike(one: Chosen | Slot, other: Chosen) -> bool:
    return one.channel == other.channel and abs(one.at - other.at) <= NEAR
