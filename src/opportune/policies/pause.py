"""Nothing for a while: the user has asked for peace and said until when."""

from typing import ClassVar, Final

from opportune.errors import EventError
from opportune.events.instants import instant_of
from opportune.features.traits import PAUSE_TRAIT
from opportune.messages.candidate import Candidate
from opportune.policies.verbs import Gate, Reason
from opportune.policies.view import View
from opportune.units import Instant, Scalar

_NEVER: Final[Instant] = 0


class PausedGate(Gate, frozen=True, tag="paused"):
    """Drops marketing that would go out before the instant in the trait ``messages_paused_until``."""

    reads: ClassVar[tuple[str, ...]] = ("at",)
    codes: ClassVar[tuple[str, ...]] = ("paused",)

    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        """``paused``, until the instant the user named."""
        until = paused_until(view.trait(PAUSE_TRAIT))
        return Reason("paused", until) if candidate.at < until else None

    def stays(self, reason: Reason | None, candidate: Candidate, view: View) -> Instant | None:
        """Up to the end of the pause, and then for good."""
        return None if reason is None else reason.until


def paused_until(stated: Scalar) -> Instant:
    """The end of the pause that a trait states, written as instants in events are; long ago if it states none."""
    if stated is None or isinstance(stated, bool):
        return _NEVER
    try:
        return instant_of(stated, PAUSE_TRAIT)
    except EventError:
        return _NEVER
