"""Several journeys want to speak at once: one winner, or silence."""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from msgspec import Meta

from opportune.messages.candidate import Candidate
from opportune.policies.verbs import SILENCE, Group, Pick
from opportune.policies.view import View
from opportune.units import ONE, Micros


class Arbitration(Pick, frozen=True, tag="arbitration"):
    """The proposal worth most wins, if it is worth more than saying nothing, which is worth 0.

    Ties go to the higher priority, then the earlier instant, then by message, journey, key and entry.
    ``displace_margin``: a planned decision gives way to a candidate it blocks only if that is worth this much more.
    """

    displace_margin: Annotated[Micros, Meta(ge=0, extra={"unit": "share"})] = 200_000
    between: ClassVar[Literal["slate", "proposals", "candidates", "variants"]] = "proposals"
    codes: ClassVar[tuple[str, ...]] = ("not_worth_it", "outranked")

    def chances(self, groups: Sequence[Group], view: View) -> dict[str, Micros]:
        """Certainty for one of them; groups come in the order that breaks ties."""
        best = groups[0]
        for group in groups[1:]:
            if _rank(group) > _rank(best):
                best = group
        return {best.name if best.worth > 0 else SILENCE: ONE}

    def names(self, best: Candidate, view: View) -> tuple[str, ...]:
        """Never drawn: the choice is certain."""
        return ()


def _rank(group: Group) -> tuple[Micros, int, int]:
    return group.worth, group.best.message.priority, -group.best.at
