"""What a moment adds to a message's worth."""

from typing import ClassVar

from opportune.features.attention_model import baseline_of
from opportune.messages.candidate import Candidate
from opportune.policies.user_rhythm import Outlooks, urgency
from opportune.policies.verbs import Score
from opportune.policies.view import View
from opportune.policies.worth import Worth
from opportune.units import Micros

FINEST = 1_000
"""The factor is rounded to so many parts of 1 before it is multiplied (R11)."""


class SendScore(Score, frozen=True, tag="send_time"):
    """The message's worth, times its chance of an open then, times what is left of it, less that worth.

    The chance is in parts of the one that it has at the baseline on its first channel: a message is worth what its
    author says if it is sent then.
    """

    outlooks: Outlooks
    worths: Worth
    reads: ClassVar[tuple[str, ...]] = ("message", "channel", "at")

    def worth(self, candidate: Candidate, view: View) -> Micros:
        """In millionths; nothing to a message that is worth nothing."""
        worth = self.worths.worth(candidate, view)
        if worth <= 0 or not self.binds(candidate.message, candidate.channel):
            return 0
        outlook = self.outlooks.of(candidate, view)
        usual = baseline_of(self.outlooks.model, candidate.message.channels[0], candidate.message.kind).opened
        opened = outlook.opened * outlook.own(outlook.slot(candidate.at)) / outlook.at_baseline
        factor = opened / usual * urgency(candidate, view.now)
        return worth * round(factor * FINEST) // FINEST - worth
