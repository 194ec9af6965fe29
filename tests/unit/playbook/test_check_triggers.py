"""Triggers and exits that never come about are told with their line."""

import pytest

from opportune.features.condition import condition
from opportune.features.local_time import WallTime
from opportune.journeys.journey import AtCondition, AtGoal, Exit, Goal, Journey, NoLonger
from opportune.journeys.step import End
from opportune.journeys.trigger import Broadcast, Crossing, DateTrait, Schedule, Silence, Trigger, Watched
from opportune.playbook.check import check
from opportune.playbook.definition import Settings, playbook_of
from opportune.playbook.finding import Finding
from opportune.units import DAY

AT = WallTime(540)


def told(enter: Trigger, *exits: Exit, key: str = "", goal: Goal | None = None) -> list[Finding]:
    return check(playbook_of(Settings("UTC"), journeys=[Journey("j", enter, (End(),), key, exits, goal=goal)]))


def crossing(when: str, rearm: str = "") -> Crossing:
    return Crossing(condition(when), condition(rearm) if rearm else None)


@pytest.mark.parametrize("when", ["score > 3", "EXISTS('Bought', since => '2 days')", "traits.is_new"])
def test_a_condition_that_users_can_change_is_right(when: str) -> None:
    assert told(crossing(when), AtCondition(condition(when))) == []


def test_a_condition_that_nothing_changes_is_refused() -> None:
    [error] = told(crossing("local_hour(at) > 3"))
    assert (error.level, error.place) == ("error", "journeys.j.enter")
    assert error.text.endswith("so it is never asked; use 'every: day' with 'at'")
    [error] = told(crossing("score > 3", "local_hour(at) > 3"))
    assert "'local_hour(at) > 3' does not change" in error.text
    [error] = told(Watched("A"), AtCondition(condition("local_hour(at) > 3")))
    assert error.place == "journeys.j.exit"


@pytest.mark.parametrize("when", ["properties.value > 3", "context.locale = 'de' AND score > 3"])
def test_a_condition_that_asks_for_an_event_where_there_is_none_is_refused(when: str) -> None:
    [error] = told(crossing(when))
    assert error.level == "error" and "where a condition is watched there is none" in error.text


@pytest.mark.parametrize(
    ("enter", "level"),
    [
        (crossing("score > 3"), "error"), (Schedule(AT), "error"), (DateTrait("day"), "error"),
        (Broadcast(0, is_local=True), "error"), (Silence(DAY), "warning"),
    ],
)  # fmt: skip
def test_a_journey_that_no_event_enters_has_no_key(enter: Trigger, level: str) -> None:
    [finding] = told(enter, key="cart_id")
    assert finding.level == level and "its runs have no 'cart_id'" in finding.text
    assert told(enter) == []


def test_an_exit_at_a_goal_needs_one() -> None:
    [error] = told(Watched("A"), AtGoal())
    assert error.level == "error" and error.text.startswith("exit: goal needs a goal")
    assert told(Watched("A"), AtGoal(), goal=Goal("Bought", DAY)) == []


@pytest.mark.parametrize("enter", [Watched("A"), Schedule(AT), DateTrait("day")])
def test_an_exit_when_the_entry_holds_no_longer_needs_one_that_holds(enter: Trigger) -> None:
    [error] = told(enter, NoLonger())
    assert error.level == "error" and "no condition that could hold no longer" in error.text


@pytest.mark.parametrize(
    "enter", [Watched("A", condition("score > 3")), crossing("score > 3"), Schedule(AT, where=condition("score > 3"))]
)
def test_an_entry_with_a_condition_can_hold_no_longer(enter: Trigger) -> None:
    assert told(enter, NoLonger()) == []
