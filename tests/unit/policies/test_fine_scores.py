"""Scores and gates that read more, or more than there is."""

import pytest

from opportune.errors import PlaybookError
from opportune.messages.candidate import Candidate
from opportune.playbook.reading import playbook_from
from opportune.policies.pipeline import Pipeline
from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Score
from opportune.policies.view import View
from opportune.testing.world import World
from opportune.units import ONE, Micros
from tests.stories.shop import shop_files


class LikesSms(Score, frozen=True, tag="likes_sms"):
    """A text message is worth more."""

    reads = ("channel",)

    def worth(self, candidate: Candidate, view: View) -> Micros:
        return ONE if candidate.channel == "sms" else 0


class LikesWords(LikesSms, frozen=True, tag="likes_words"):
    """Reads what is chosen only after all scores have spoken."""

    reads = ("variant",)


def test_a_policy_that_reads_what_is_not_open_yet_is_refused() -> None:
    with pytest.raises(PlaybookError, match="likes_words reads 'variant'; gates and scores read message, channel, at"):
        Pipeline([LikesWords()])
