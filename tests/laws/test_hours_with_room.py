"""A plan only removes hours, and the generated first look at a slate removes the same ones as the plain one."""

from hypothesis import given
from hypothesis import strategies as st

from opportune.policies.capacity import lot_of
from opportune.policies.pipeline import Pipeline, Snapshots
from opportune.policies.planned import Capacity, Opening, Plan, hour_of
from opportune.policies.send_time import SendTime
from opportune.policies.slate import Proposal
from opportune.policies.verbs import Policy
from opportune.policies.view import View
from opportune.units import HOUR, ONE
from opportune.wiring.planning.instants import hour_named
from tests.laws.slates import CHANNELS, EVERYTHING_ALLOWED, NOW, gates, proposals, views

shares = st.sampled_from([0, 200_000, 500_000, 900_000, ONE])
plans = st.dictionaries(
    st.sampled_from(CHANNELS),
    st.dictionaries(st.integers(-1, 40).map(lambda hour: hour_named(NOW // HOUR + hour)), shares.map(Opening)),
).map(lambda hours: Capacity((Plan("plan", "message", hours),)))


def pipelines(listed: list[Policy], capacity: Capacity) -> tuple[Pipeline, Pipeline]:
    """Generated and plain."""
    every, snapshots = [SendTime(control=0, explore=0), *listed], Snapshots(capacity=capacity)
    return (
        Pipeline(every, grants=EVERYTHING_ALLOWED, snapshots=snapshots),
        Pipeline(every, grants=EVERYTHING_ALLOWED, snapshots=snapshots, is_plain=True),
    )


@given(gates, plans, views(), st.data())
def test_generated_and_plain_choose_the_same_hour(
    listed: list[Policy], capacity: Capacity, view: View, data: st.DataObject
) -> None:
    proposal: Proposal = data.draw(proposals(view.now))
    generated, plain = pipelines(listed, capacity)
    [first], [second] = generated.decide([proposal], view), plain.decide([proposal], view)
    assert (first.chosen, first.code, first.until, first.propensity) == (
        second.chosen, second.code, second.until, second.propensity,
    )  # fmt: skip
    assert sorted(map(repr, first.verdicts)) == sorted(map(repr, second.verdicts))


@given(gates, plans, views(), st.data())
def test_what_is_chosen_lies_in_an_hour_that_lets_the_user_in(
    listed: list[Policy], capacity: Capacity, view: View, data: st.DataObject
) -> None:
    proposal: Proposal = data.draw(proposals(view.now))
    [found] = pipelines(listed, capacity)[0].decide([proposal], view)
    if found.chosen is None or proposal.message.kind != "marketing":
        return
    hours = capacity.plans[0].hours.get(found.chosen.channel, {})
    shares = {hour_of(text): opening.share for text, opening in hours.items()}
    assert lot_of("plan", view.bucket, view.salt) < shares.get(found.chosen.at // HOUR, ONE)


@given(gates, views(), st.data())
def test_a_plan_in_which_all_hours_are_open_changes_nothing(
    listed: list[Policy], view: View, data: st.DataObject
) -> None:
    proposal: Proposal = data.draw(proposals(view.now))
    hours = {hour_named(NOW // HOUR + hour): Opening(ONE) for hour in range(40)}
    capacity = Capacity((Plan("plan", "message", dict.fromkeys(CHANNELS, hours)),))
    [found], [without] = (pipelines(listed, each)[0].decide([proposal], view) for each in (capacity, Capacity()))
    assert (found.chosen, found.code, found.verdicts) == (without.chosen, without.code, without.verdicts)
