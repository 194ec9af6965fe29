"""Steps, branches and re-entry, told in the smallest journeys that show them."""

import pytest

from opportune.features.profile import Profile
from opportune.features.scope import Scope
from opportune.journeys.beginning import MOST_PASTS, scalar
from opportune.journeys.run import GoalReached
from opportune.testing.world import User, World
from opportune.units import DAY, HOUR
from tests.stories.shop import shop

BRANCH = """
journey: cart
enter: {on: Cart Updated}
steps:
  - wait: {until: Page Viewed, at_most: 1 hour}
    on_timeout:
      - send: late
  - send: joined
"""
NAMES = {"late": "", "joined": "", "reminder": ""}
ONCE = "journey: cart\nenter: {on: Cart Updated}\nsteps:\n  - send: reminder\n"


def hears(world: World, user: User) -> list[str]:
    world.passes(days=3)
    return [mail.message for mail in user.received]


def test_a_wait_that_times_out_goes_its_own_way_and_joins_again() -> None:
    world = World(shop(journeys=BRANCH, messages=NAMES))
    ann = world.user("ann")
    ann.does("Cart Updated")
    assert hears(world, ann) == ["late", "joined"]


def test_a_wait_that_is_answered_goes_round_the_other_way() -> None:
    world = World(shop(journeys=BRANCH, messages=NAMES))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(minutes=30)
    ann.does("Page Viewed")
    assert hears(world, ann) == ["joined"]


def test_what_happened_before_a_wait_began_does_not_answer_it() -> None:
    journey = BRANCH.replace("steps:\n", "steps:\n  - wait: 2 hours\n")
    world = World(shop(journeys=journey, messages=NAMES))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(hours=1)
    ann.does("Page Viewed")
    assert hears(world, ann) == ["late", "joined"]


def test_what_happened_since_entry_answers_a_wait_that_looks_back() -> None:
    journey = BRANCH.replace("steps:\n", "steps:\n  - wait: 2 hours\n").replace("1 hour}", "1 hour, since: entry}")
    world = World(shop(journeys=journey, messages=NAMES))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(hours=1)
    ann.does("Page Viewed")
    assert hears(world, ann) == ["joined"]


def test_a_step_whose_condition_is_not_true_is_passed() -> None:
    journey = ONCE.replace("send: reminder\n", "send: late\n    when: vip\n  - send: joined\n")
    world = World(shop(journeys=journey, messages=NAMES))
    ann, bob = world.user("ann", vip=True), world.user("bob")
    ann.does("Cart Updated")
    bob.does("Cart Updated")
    assert (hears(world, ann), hears(world, bob)) == (["late", "joined"], ["joined"])


def test_once_is_never_again() -> None:
    world = World(shop(journeys=ONCE + "reentry: once\n"))
    ann = world.user("ann")
    for _ in range(3):
        ann.does("Cart Updated")
        world.passes(days=30)
    assert len(ann.received) == 1


@pytest.mark.parametrize(("basis", "entries"), [("entry", [0, 7]), ("goal", [0, 1, 2, 10])])
def test_a_cooldown_counts_from_its_basis(basis: str, entries: list[int]) -> None:
    """Ordered on the third day: a goal forbids from then on, and nothing before it does."""
    goal = "goal: {on: Order Completed, within: 30 days}\n"
    world = World(shop(journeys=f"{ONCE}{goal}reentry: {{cooldown: 7 days, counted_from: {basis}}}\n"))
    ann = world.user("ann")
    begun = world.now
    for day in range(11):
        world.until(begun + day * DAY)
        if day == 3:
            ann.does("Order Completed")
        ann.does("Cart Updated")
    world.passes(minutes=1)
    assert [(mail.at - begun) // DAY for mail in ann.received] == entries


def test_a_goal_without_a_key_is_of_the_newest_entry_and_counts_within_its_span() -> None:
    journey = ONCE.replace("enter", "key: n\nenter") + "goal: {on: Order Completed, within: 1 day, value: revenue}\n"
    world = World(shop(journeys=journey))
    ann = world.user("ann")
    ann.does("Cart Updated", n=1)
    world.passes(minutes=1)
    ann.does("Cart Updated", n=2)
    entered = world.now
    world.passes(hours=24)
    [goal] = world.feed([world.event("ann", "Order Completed", {"revenue": "much"})]).goals
    assert goal == GoalReached("ann", "cart", "2", entered, world.now, None)
    world.passes(seconds=0.001)
    assert world.feed([world.event("ann", "Order Completed", {"n": 2})]).goals == []


def test_of_many_keys_the_oldest_are_forgotten() -> None:
    world = World(shop("holdout: {share: 100%}", journeys=ONCE.replace("enter", "key: n\nenter") + "reentry: once\n"))
    ann = world.user("ann")
    for number in range(MOST_PASTS + 20):
        ann.does("Cart Updated", n=number)
    assert len(world.memory(ann).pasts) == MOST_PASTS


@pytest.mark.parametrize(
    ("key", "text"), [("c1", "c1"), (7, "7"), (7.0, "7"), (7.5, "7.5"), (True, "true"), (False, "false")]
)
def test_a_key_is_the_text_of_its_property(key: object, text: str) -> None:
    world = World(shop(journeys=ONCE.replace("enter", "key: n\nenter")))
    ann = world.user("ann")
    ann.does("Cart Updated", n=key)
    assert [decision.key for decision in world.decisions] == [text]


@pytest.mark.parametrize("key", ["", None, [1], {"a": 1}, "x" * 1_025])
def test_what_is_no_scalar_or_empty_or_endless_is_no_key(key: object) -> None:
    world = World(shop(journeys=ONCE.replace("enter", "key: n\nenter")))
    world.user("ann").does("Cart Updated", n=key)
    assert world.decisions == []


def test_a_dotted_name_is_found_flat_or_nested_and_only_if_it_is_a_scalar() -> None:
    def found(properties: dict[str, object], name: str) -> object:
        return scalar(Scope(Profile({}, {}, [], {}), 0, "", properties), name)

    assert found({"cart.total": 1, "cart": {"total": 2}}, "cart.total") == 1
    assert found({"cart": {"total": 2}}, "cart.total") == 2
    assert found({"cart": 3}, "cart.total") is None
    assert found({"cart": {"total": [1]}}, "cart.total") is None


def test_two_waits_of_one_run_never_overlap() -> None:
    steps = "  - wait: 1 hour\n  - send: late\n  - wait: 1 hour\n  - send: joined\n"
    journey = f"journey: cart\nenter: {{on: Cart Updated}}\nsteps:\n{steps}"
    world = World(shop(journeys=journey, messages=NAMES), delay=0)
    ann = world.user("ann")
    ann.does("Cart Updated")
    begun = world.now
    hears(world, ann)
    assert [mail.at - begun for mail in ann.received] == [HOUR, 2 * HOUR]
