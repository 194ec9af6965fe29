"""What a moment adds to a message's worth."""

from typing import ClassVar

from opportune.features.attention_model import DEFAULT, AttentionModel
from opportune.messages.candidate import Candidate
from opportune.policies.user_rhythm import outlook_of, urgency
from opportune.policies.verbs import Score
from opportune.policies.view import View
from opportune.policies.worth import Worth
from opportune.units import Micros

FINEST = 1_000
"""What is noticed is rounded to so many parts of the mean before it is multiplied (R11)."""


class SendScore(Score, frozen=True, tag="send_time"):
    """The message's worth, times how much the user would notice then, times what is left of it, less that worth."""

    model: AttentionModel = DEFAULT
    worths: Worth = Worth()
    reads: ClassVar[tuple[str, ...]] = ("message", "channel", "at")

    def worth(self, candidate: Candidate, view: View) -> Micros:
        """In millionths; nothing to a message that is worth nothing."""
        worth = self.worths.worth(candidate, view)
        if worth <= 0:
            return 0
        outlook = outlook_of(candidate, view, self.model)
        factor = outlook.own(outlook.slot(candidate.at)) * urgency(candidate, view.now)
        return worth * round(factor * FINEST) // FINEST - worth
