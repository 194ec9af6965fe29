"""Never send here: hard bounces, complaints, STOP. Binds every kind of message."""

from typing import ClassVar

from opportune.features.ledger import EVERY
from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.verbs import Gate, Reason
from opportune.policies.view import View


class SuppressionGate(Gate, frozen=True, tag="suppression"):
    """Drops every candidate on a channel that is suppressed for this user."""

    reads: ClassVar[tuple[str, ...]] = ("channel",)
    codes: ClassVar[tuple[str, ...]] = ("suppressed",)

    def binds(self, message: Message, channel: str) -> bool:
        """Whatever users hear of."""
        return message.kind != "internal"

    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        """``suppressed``, for good."""
        for suppression in view.ledger.suppressions:
            if suppression.channel in (candidate.channel, EVERY):
                return Reason("suppressed")
        return None
