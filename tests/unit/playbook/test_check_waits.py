"""Waits that outlive what they are for."""

import pytest

from opportune.playbook.reading import findings
from tests.unit.playbook.test_check_steps import MAIN

HEAD = "journey: j\nenter: Signed Up\n"
GOAL = "goal: {on: Order Completed, within: 3 days}\n"


def told(journey: str) -> list[tuple[str, str, str]]:
    files = {**MAIN, "journeys/j.yaml": journey}
    return [(each.level, each.place, each.text) for each in findings(files) if each.place.startswith("journeys/")]


@pytest.mark.parametrize(
    "steps", ["  - wait: 3 days\n  - send: hello\n", "  - wait: 1 day\n  - wait: 2 days\n  - send: hello\n"]
)
def test_a_message_behind_the_end_of_the_goals_span_is_told(steps: str) -> None:
    [(level, place, text)] = told(HEAD + GOAL + "exit: goal\nsteps:\n" + steps)
    assert (level, place) == ("warning", f"journeys/j.yaml:{6 + steps.count('wait')}")
    assert text.startswith("it is said 3 days after entry at the earliest, and the goal counts for 3 days")


def test_the_shortest_way_counts() -> None:
    branch = "  - branch:\n      - when: orders > 3\n        steps: [wait: 9 days]\n  - wait: 1 day\n  - send: hello\n"
    assert told(HEAD + GOAL + "exit: goal\nsteps:\n" + branch) == []


def test_a_goal_that_does_not_end_the_run_is_a_note_at_what_comes_later() -> None:
    [(level, _, text)] = told(HEAD + GOAL + "steps:\n  - send: hello\n  - wait: 1 day\n  - send: hello\n")
    assert level == "note"
    assert text.startswith("'Order Completed' is the goal and does not end the run")


@pytest.mark.parametrize("exit", ["exit: goal\n", "exit: Order Completed\n", "exit: [Signed Out, Order Completed]\n"])
def test_one_that_ends_it_is_fine(exit: str) -> None:
    assert told(HEAD + GOAL + exit + "steps:\n  - send: hello\n  - wait: 1 day\n  - send: hello\n") == []


def test_a_condition_of_its_own_may_look_after_that() -> None:
    assert told(HEAD + GOAL + "steps:\n  - wait: 1 day\n  - send: hello\n    when: orders = 0\n") == []


def test_a_wait_at_the_end_does_nothing() -> None:
    [(level, place, text)] = told(HEAD + "reentry: once\nsteps:\n  - send: hello\n  - wait: 1 day\n")
    assert (level, place) == ("warning", "journeys/j.yaml:6")
    assert text == "nothing follows this wait, so it does nothing; remove it, or say what comes then"


def test_one_that_keeps_the_run_active_keeps_the_user_from_entering_again() -> None:
    assert told(HEAD + "steps:\n  - send: hello\n  - wait: 1 day\n") == []


def test_a_goal_that_is_the_entry_is_told() -> None:
    [(level, _, text)] = told(HEAD + "goal: {on: Signed Up, within: 3 days}\nexit: goal\nsteps:\n  - send: hello\n")
    assert level == "warning"
    assert (
        text == "'Signed Up' begins the journey and is its goal, so it is reached by entering again; name another goal"
    )


@pytest.mark.parametrize(
    "goal", ["{on: Signed Up, where: plan = 'gold', within: 3 days}", "{on: Paid, within: 3 days}"]
)
def test_one_that_is_more_is_fine(goal: str) -> None:
    assert told(HEAD + f"goal: {goal}\nexit: goal\nsteps:\n  - send: hello\n") == []


def test_what_an_absence_goes_without_is_a_goal_as_good_as_any() -> None:
    enter = "journey: j\nenter: {on: Signed Up, without: Paid, within: 2 days}\n"
    assert told(enter + "goal: {on: Paid, within: 3 days}\nexit: goal\nsteps:\n  - send: hello\n") == []
