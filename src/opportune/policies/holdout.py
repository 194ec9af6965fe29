"""Some users are kept in silence, so that the worth of speaking can be measured."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from opportune.messages.candidate import Candidate
from opportune.policies.verbs import SILENCE, Group, Pick
from opportune.policies.view import View
from opportune.units import ONE, Micros


class Holdout(Pick, frozen=True, tag="holdout"):
    """A fixed share of users gets no marketing at all; the same users for as long as the salt stays."""

    share: Annotated[Micros, Meta(ge=0, le=ONE, extra={"unit": "share"})]
    between: ClassVar[Literal["slate", "proposals", "candidates", "variants"]] = "slate"
    codes: ClassVar[tuple[str, ...]] = ("held_out",)

    def chances(self, groups: Sequence[Group], view: View) -> dict[str, Micros]:
        """Silence with the share held out, the slate with the rest."""
        return {SILENCE: self.share, "slate": ONE - self.share}

    def names(self, best: Candidate, view: View) -> tuple[str, ...]:
        """The user only: every message falls the same way."""
        return (view.salt, "holdout", view.bucket)
