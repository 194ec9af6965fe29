"""Chances sum to one, the logged propensity is their product, and nothing is said for nothing."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from opportune.draws import draw
from opportune.messages.candidate import Candidate
from opportune.policies.arbitration import Arbitration
from opportune.policies.channel_choice import ChannelChoice
from opportune.policies.holdout import Holdout
from opportune.policies.slate import joint
from opportune.policies.variants import Variants
from opportune.policies.verbs import SILENCE, Group, Pick, Policy
from opportune.policies.view import View
from opportune.units import ONE
from tests.laws.slates import messages, pipeline_of, policies, rivals, views, worths

PICKS = st.one_of(
    st.builds(Holdout, share=st.integers(0, ONE)), st.just(Arbitration()), st.just(ChannelChoice()), st.just(Variants())
)


@st.composite
def groups(draw_one: st.DrawFn, view: View) -> list[Group]:
    number = draw_one(st.integers(1, 5))
    return [
        Group(
            str(place),
            draw_one(worths),
            Candidate(draw_one(messages()), "email", view.now + draw_one(st.integers(0, 3)), 0),
        )
        for place in range(number)
    ]


@given(PICKS, views(), st.data())
def test_chances_are_millionths_that_sum_to_one(pick: Pick, view: View, data: st.DataObject) -> None:
    among = data.draw(groups(view))
    chances = pick.chances(among, view)
    assert sum(chances.values()) == ONE
    assert all(chance >= 0 for chance in chances.values())
    assert set(chances) <= {SILENCE, "slate", *(group.name for group in among)}


@given(views(), st.data())
def test_silence_stands_in_every_arbitration_at_worth_nothing(view: View, data: st.DataObject) -> None:
    among = data.draw(groups(view))
    [name] = Arbitration().chances(among, view)
    best = max(group.worth for group in among)
    if best <= 0:
        assert name == SILENCE
    else:
        assert next(group.worth for group in among if group.name == name) == best


@given(policies(), views(), st.data())
def test_the_logged_propensity_is_the_product_of_the_chances(
    listed: list[Policy], view: View, data: st.DataObject
) -> None:
    """Picks apply in the playbook's order: what falls silent before the holdout is drawn bears none of its chance."""
    slate = data.draw(rivals(view.now))
    held = next((each for each in listed if isinstance(each, Holdout)), None)
    is_out = held is not None and draw(view.salt, "holdout", view.bucket) < held.share
    names = [each.name for each in listed if isinstance(each, Pick)]
    behind = {"held_out", "chosen"} | ({"outranked", "not_worth_it"} if names != ["arbitration", "holdout"] else set())
    for decided in pipeline_of(listed).decide(slate, view):
        expected = ONE
        if decided.code in behind and held is not None:
            expected = held.share if is_out else ONE - held.share
        if decided.chosen is not None:
            if decided.timing is not None:
                at = (decided.chosen.channel, decided.chosen.at)
                [slot] = [each for each in decided.timing.slots if (each.channel, each.at) == at]
                expected = joint(expected, slot.chance)
            wordings = sorted(decided.proposal.message.variants)
            each, rest = divmod(ONE, len(wordings))
            expected = joint(expected, each + (rest if decided.chosen.variant == wordings[0] else 0))
        assert decided.propensity == expected


@given(policies(), views(), st.data())
def test_of_rivals_at_most_one_is_heard_and_none_for_nothing(
    listed: list[Policy], view: View, data: st.DataObject
) -> None:
    slate = data.draw(rivals(view.now))
    outcomes = pipeline_of(listed).decide(slate, view)
    heard = [each for each in outcomes if each.chosen is not None]
    assert [each.proposal for each in outcomes] == slate
    assert len(heard) <= 1
    assert all(each.worth > 0 for each in heard)
    for winner in heard:
        outranked = [each for each in outcomes if each.code == "outranked"]
        assert all(each.worth <= winner.worth for each in outranked)


@given(policies(), views(), st.data())
def test_the_order_of_the_rivals_decides_nothing(listed: list[Policy], view: View, data: st.DataObject) -> None:
    slate = data.draw(rivals(view.now))
    mixed = data.draw(st.permutations(slate))
    pipeline = pipeline_of(listed)
    first = {each.proposal.key: each for each in pipeline.decide(slate, view)}
    second = {each.proposal.key: each for each in pipeline.decide(mixed, view)}
    assert first == second


@given(st.integers(0, ONE), st.integers(0, ONE))
def test_a_joint_chance_is_rounded_half_to_even(first: int, second: int) -> None:
    assert joint(first, second) == round(Fraction(first * second, ONE))
