"""A score may like one hour better than another."""

from typing import ClassVar

from opportune.messages.candidate import Candidate
from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Score
from opportune.policies.view import View
from opportune.testing.world import World, instant
from opportune.units import HOUR, Micros
from tests.stories.shop import CART, shop


class Evening(Score, frozen=True, tag="evening"):
    """Likes 18:00 UTC better than any other hour."""

    reads: ClassVar[tuple[str, ...]] = ("at",)

    def worth(self, candidate: Candidate, view: View) -> Micros:
        return 1_000_000 if candidate.at // HOUR % 24 == 18 else 0


def test_a_score_that_prefers_an_hour_moves_the_message_there() -> None:
    world = World(
        shop(
            "hours",
            "evening",
            journeys=CART.replace("  - wait: 45 minutes\n", ""),
            kinds={**SHIPPED, "evening": Evening},
        )
    )
    ann = world.user("ann")
    ann.does("Cart Updated")
    assert world.why(ann, "reminder").until == instant("2026-06-01T18:00Z")
