"""What runs make, beside what the stories tell."""

import pytest

from opportune.features.local_time import UTC
from opportune.journeys.making import MOST_DEPTH, Around, arm_of, take_arm
from opportune.journeys.memory import fresh
from opportune.journeys.run import Run
from opportune.journeys.step import Arm, Split
from opportune.journeys.terms import Terms
from opportune.units import DAY, ONE

HALVES = Split("haste", (Arm("fast", ONE // 2, 1), Arm("slow", ONE // 2, 2)))


def around() -> Around:
    return Around(fresh("ann"), 0, Terms(DAY, UTC, "salt"), [], [])


def test_arms_are_drawn_by_their_shares() -> None:
    drawn = [arm_of(HALVES, f"user{number}", "salt").name for number in range(2_000)]
    assert abs(drawn.count("fast") - 1_000) < 120  # 5 standard deviations


def test_another_salt_or_experiment_draws_anew() -> None:
    users = [f"user{number}" for number in range(60)]
    other = Split("speed", HALVES.arms)
    first, salted, named = (
        [arm_of(split, user, salt).name for user in users]
        for split, salt in ((HALVES, "salt"), (HALVES, "other"), (other, "salt"))
    )
    assert first != salted and first != named and salted != named


def test_shares_that_are_too_small_are_our_own_fault() -> None:
    with pytest.raises(AssertionError, match="split haste: shares sum to less"):
        arm_of(Split("haste", (Arm("fast", 0, 1),)), "ann", "salt")


def test_the_arm_is_kept_and_told_once() -> None:
    run, place = Run("cart", "v", "", 0, 0, 0, None), around()
    take_arm(HALVES, run, place)
    run.step = 0
    take_arm(HALVES, run, place)
    assert run.kept == {"arm.haste": arm_of(HALVES, "ann", "salt").name}
    assert [each.name for each in place.emissions] == ["Experiment Viewed"]
    assert run.has_acted


def test_what_too_many_emitted_events_have_led_to_is_not_told_of_but_goes_on() -> None:
    run, place = Run("cart", "v", "", 0, 0, 0, None, depth=MOST_DEPTH), around()
    take_arm(HALVES, run, place)
    assert (place.emissions, place.looped, run.step) == ([], ["Experiment Viewed"], arm_of(HALVES, "ann", "salt").step)


def test_two_emissions_of_one_run_have_ids_of_their_own_and_the_same_on_every_host() -> None:
    def made(step: int) -> str:
        run, place = Run("cart", "v", "", 0, step, 0, None), around()
        take_arm(HALVES, run, place)
        return place.emissions[0].id

    assert made(0) == made(0) != made(3)
