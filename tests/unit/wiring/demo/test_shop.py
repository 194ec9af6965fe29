"""The users do what the seed says."""

from opportune.units import DAY, HOUR
from opportune.wiring.demo.cast import cast_of
from opportune.wiring.demo.deed import Deed
from opportune.wiring.demo.shop import Shop

FIRST = 20_609
"""A Friday."""
CAST = cast_of(1, 400)


def deeds(seed: int, day: int = FIRST) -> list[Deed]:
    return sorted(Shop(seed, CAST, first_day=FIRST).day(day))


def test_the_same_seed_draws_the_same_day() -> None:
    assert deeds(1) == deeds(1)
    assert deeds(1) != deeds(2)


def test_no_two_deeds_share_an_id() -> None:
    every = [each.id for day in range(FIRST, FIRST + 10) for each in deeds(1, day)]
    assert len(every) == len(set(every)) > 500


def test_what_users_do_lies_on_their_own_day() -> None:
    assert all((FIRST - 1) * DAY < each.at < (FIRST + 2) * DAY for each in deeds(1))


def test_those_who_are_lost_bought_before_and_stay_away() -> None:
    shop, at = Shop(1, CAST, first_day=FIRST), FIRST * DAY
    lost = {user.id for user in CAST.values() if user.is_lost}
    before = {each.user: each.at for each in shop.sign_ups(at) if each.name == "Order Completed"}
    assert before.keys() == lost
    assert all(30 * HOUR <= at - bought <= 60 * HOUR for bought in before.values())
    assert not lost & {each.user for day in range(3) for each in deeds(1, FIRST + day) if each.name != "Identified"}


def test_new_users_look_around_without_a_name_first() -> None:
    new = {user.id for user in CAST.values() if user.is_new and not user.is_lost}
    assert {each.user for each in deeds(1) if each.visitor} == new
    assert not new & {each.user for each in Shop(1, CAST, first_day=FIRST).sign_ups(0) if each.name == "Identified"}


def test_weekend_users_come_at_the_weekend() -> None:
    weekenders = {user.id for user in CAST.values() if user.habit == "weekender" and not user.is_new}
    assert not weekenders & {each.user for each in deeds(1, FIRST) if each.name != "Identified"}
    assert weekenders & {each.user for each in deeds(1, FIRST + 1)}
    assert weekenders & {each.user for each in deeds(1, FIRST + 2)}


def test_movers_say_once_where_they_are_now() -> None:
    movers = {user.id for user in CAST.values() if user.moves_to != user.zone}
    moved = [each.user for day in range(3) for each in deeds(1, FIRST + day) if each.id.endswith("-moved")]
    assert sorted(moved) == sorted(movers)
