"""Speak inside the product to those who are in it, and do not ring elsewhere meanwhile."""

from typing import Annotated, ClassVar

from msgspec import Meta

from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.verbs import Gate, Reason
from opportune.policies.view import View
from opportune.units import MINUTE, Instant, Millis


class InSession(Gate, frozen=True, tag="in_session"):
    """During a session only the channels in ``speak_on``; outside of one these only if the message has no other.

    A session ends ``idle`` after the last activity. If an in-app message was not shown by then, the message falls due
    again on its other channels.
    """

    idle: Annotated[Millis, Meta(gt=0, extra={"unit": "span"})] = 30 * MINUTE
    speak_on: tuple[str, ...] = ("in_app",)
    reads: ClassVar[tuple[str, ...]] = ("message", "channel", "at")
    codes: ClassVar[tuple[str, ...]] = ("in_session", "not_in_session")

    def binds(self, message: Message, channel: str) -> bool:
        """Marketing."""
        return message.kind == "marketing"

    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        """``in_session`` until the session's end, or ``not_in_session`` for good."""
        end = view.session_end
        is_inside = end is not None and candidate.at < end
        if candidate.channel not in self.speak_on:
            return Reason("in_session", end) if is_inside else None
        if is_inside or all(channel in self.speak_on for channel in candidate.message.channels):
            return None
        return Reason("not_in_session")

    def stays(self, reason: Reason | None, candidate: Candidate, view: View) -> Instant | None:
        """Up to the session's end, and then for good."""
        end = view.session_end
        return end if end is not None and candidate.at < end else None
