"""What a message is worth to the business, in the playbook's one unit."""

from collections.abc import Mapping

from opportune.journeys.plan import Value
from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.verbs import Score
from opportune.policies.view import View
from opportune.units import ONE, Micros, micros

MOST = 10**12
"""No message is worth more than this many units; beyond it a formula has gone wrong and is cut off."""


class Worth(Score, frozen=True, tag="worth"):
    """The message's own formula read as of the slate's instant; without one, or if it is NULL, priority / 100."""

    worths: Mapping[str, Value] = {}
    """The formula of each message that has one."""

    def binds(self, message: Message, channel: str) -> bool:
        """Everything."""
        return True

    def worth(self, candidate: Candidate, view: View) -> Micros:
        """In millionths, between -MOST and MOST units."""
        worth_of = self.worths.get(candidate.message.name)
        value = None if worth_of is None else worth_of(view.scope)
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            return candidate.message.priority * ONE // 100
        return micros(min(max(value, -MOST), MOST))
