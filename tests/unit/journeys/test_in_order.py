"""What would have begun, told in the smallest courses that show it."""

import pytest

from opportune.features.expression import Constant, Expression
from opportune.features.local_time import WallTime
from opportune.journeys.in_order import course_of, may_enter
from opportune.journeys.journey import AtGoal, Goal, Journey, Reentry
from opportune.journeys.run import Again, Past, Reached
from opportune.journeys.step import End
from opportune.journeys.trigger import Counted, Crossing, Schedule, Sequence, Trigger, Watched

CART = Journey("cart", Watched("A"), (End(),))


def begun(journey: Journey, past: Past, entries: list[Again], exits: tuple[int, ...] = ()) -> list[int]:
    return [each.at for each in course_of(journey, past, entries, exits).begun]


def with_goal(reentry: Reentry, *, within: int = 100, exits: tuple[AtGoal, ...] = ()) -> Journey:
    return Journey("cart", Watched("A"), (End(),), reentry=reentry, goal=Goal("B", within), exits=exits)


def test_an_entry_of_the_instant_at_which_a_run_ended_of_itself_may_begin_the_next() -> None:
    past = Past("cart", "", None)
    assert begun(CART, past, [Again(10, ended=20), Again(19), Again(20)]) == [10, 20]


def test_what_came_before_the_end_of_a_run_that_stands_was_swallowed() -> None:
    past = Past("cart", "", 10, before=10, free=20)
    assert begun(CART, past, [Again(15), Again(20)]) == [20]


def test_an_exit_ends_what_began_before_it_and_nothing_of_its_own_instant() -> None:
    past = Past("cart", "", None)
    assert begun(CART, past, [Again(10), Again(15), Again(20)], (20,)) == [10, 20]


def test_of_two_entries_of_one_instant_one_begins() -> None:
    past = Past("cart", "", None)
    assert begun(CART, past, [Again(10), Again(10)], (10,)) == [10]


def test_a_goal_counts_for_the_newest_entry_before_it_once_and_within_its_span() -> None:
    past = Past("cart", "", None, goals=[Reached(at, None) for at in (5, 20, 30, 131, 150)])
    course = course_of(with_goal(Reentry()), past, [Again(10, ended=11), Again(30, ended=31)], ())
    assert [(each.at, each.entry) for each in past.goals] == [(5, None), (20, 10), (30, 30), (131, None), (150, None)]
    assert course.goal == 30


def test_a_cooldown_from_a_goal_knows_of_those_before_what_stands() -> None:
    reentry = Reentry("cooldown", 50, "goal")
    goals = [Reached(5, None, entry=3), Reached(8, None)]
    assert begun(with_goal(reentry), Past("cart", "", 9, before=9, goals=goals), [Again(40), Again(60)]) == [60]


def test_a_cooldown_from_a_goal_knows_of_one_that_has_been_forgotten() -> None:
    reentry = Reentry("cooldown", 50, "goal")
    past = Past("cart", "", 3, before=3, goal=5, goals=[Reached(500, None)])
    assert begun(with_goal(reentry), past, [Again(40), Again(60)]) == [60]


def test_a_goal_that_is_an_exit_ends_what_began_before_it_within_its_span() -> None:
    journey = with_goal(Reentry(), exits=(AtGoal(),))
    for at, expected in ((10, [10]), (11, [10, 60]), (110, [10])):
        past = Past("cart", "", None, goals=[Reached(at, None)])
        assert begun(journey, past, [Again(10), Again(60)]) == expected


def test_a_goal_of_all_keys_ends_what_began_before_it_within_its_span() -> None:
    journey = with_goal(Reentry(), exits=(AtGoal(),))
    for at, expected in ((10, ([10], 10)), (11, ([10, 60], 60)), (110, ([10], None)), (111, ([10], 10))):
        course = course_of(journey, Past("cart", "x", None), [Again(10), Again(60)], (), [at])
        left = None if course.under_way is None else course.under_way.at
        assert ([each.at for each in course.begun], left) == expected


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        (Watched("A"), True),
        (Watched("B"), False),
        (Counted("A"), True),
        (Sequence((Watched("B"), Watched("A")), 1), True),
        (Sequence((Watched("A"), Watched("B")), 1), False),
        (Crossing(Expression("TRUE", Constant(True), "boolean")), True),
        (Schedule(WallTime(540)), False),
    ],
)
def test_some_events_may_themselves_be_what_enters(trigger: Trigger, expected: bool) -> None:
    assert may_enter(trigger, "A") is expected
