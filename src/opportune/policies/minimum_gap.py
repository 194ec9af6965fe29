"""Room between two messages."""

from typing import Annotated, ClassVar

from msgspec import Meta

from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.spacing import next_objection, objection_to, room
from opportune.policies.verbs import Gate, Reason
from opportune.policies.view import View
from opportune.units import Instant, Millis


class MinimumGap(Gate, frozen=True, tag="minimum_gap"):
    """At least ``span`` between any two counted messages on the channels named (none named: on any)."""

    span: Annotated[Millis, Meta(gt=0, extra={"unit": "span"})]
    channels: tuple[str, ...] = ()
    reads: ClassVar[tuple[str, ...]] = ("at",)
    codes: ClassVar[tuple[str, ...]] = ("minimum_gap",)

    @property
    def looks_back(self) -> Millis:
        """Its window."""
        return self.span

    def binds(self, message: Message, channel: str) -> bool:
        """Messages that obey, on the channels named."""
        return message.obeys and (not self.channels or channel in self.channels)

    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        """``minimum_gap``, until the first instant that is far enough from all others."""
        held = view.reservations(self.channels, counted_only=True)
        why = objection_to(candidate.at, held, most=1, span=self.span, code="minimum_gap")
        return why and Reason(why.code, why.until, why.blockers, room(candidate.at, held))

    def stays(self, reason: Reason | None, candidate: Candidate, view: View) -> Instant | None:
        """Up to where the next one begins to be too near; while one is, the gap is another at each instant."""
        if reason is not None:
            return candidate.at + 1
        held = view.reservations(self.channels, counted_only=True)
        return next_objection(candidate.at, held, most=1, span=self.span)
