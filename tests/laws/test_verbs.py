"""What expands and scores may do to a slate."""

from hypothesis import given
from hypothesis import strategies as st

from opportune.features.local_time import local
from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.channels import Channels
from opportune.policies.hours import Hours
from opportune.policies.verbs import Policy, Score
from opportune.policies.view import View
from opportune.units import HOUR, Micros
from tests.laws.slates import pipeline_of, policies, proposals, views


class Likes(Score, frozen=True, tag="likes"):
    """Adds so much for one channel list and takes it from others."""

    amount: Micros = 0

    def worth(self, candidate: Candidate, view: View) -> Micros:
        return self.amount if "email" in candidate.message.channels else -self.amount


@given(policies(), views(), st.data())
def test_expands_invent_no_message_and_move_no_deadline(listed: list[Policy], view: View, data: st.DataObject) -> None:
    proposal = data.draw(proposals(view.now))
    slate = [Candidate(proposal.message, "", view.now, proposal.deadline)]
    for expand in pipeline_of(listed).expands:
        finer = [each for candidate in slate for each in expand.expanded(candidate, view)]
        assert {(each.message, each.deadline) for each in finer} <= {(each.message, each.deadline) for each in slate}
        slate = finer
    assert len(set(map(repr, slate))) == len(slate)
    assert {each.channel for each in slate} == set(proposal.message.channels)


@given(views(), st.integers(1, 48), st.integers(0, 72 * HOUR))
def test_hours_are_the_slates_instant_and_the_whole_hours_after_it(view: View, slots: int, span: int) -> None:
    found = Hours(slots=slots).instants(view.now, view.now + span, view)
    assert found[0] == view.now
    assert len(found) <= slots
    assert found == sorted(set(found))
    for at in found[1:]:
        assert at < view.now + span
        assert local(view.zones[0], at)[1] % 60 == 0
    if len(found) < slots:
        minute = 60_000
        whole = [
            at
            for at in range(-(-(view.now + 1) // minute) * minute, view.now + span, minute)
            if local(view.zones[0], at)[1] % 60 == 0
        ]
        assert found[1:] == whole


@given(st.lists(st.integers(-(10**9), 10**9).map(lambda amount: Likes(amount=amount)), max_size=5), views(), st.data())
def test_scores_add_up_in_any_order(likes: list[Likes], view: View, data: st.DataObject) -> None:
    proposal = data.draw(proposals(view.now))
    candidate = Candidate(proposal.message, "", view.now, proposal.deadline)
    mixed = data.draw(st.permutations(likes))
    sign = 1 if "email" in proposal.message.channels else -1
    plain = pipeline_of([]).worth(candidate, view)
    expected = plain + sign * sum(each.amount for each in likes)
    assert pipeline_of(likes).worth(candidate, view) == pipeline_of(mixed).worth(candidate, view) == expected


@given(views())
def test_a_message_has_one_candidate_for_each_of_its_channels_in_their_order(view: View) -> None:
    message = Message("message", ("push", "in_app", "email"), "cart")
    found = list(Channels().expanded(Candidate(message, "", view.now, view.now + HOUR), view))
    assert [each.channel for each in found] == ["push", "in_app", "email"]
