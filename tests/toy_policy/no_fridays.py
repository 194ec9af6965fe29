"""Nothing on Fridays."""

from typing import ClassVar

from opportune.features.local_time import day_of, local, next_local
from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.verbs import Gate, Reason
from opportune.policies.view import View
from opportune.units import Instant

FRIDAY = 4


class NoFridays(Gate, frozen=True, tag="no_fridays"):
    """No marketing on the user's Fridays, on the channels named (none named: on all)."""

    channels: tuple[str, ...] = ()
    reads: ClassVar[tuple[str, ...]] = ("at",)
    codes: ClassVar[tuple[str, ...]] = ("friday",)

    def binds(self, message: Message, channel: str) -> bool:
        """Marketing on the channels named."""
        return message.kind == "marketing" and (not self.channels or channel in self.channels)

    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        """``friday``, until the day is over."""
        zone = view.zones[0]
        is_friday = local(zone, candidate.at)[2] == FRIDAY
        return Reason("friday", day_of(zone, candidate.at)[1]) if is_friday else None

    def closes(self, candidate: Candidate, view: View) -> Instant | None:
        """When the next Friday begins."""
        return next_local(view.zones[0], candidate.at + 1, 0, frozenset({FRIDAY}))
