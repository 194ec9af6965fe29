"""Triggers and exits that never come about are told with their line."""

import pytest

from opportune.features.condition import Expression, condition
from opportune.features.expression import Constant
from opportune.features.feature import features_from, kinds
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
    always = Expression("1 < 2", Constant(True), "boolean")
    for finding in (*told(Crossing(always)), *told(crossing("score > 3", "score < 1"), AtCondition(always))):
        assert finding.level == "error" and "'1 < 2' is the same for everybody and ever" in finding.text
    [error] = told(Crossing(condition("score > 3"), always))
    assert error.place == "journeys.j.enter"
    assert told(crossing("local_hour(at) > 3")) == []


FEATURES = features_from(
    {
        "looks": "COUNT_IF(event = 'Viewed') OVER LAST '7 days' BY item_id",
        "has_looked": "looks > 0",
        "heat": "DECAY(1, '7 days')",
        "visits": "COUNT_IF(event = 'Viewed') OVER LAST '7 days'",
    }
)


def read(when: str) -> Expression:
    return condition(when, features=kinds(FEATURES))


def with_features(enter: Trigger) -> list[Finding]:
    found = check(playbook_of(Settings("UTC"), journeys=[Journey("j", enter, (End(),))], features=FEATURES))
    return [each for each in found if "nothing in the playbook reads feature" not in each.text]


@pytest.mark.parametrize(
    ("when", "text"),
    [
        ("properties.value > 3", "'value' is read of an event, and none begins this journey"),
        ("context.locale = 'de' AND visits > 3", "'locale' is read of an event"),
        ("looks > 3", "feature 'looks' is BY 'item_id'"),
        ("visits > 3 AND has_looked", "feature 'looks' is BY 'item_id'"),
    ],
)
def test_a_condition_that_asks_for_an_event_where_there_is_none_is_refused(when: str, text: str) -> None:
    triggers: list[Trigger] = [
        Crossing(read(when)), Schedule(AT, where=read(when)), DateTrait("day", where=read(when)),
        Broadcast(0, is_local=True, where=read(when)),
    ]  # fmt: skip
    for enter in triggers:
        [error] = with_features(enter)
        assert error.level == "error" and text in error.text
    assert with_features(Watched("Viewed", read(when))) == []


def test_a_condition_on_what_fades_is_noted() -> None:
    [note] = with_features(Crossing(read("heat < 1")))
    assert note.level == "note" and "nobody enters at the instant at which it has faded" in note.text
    assert with_features(Crossing(read("visits < 1"))) == []
    assert with_features(Schedule(AT, where=read("heat < 1"))) == []


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
