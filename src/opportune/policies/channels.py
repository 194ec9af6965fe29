"""Which channels a message may take."""

from collections.abc import Iterable

from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.verbs import Expand
from opportune.policies.view import View


class Channels(Expand, frozen=True, tag="channels"):
    """One candidate for each channel of the message, in the message's order."""

    def binds(self, message: Message, channel: str) -> bool:
        """Everything."""
        return True

    def expanded(self, candidate: Candidate, view: View) -> Iterable[Candidate]:
        """The same message at the same instant on each of its channels."""
        for channel in candidate.message.channels:
            yield Candidate(candidate.message, channel, candidate.at, candidate.deadline)
