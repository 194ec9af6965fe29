"""What send_time may never get wrong: chances, the control, the baseline, and that its record says what was done."""

from hypothesis import given
from hypothesis import strategies as st

from opportune.draws import draw
from opportune.features.attention import Attention, slot_of
from opportune.features.attention_model import DEFAULT
from opportune.features.rhythm import rhythm_of
from opportune.policies.send_time import SendTime
from opportune.policies.slate import Proposal
from opportune.policies.timing import Timing
from opportune.policies.verbs import Policy
from opportune.policies.view import View
from opportune.units import HOUR, ONE
from tests.laws.slates import attentions, gates, pipeline_of, proposals, send_times, views


@st.composite
def choices(draw_: st.DrawFn) -> tuple[SendTime, list[Policy], View, Proposal]:
    view = draw_(views())
    return draw_(send_times), draw_(gates), view, draw_(proposals(view.now, kind="marketing"))


def timing_of(policy: SendTime, listed: list[Policy], view: View, proposal: Proposal) -> Timing | None:
    [decided] = pipeline_of([policy, *listed]).decide([proposal], view)
    assert (decided.chosen is None) == (decided.timing is None)
    return decided.timing


@given(choices())
def test_chances_sum_to_one_and_the_choice_is_one_of_them(
    choice: tuple[SendTime, list[Policy], View, Proposal],
) -> None:
    policy, listed, view, proposal = choice
    [decided] = pipeline_of([policy, *listed]).decide([proposal], view)
    timing, chosen = decided.timing, decided.chosen
    if timing is None or chosen is None:
        return
    assert sum(each.chance for each in timing.slots) == ONE
    [slot] = [each for each in timing.slots if (each.channel, each.at) == (chosen.channel, chosen.at)]
    assert slot.chance > 0
    if len(proposal.message.variants) == 1:
        assert decided.propensity == slot.chance
    assert all(view.now <= each.at < proposal.deadline or each.at == view.now for each in timing.slots)
    assert len({(each.channel, each.at) for each in timing.slots}) == len(timing.slots)


@given(choices())
def test_the_baseline_and_the_aim_keep_a_chance_and_the_control_has_the_baseline_for_sure(
    choice: tuple[SendTime, list[Policy], View, Proposal],
) -> None:
    policy, listed, view, proposal = choice
    timing = timing_of(policy, listed, view, proposal)
    if timing is None:
        return
    is_control = draw(view.salt, "send_time", "control", view.bucket) < policy.control
    assert timing.arm == ("control" if is_control else "treatment")
    aim = timing.best if timing.basis == "learned" else timing.baseline
    chance_at = {each.at: each.chance for each in timing.slots if each.channel == timing.channel}
    assert sum(chance_at.values()) == ONE, "a draw tries hours, not channels"
    assert {aim, timing.best, timing.baseline} <= chance_at.keys()
    if is_control:
        assert (timing.basis, timing.because, chance_at[timing.baseline]) == ("baseline", "control", ONE)
    else:
        floor = int(policy.explore * 0.5 / (policy.among + 2))
        assert chance_at[aim] >= ONE - policy.explore
        assert chance_at[timing.baseline] >= floor
        assert sum(each.chance > 0 for each in timing.slots) <= policy.among + 2


@given(choices())
def test_it_is_learned_only_where_the_gain_is_surely_above_nothing(
    choice: tuple[SendTime, list[Policy], View, Proposal],
) -> None:
    policy, listed, view, proposal = choice
    timing = timing_of(policy, listed, view, proposal)
    if timing is None:
        return
    is_sure = timing.gain > 0 and timing.gain >= DEFAULT.sureness * timing.deviation - 2
    is_known = timing.check_ins + timing.opens >= DEFAULT.fewest
    if timing.basis == "learned":
        assert is_sure and is_known and timing.because == "sure_gain"
    if not is_known and timing.arm == "treatment":
        assert timing.because == "too_little_known"
    if timing.because == "no_gain":
        assert timing.gain <= 0


@given(choices())
def test_a_slot_is_one_that_no_gate_objects_to(choice: tuple[SendTime, list[Policy], View, Proposal]) -> None:
    policy, listed, view, proposal = choice
    pipeline = pipeline_of([policy, *listed])
    [decided] = pipeline.decide([proposal], view)
    if decided.timing is None or decided.displaces:
        return
    slots = {(each.channel, each.at) for each in decided.timing.slots}
    refused = {(each.channel, each.at) for each in decided.verdicts}
    assert not slots & refused


@given(attentions())
def test_the_rhythm_of_a_user_is_a_rate_above_nothing_for_each_hour_of_the_week(attention: Attention | None) -> None:
    rhythm = rhythm_of(attention, DEFAULT)
    assert len(rhythm.rates) == len(rhythm.weights) == 168
    assert all(rate > 0 for rate in rhythm.rates) and all(weight > 0 for weight in rhythm.weights)
    if attention is None:
        assert rhythm.rates == DEFAULT.archetypes[0].curve


@given(views(), st.integers(1, HOUR - 1))
def test_later_slots_lie_in_hours_of_the_users_clock_at_the_users_own_minute(view: View, spread: int) -> None:
    parts = SendTime(spread=spread).parts(DEFAULT, {})
    first, *later = parts[0].instants(view.now, view.now + 48 * HOUR, view)
    assert first == view.now
    assert later == sorted(set(later)) and all(at > view.now for at in later)
    assert slot_of(0) == 72
