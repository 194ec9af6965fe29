"""Scores and gates that read more, or more than there is."""

import pytest

from opportune.errors import PlaybookError
from opportune.messages.candidate import Candidate
from opportune.policies.pipeline import Pipeline
from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Score
from opportune.policies.view import View
from opportune.testing.world import World
from opportune.units import HOUR, MINUTE, ONE, Micros
from tests.stories.shop import shop


class LikesSms(Score, frozen=True, tag="likes_sms"):
    """A text message is worth more."""

    reads = ("channel",)

    def worth(self, candidate: Candidate, view: View) -> Micros:
        return ONE if candidate.channel == "sms" else 0


class LikesLater(Score, frozen=True, tag="likes_later"):
    """Half a unit for every hour a user is left in peace."""

    reads = ("at",)

    def worth(self, candidate: Candidate, view: View) -> Micros:
        return (candidate.at - view.now) // HOUR * ONE // 2


class LikesWords(LikesSms, frozen=True, tag="likes_words"):
    """Reads what is chosen only after all scores have spoken."""

    reads = ("variant",)


def test_a_score_may_prefer_a_channel_or_an_hour() -> None:
    kinds = {**SHIPPED, "likes_sms": LikesSms, "likes_later": LikesLater}
    both = {"reminder": "channels: [email, sms]\nuseful_for: 3 hours"}
    world = World(shop("likes_sms", "likes_later", "hours: {slots: 24}", messages=both, kinds=kinds))
    ann = world.user("ann", phone="+4930123456")
    ann.does("Cart Updated")
    world.passes(hours=1)
    decision = world.why(ann, "reminder").decision
    assert decision.chosen is not None
    assert (decision.chosen.channel, decision.chosen.at - decision.due) == ("sms", 2 * HOUR + 15 * MINUTE)
    assert decision.worth == ONE // 2 + ONE + 2 * ONE // 2


def test_a_policy_that_reads_what_is_not_open_yet_is_refused() -> None:
    with pytest.raises(PlaybookError, match="likes_words reads 'variant'; gates and scores read message, channel, at"):
        Pipeline([LikesWords()])
