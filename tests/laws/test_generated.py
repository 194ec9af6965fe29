"""The generated first look says what the plain one says, candidate by candidate and verdict by verdict."""

from typing import ClassVar

from hypothesis import given
from hypothesis import strategies as st

from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.alone import can_pick_alone
from opportune.policies.arbitration import Arbitration
from opportune.policies.decision import Verdict
from opportune.policies.generated import can_generate, generated_stand
from opportune.policies.holdout import Holdout
from opportune.policies.hours import Hours
from opportune.policies.pipeline import plain_look
from opportune.policies.slate import Proposal
from opportune.policies.variants import Variants
from opportune.policies.verbs import Policy, Score
from opportune.policies.view import View
from opportune.units import DAY, HOUR, ONE, Micros
from tests.laws.slates import CHANNELS, NOW, gates, pipeline_of, policies, proposals, rivals, views


@given(policies(), views(), st.data())
def test_the_generated_look_is_the_plain_look(listed: list[Policy], view: View, data: st.DataObject) -> None:
    proposal = data.draw(proposals(view.now).filter(lambda each: not each.without))
    assert_same_look(listed, proposal, view)


@given(gates, views(), st.permutations(CHANNELS))
def test_so_it_is_over_all_hours_of_a_day_on_three_channels(listed: list[Policy], view: View, order: list[str]) -> None:
    message = Message("message", tuple(order[:3]), "cart", useful_for=2 * DAY)
    proposal = Proposal("journey", "v1", "", NOW - HOUR, 0, message, view.now + 2 * DAY)
    assert_same_look([Hours(slots=24), *listed], proposal, view)


def assert_same_look(listed: list[Policy], proposal: Proposal, view: View) -> None:
    pipeline = pipeline_of(listed)
    assert can_generate(pipeline.expands)
    stand = generated_stand(proposal.message, pipeline.expands, pipeline.gates)
    plain: list[Verdict] = []
    generated: list[Verdict] = []
    assert stand(proposal.message, proposal.deadline, view, generated) == plain_look(pipeline, proposal, view, plain)
    assert generated == plain


@given(policies(), views(), st.data())
def test_whole_slates_come_out_alike(listed: list[Policy], view: View, data: st.DataObject) -> None:
    slate = data.draw(rivals(view.now))
    assert pipeline_of(listed).decide(slate, view) == pipeline_of(listed, is_plain=True).decide(slate, view)


@given(policies(), views(), st.data())
def test_one_proposal_alone_comes_out_as_a_slate_of_one(listed: list[Policy], view: View, data: st.DataObject) -> None:
    """Transactional ones too, with scores that tell channels and hours apart."""
    proposal = data.draw(proposals(view.now))
    likes = Likes(channel=data.draw(st.sampled_from(CHANNELS)), amount=data.draw(st.integers(-ONE, ONE)))
    first, second = pipeline_of([*listed, likes]), pipeline_of([*listed, likes], is_plain=True)
    assert first.decide([proposal], view) == second.decide([proposal], view)


class Likes(Score, frozen=True, tag="likes"):
    """Adds so much on one channel, and as much again in even hours."""

    channel: str
    amount: Micros
    reads: ClassVar[tuple[str, ...]] = ("channel", "at")

    def worth(self, candidate: Candidate, view: View) -> Micros:
        return self.amount * ((candidate.channel == self.channel) + (candidate.at // HOUR % 2 == 0))


class Coin(Variants, frozen=True, tag="coin"):
    """A pick of somebody else's that is like a shipped one."""


def test_picks_of_others_are_asked_in_plain_form() -> None:
    assert can_pick_alone([Holdout(share=ONE), Arbitration(), Variants()])
    assert not can_pick_alone([Arbitration(), Coin()])
