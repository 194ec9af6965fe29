"""Re-entry and exits as they are written, and what is said of those that cannot be."""

import pytest

from opportune.errors import PlaybookError
from opportune.journeys.journey import AtCondition, AtGoal, Exit, NoLonger, Reentry
from opportune.journeys.trigger import Watched
from tests.stories.shop import shop

CART = "journey: cart\nenter: {on: Cart Updated, where: total >= 20}\n"
STEPS = "steps:\n  - wait: 1 hour\n  - send: reminder\n"
GOAL = "goal: {on: Order Completed, within: 1 day}\n"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("", Reentry()),
        ("reentry: while_not_active\n", Reentry("while_not_active")),
        ("reentry: always\n", Reentry("always")),
        ("reentry: once\n", Reentry("once")),
        ("reentry: {cooldown: 1 second}\n", Reentry("cooldown", 1_000, "entry")),
        ("reentry: {cooldown: 1 second, counted_from: goal}\n", Reentry("cooldown", 1_000, "goal")),
    ],
)
def test_re_entry_is_one_word_or_a_cooldown(written: str, meant: Reentry) -> None:
    assert shop(journeys=CART + GOAL + written + STEPS).journeys["cart"].reentry == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Order Completed", [Watched("Order Completed")]),
        ("{on: Order Completed}", [Watched("Order Completed")]),
        ("goal", [AtGoal()]),
        ("{no_longer: entry}", [NoLonger()]),
        ("[goal, Order Completed, {no_longer: entry}]", [AtGoal(), Watched("Order Completed"), NoLonger()]),
    ],
)
def test_exits_are_one_or_several(written: str, meant: list[Exit]) -> None:
    assert list(shop(journeys=f"{CART}{GOAL}exit: {written}\n{STEPS}").journeys["cart"].exits) == meant


def test_an_exit_may_be_a_condition_that_reads_what_the_run_has_kept() -> None:
    cart = shop(journeys=f"{CART}exit: {{when: total > limit + 5}}\n{STEPS}").journeys["cart"]
    [asked] = cart.exits
    assert isinstance(asked, AtCondition) and asked.when.text == "total > limit + 5"
    assert cart.keeps == ("limit", "total")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ((GOAL, "", "{no_longer: entry}", "goal"), "exit: goal needs a goal, such as 'goal: {on: Order Completed"),
        ((", where: total >= 20", "", "", ""), "what begins this journey has no condition that could hold no longer"),
        (("", "", "{no_longer: entry}", "[no_longer]"), "write {no_longer: entry}"),
        (("", "", "{no_longer: entry}", "{no_longer: exit}"), "no_longer must be entry, not 'exit'"),
        (("", "", "{no_longer: entry}", "{when: total >}"), "when: "),
        (("", "", "{no_longer: entry}", "{when: total > 1, on: A}"), "exit has no 'on'"),
    ],
)
def test_an_exit_that_cannot_be_is_refused_with_the_remedy(changed: tuple[str, str, str, str], said: str) -> None:
    journey = f"{CART}{GOAL}exit: {{no_longer: entry}}\n{STEPS}"
    for old, new in (changed[:2], changed[2:]):
        journey = journey.replace(old, new) if old else journey
    with pytest.raises(PlaybookError) as refused:
        shop(journeys=journey)
    assert said in str(refused.value)
