"""Gates only remove, and it does not matter in which order they are asked, whatever is moved or displaced."""

from hypothesis import given
from hypothesis import strategies as st

from opportune.messages.candidate import Candidate
from opportune.policies.pipeline import plain_look
from opportune.policies.slate import Proposal, latest_until, objections
from opportune.policies.verbs import Policy
from opportune.policies.view import View
from opportune.units import DAY, Instant
from tests.laws.slates import gates, pipeline_of, policies, proposals, views


@given(policies(), views(), st.data())
def test_gates_leave_the_same_survivors_in_any_order(listed: list[Policy], view: View, data: st.DataObject) -> None:
    proposal = data.draw(proposals(view.now))
    pipeline, shuffled = pipeline_of(listed), pipeline_of(listed)
    shuffled.gates = data.draw(st.permutations(pipeline.gates))
    first, second = pipeline.weigh(proposal, view), shuffled.weigh(proposal, view)
    assert first.stands == second.stands
    assert first.worth == second.worth
    assert sorted(map(repr, first.verdicts)) == sorted(map(repr, second.verdicts))
    assert first.fallen.until == second.fallen.until


@given(policies(), views(), st.data())
def test_nothing_stands_that_a_gate_objects_to(listed: list[Policy], view: View, data: st.DataObject) -> None:
    proposal = data.draw(proposals(view.now))
    pipeline = pipeline_of(listed)
    for standing in pipeline.weigh(proposal, view).stands:
        assert pipeline.judge(standing.candidate, view.excluding(frozenset(standing.displaces))) == []
        assert standing.candidate.at >= view.now
        assert standing.candidate.at < proposal.deadline
        assert standing.candidate.channel in proposal.message.channels
        assert standing.candidate.channel not in proposal.without


@given(policies(), views(), st.data())
def test_fewer_gates_never_leave_fewer_as_they_are(listed: list[Policy], view: View, data: st.DataObject) -> None:
    proposal = data.draw(proposals(view.now))
    pipeline, fewer = pipeline_of(listed, is_plain=True), pipeline_of(listed, is_plain=True)
    fewer.gates = [gate for gate in pipeline.gates if data.draw(st.booleans())]
    before = plain_look(pipeline, proposal, view, [])
    assert [each for each in plain_look(fewer, proposal, view, []) if each in before] == before


@given(policies(), views(), st.data())
def test_what_moves_comes_to_the_first_instant_at_which_every_gate_allows(
    listed: list[Policy], view: View, data: st.DataObject
) -> None:
    """Every instant at which some gate might change its mind is tried, one by one."""
    proposal = data.draw(proposals(view.now))
    pipeline = pipeline_of([each for each in listed if each.name not in ("hours", "send_time")])
    for standing in pipeline.weigh(proposal, view).stands:
        if standing.displaces:
            continue
        for minute in range(view.now, standing.candidate.at, 60_000):
            assert pipeline.judge(_candidate(proposal, standing.candidate.channel, minute), view) != []


@given(policies(), views(), st.data())
def test_what_is_displaced_was_planned_marketing_and_was_in_the_way(
    listed: list[Policy], view: View, data: st.DataObject
) -> None:
    proposal = data.draw(proposals(view.now))
    pipeline = pipeline_of(listed)
    planned = {each.id: each for each in view.ledger.pending if each.state == "planned" and each.is_marketing}
    weighed = pipeline.weigh(proposal, view)
    for standing in weighed.stands:
        assert set(standing.displaces) <= set(planned)
        if standing.displaces and proposal.message.kind == "marketing":
            price = sum(planned[each].worth for each in standing.displaces)
            worth = weighed.worth + standing.extra
            assert worth * 1_000_000 > price * (1_000_000 + pipeline.margin)
        if standing.displaces:
            spared = view.excluding(frozenset(standing.displaces[:-1]))
            assert pipeline.judge(standing.candidate, spared) != []


@given(policies(), views(), st.data())
def test_an_until_lies_after_the_candidate_and_its_gate_objects_up_to_there(
    listed: list[Policy], view: View, data: st.DataObject
) -> None:
    proposal = data.draw(proposals(view.now))
    pipeline = pipeline_of(listed)
    for channel in proposal.message.channels:
        candidate = _candidate(proposal, channel, view.now)
        for gate, why in objections(pipeline.gates, candidate, view):
            if why.until is None:
                continue
            assert why.until > candidate.at
            halfway = _candidate(proposal, channel, (candidate.at + why.until) // 2)
            last = _candidate(proposal, channel, why.until - 1)
            assert gate.objection(last, view) is not None
            assert gate.objection(halfway, view) is not None


@given(gates, views(), st.data())
def test_what_a_gate_says_stays_as_long_as_it_says_it_does(
    listed: list[Policy], view: View, data: st.DataObject
) -> None:
    """Code and until; who is in the way may change sooner."""
    proposal = data.draw(proposals(view.now))
    channel = proposal.message.channels[0]
    for gate in (each for each in pipeline_of(listed).gates if each.binds(proposal.message, channel)):
        candidate = _candidate(proposal, channel, view.now + data.draw(st.integers(0, 2 * DAY)))
        reason = gate.objection(candidate, view)
        end = gate.stays(reason, candidate, view)
        assert end is None or end > candidate.at
        last = (candidate.at + 9 * DAY if end is None else end) - 1
        for at in (last, data.draw(st.integers(candidate.at, last))):
            later = gate.objection(_candidate(proposal, candidate.channel, at), view)
            assert (later and (later.code, later.until)) == (reason and (reason.code, reason.until))


def test_no_reasons_ask_for_no_wait() -> None:
    assert latest_until([]) == 0


def _candidate(proposal: Proposal, channel: str, at: Instant) -> Candidate:
    return Candidate(proposal.message, channel, at, proposal.deadline)
