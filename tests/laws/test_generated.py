"""The generated first look says what the plain one says, candidate by candidate and verdict by verdict."""

from hypothesis import given
from hypothesis import strategies as st

from opportune.messages.message import Message
from opportune.policies.decision import Verdict
from opportune.policies.generated import can_generate, generated_stand
from opportune.policies.hours import Hours
from opportune.policies.pipeline import plain_look
from opportune.policies.slate import Proposal
from opportune.policies.verbs import Policy
from opportune.policies.view import View
from opportune.units import DAY, HOUR
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
