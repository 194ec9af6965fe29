"""The gain of choosing the moment, of records whose gain is known."""

import pytest
from msgspec.structs import replace

from opportune.training.clustered import Figure
from opportune.training.gain import Gain, Measure, Send, gains
from opportune.units import ONE
from tests.unit.training.confounded import World, confounded


def gain_of(world: World, measure: Measure = "opens") -> Gain:
    (found,) = gains(lambda: world.users, [measure])
    return found


def holds(figure: Figure, truth: float) -> bool:
    return figure.low is not None and figure.high is not None and figure.low <= truth <= figure.high


def test_both_honest_figures_hold_the_truth_as_often_as_they_say() -> None:
    """Of 40 worlds; fewer than 35 of them but once in fifty times."""
    large = confounded(1, 20_000, explore=0.3)
    found = [gain_of(confounded(seed, 1_500, control=0.3, explore=0.3)) for seed in range(2, 42)]
    assert sum(holds(each.gap, large.explored - large.baseline) for each in found) >= 35
    assert sum(holds(each.logged.gap.robust, large.chosen - large.baseline) for each in found) >= 35


def test_the_matched_figure_claims_more_than_twice_the_truth_and_is_warned_of() -> None:
    large = confounded(1, 40_000)
    found = gain_of(large)
    assert 0.12 <= large.lift <= 0.18
    assert holds(found.lift, large.lift) and found.verdict == "gain"
    assert found.matched.lift is not None and found.matched.lift >= 2 * large.lift
    assert found.matched.is_boast


def test_a_wrong_model_changes_how_sharp_it_is_and_not_what_it_says() -> None:
    world = confounded(3, 20_000, explore=0.3, wrong=True)
    found = gain_of(world).logged
    assert holds(found.one.robust, world.chosen) and holds(found.other.robust, world.baseline)
    assert holds(found.gap.robust, world.chosen - world.baseline)


def test_where_there_is_no_gain_none_is_claimed_and_the_matched_figure_is_warned_of() -> None:
    """Of 40 worlds chance calls two something else, and more than five but once in a hundred times."""
    found = [gain_of(confounded(seed, 1_500, gain=0.0, explore=0.0)) for seed in range(100, 140)]
    assert sum(each.verdict == "no_difference" for each in found) >= 35
    assert sum(each.matched.lift or 0.0 for each in found) / 40 > 0.15
    assert sum(each.matched.is_boast for each in found) >= 35


def test_a_loss_is_called_one() -> None:
    world = confounded(5, 20_000, gain=-0.9, control=0.4)
    assert gain_of(world).verdict == "loss"


def test_without_a_control_nothing_is_said_of_the_difference() -> None:
    found = gain_of(confounded(6, 500, control=0.0))
    assert found.verdict == "too_little"
    assert found.control.figure.reason == "of 0 users nothing can be told; 50 are needed"
    assert not found.matched.is_boast
    assert found.logged.gap.robust.value is not None or found.logged.gap.robust.reason


def test_where_hardly_anybody_did_it_no_rate_is_told() -> None:
    sends = [Send("treated", True, True, True, ONE, ONE, ONE, 0, 0, 0, user == 7) for user in range(100)]
    world = World([(f"u{place}", [each]) for place, each in enumerate(sends)], 0.0, 0.0, 0.0)
    assert gain_of(world).treated.figure.reason == "1 of 100 users did it; 10 are needed to tell a rate"


def test_without_exploration_the_record_cannot_say_what_the_baseline_would_have_brought() -> None:
    found = gain_of(confounded(7, 2_000, explore=0.0)).logged
    assert found.gap.robust.value is None
    assert "had no chance of being made" in found.other.robust.reason


@pytest.mark.parametrize("measure", ["goals", "value"])
def test_goals_and_their_value_are_told_the_same_way(measure: Measure) -> None:
    world = confounded(8, 8_000)
    users = [
        (user, [replace(each, reached=each.opened, value=30 * ONE if each.opened else 0) for each in sends])
        for user, sends in world.users
    ]
    found = gain_of(World(users, world.chosen, world.baseline, world.explored), measure)
    size = 30 if measure == "value" else 1
    assert holds(found.gap, size * (world.explored - world.baseline))
    assert holds(found.logged.gap.robust, size * (world.chosen - world.baseline))


def test_what_cannot_be_seen_counts_for_nothing() -> None:
    assert gains(lambda: confounded(9, 100).users, ["goals", "value"]) == []


def test_what_may_have_been_a_machine_is_told_apart() -> None:
    world = confounded(10, 2_000)
    users = [(user, [replace(each, unsure=not each.opened) for each in sends]) for user, sends in world.users]
    sure, unsure = gains(lambda: users, ["opens", "opens_unsure"])
    assert sure.treated.figure.value is not None and sure.treated.figure.value < 0.3
    assert unsure.treated.figure.value == 1.0
