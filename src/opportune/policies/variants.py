"""Which wording."""

from collections.abc import Sequence
from typing import ClassVar, Literal

from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.verbs import Group, Pick
from opportune.policies.view import View
from opportune.units import ONE, Micros


class Variants(Pick, frozen=True, tag="variants"):
    """Each wording with the same chance; the same user always gets the same wording of a message."""

    between: ClassVar[Literal["slate", "proposals", "candidates", "variants"]] = "variants"

    def binds(self, message: Message, channel: str) -> bool:
        """Everything."""
        return True

    def chances(self, groups: Sequence[Group], view: View) -> dict[str, Micros]:
        """Equal shares; what does not divide goes to the first."""
        each, rest = divmod(ONE, len(groups))
        return {group.name: each + (rest if place == 0 else 0) for place, group in enumerate(groups)}

    def names(self, best: Candidate, view: View) -> tuple[str, ...]:
        """User and message: arms stick."""
        return (view.salt, "variant", best.message.name, view.bucket)
