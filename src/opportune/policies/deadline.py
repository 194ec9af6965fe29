"""A message that is useless is dropped, never late."""

from typing import ClassVar

from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.verbs import Gate, Reason
from opportune.policies.view import View
from opportune.units import Instant


class DeadlineGate(Gate, frozen=True, tag="deadline"):
    """Drops candidates at or after the instant their message becomes useless."""

    reads: ClassVar[tuple[str, ...]] = ("message", "at")
    codes: ClassVar[tuple[str, ...]] = ("too_late",)

    def binds(self, message: Message, channel: str) -> bool:
        """Everything."""
        return True

    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        """``too_late``, for good; the window is half-open: [proposed, proposed + useful_for)."""
        return None if candidate.at < candidate.deadline else Reason("too_late")

    def stays(self, reason: Reason | None, candidate: Candidate, view: View) -> Instant | None:
        """Up to the deadline, and then for good."""
        return candidate.deadline if reason is None else None

    def closes(self, candidate: Candidate, view: View) -> Instant | None:
        """At the deadline."""
        return candidate.deadline
