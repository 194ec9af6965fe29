"""Which of the winner's channels and hours."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.verbs import Group, Pick
from opportune.policies.view import View
from opportune.units import ONE, Micros


class ChannelChoice(Pick, frozen=True, tag="channel_choice"):
    """The candidate worth most; then the earliest; then the message's own order of channels."""

    between: ClassVar[Literal["slate", "proposals", "candidates", "variants"]] = "candidates"

    def binds(self, message: Message, channel: str) -> bool:
        """Everything."""
        return True

    def chances(self, groups: Sequence[Group], view: View) -> dict[str, Micros]:
        """Certainty for one; groups come in the message's order of channels."""
        best = groups[0]
        for group in groups[1:]:
            if (group.worth, -group.best.at) > (best.worth, -best.best.at):
                best = group
        return {best.name: ONE}

    def names(self, best: Candidate, view: View) -> tuple[str, ...]:
        """Never drawn: the choice is certain."""
        return ()
