"""Who enters, how often, and what ends a run: peers' trouble lists, and our own."""

import pytest

from opportune.journeys.run import GoalReached
from opportune.sending.attempt import Attempt
from opportune.testing.world import Answer, User, World
from opportune.units import DAY, HOUR, MINUTE
from tests.stories.shop import NIGHT, shop

ENTER = "journey: cart\nenter: Cart Updated\n"
SENDS = "steps:\n  - wait: 1 hour\n  - send: reminder\n"
GOAL = "goal: {on: Order Completed, within: 3 days, value: total}\n"


def hears(world: World, user: User) -> list[str]:
    world.passes(days=40)
    return [mail.message for mail in user.received]


def test_a_purchase_during_a_wait_of_thirty_days_ends_the_run_at_once() -> None:
    steps = "steps:\n  - wait: 30 days\n  - send: reminder\n"
    world = World(shop(journeys=f"{ENTER}exit: Order Completed\n{steps}"))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(days=12)
    ann.does("Order Completed")
    assert world.memory(ann).runs == []
    assert hears(world, ann) == []


def test_what_is_planned_ends_in_the_same_transaction_as_its_run() -> None:
    world = World(shop(NIGHT, journeys=f"{ENTER}exit: Order Completed\n{SENDS}"), start="2026-06-01T20:30Z")
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(hours=2)
    assert world.why(ann, "reminder").code == "planned"
    turn = world.feed([world.event("ann", "Order Completed", {})])
    assert [(each.outcome, each.code) for each in turn.endings] == [("not_sent", "exited")]
    assert world.memory(ann).ledger.pending == []


def test_two_entries_of_one_key_in_one_millisecond_are_one_run_and_of_two_keys_two() -> None:
    world = World(shop(journeys=f"{ENTER}key: cart_id\nreentry: always\n{SENDS}"))
    ann = world.user("ann")
    for cart in ("a", "a", "b"):
        ann.does("Cart Updated", cart_id=cart)
    assert [(run.key, run.entry) for run in world.memory(ann).runs] == [("a", world.now), ("b", world.now)]
    world.passes(hours=1)
    assert [each.key for each in world.decisions] == ["a", "b"]


@pytest.mark.parametrize("reentry", ["while_not_active", "always", "once", "{cooldown: 1 hour}"])
def test_two_entries_in_one_millisecond_are_decided_for_once(reentry: str) -> None:
    world = World(shop(journeys=f"{ENTER}reentry: {reentry}\nsteps:\n  - send: reminder\n"))
    ann = world.user("ann")
    ann.does("Cart Updated")
    ann.does("Cart Updated")
    assert len(world.decisions) == 1


def test_an_exit_and_then_an_entry_in_one_millisecond_leave_a_run() -> None:
    """Within one millisecond the order of arrival is the order."""
    world = World(shop(journeys=f"{ENTER}exit: Order Completed\n{SENDS}"))
    ann, bob = world.user("ann"), world.user("bob")
    for user in (ann, bob):
        user.does("Cart Updated")
    world.passes(minutes=30)
    for first, second, user in (("Order Completed", "Cart Updated", ann), ("Cart Updated", "Order Completed", bob)):
        user.does(first)
        user.does(second)
    assert [run.entry for run in world.memory(ann).runs] == [world.now]
    assert world.memory(bob).runs == []


def test_an_event_that_ends_a_run_may_begin_the_next() -> None:
    world = World(shop(journeys=f"{ENTER}exit: Cart Updated\n{SENDS}"))
    ann = world.user("ann")
    for _ in range(3):
        ann.does("Cart Updated")
        world.passes(minutes=30)
    ann.does("Cart Updated")
    ann.does("Cart Updated")
    assert [run.entry for run in world.memory(ann).runs] == [world.now]


def test_a_goal_ends_the_run_where_it_is_an_exit_and_only_there() -> None:
    for exits, heard in (("exit: goal\n", []), ("", ["reminder"])):
        world = World(shop(journeys=f"{ENTER}{GOAL}{exits}{SENDS}"))
        ann = world.user("ann")
        ann.does("Cart Updated")
        world.passes(minutes=30)
        [goal] = world.feed([world.event("ann", "Order Completed", {"total": 2})]).goals
        assert goal.value == 2_000_000
        assert hears(world, ann) == heard


def test_what_comes_too_late_for_the_goal_ends_nothing() -> None:
    steps = "steps:\n  - wait: 4 days\n  - send: reminder\n"
    world = World(shop(journeys=f"{ENTER}{GOAL}exit: goal\n{steps}"))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(days=3, seconds=0.001)
    ann.does("Order Completed")
    assert hears(world, ann) == ["reminder"]


def test_a_goal_is_told_long_after_its_run_has_ended() -> None:
    world = World(shop(journeys=f"{ENTER}{GOAL}{SENDS}"))
    ann = world.user("ann")
    ann.does("Cart Updated")
    entered = world.now
    world.passes(days=2)
    assert world.memory(ann).runs == []
    assert world.feed([world.event("ann", "Order Completed", {})]).goals == [
        GoalReached("ann", "cart", "", entered, world.now, None)
    ]


def test_a_goal_that_is_heard_of_before_its_entry_counts_for_it() -> None:
    world = World(shop(journeys=f"{ENTER}{GOAL}reentry: {{cooldown: 2 days, counted_from: goal}}\n{SENDS}"))
    ann = world.user("ann")
    filled = world.now
    world.passes(minutes=10)
    bought = world.now
    assert world.feed([world.event("ann", "Order Completed", {"total": 3})]).goals == []
    world.passes(minutes=10)
    assert world.feed([world.event("ann", "Cart Updated", {}, at=filled)]).goals == [
        GoalReached("ann", "cart", "", filled, bought, 3_000_000)
    ]
    world.passes(hours=2)
    world.until(bought + 2 * DAY - 1)
    ann.does("Cart Updated")
    assert world.memory(ann).runs == []
    world.passes(seconds=0.001)
    ann.does("Cart Updated")
    assert [run.entry for run in world.memory(ann).runs] == [bought + 2 * DAY]


def test_a_cooldown_from_a_send_counts_from_its_acceptance_however_late_that_was() -> None:
    """The provider takes the mail an hour after it was asked to."""
    journey = f"{ENTER}reentry: {{cooldown: 1 day, counted_from: send}}\nsteps:\n  - send: reminder\n"
    world = World(shop(journeys=journey), delay=30_000)
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(seconds=30)
    accepted = world.now
    world.until(accepted + DAY - 1)
    ann.does("Cart Updated")
    assert len(world.decisions) == 1
    world.passes(seconds=0.001)
    ann.does("Cart Updated")
    assert len(world.decisions) == 2


def test_a_cooldown_from_a_send_is_not_begun_by_what_was_never_sent() -> None:
    def fails(attempt: Attempt) -> Answer:
        return "failed"

    journey = f"{ENTER}reentry: {{cooldown: 1 day, counted_from: send}}\nsteps:\n  - send: reminder\n"
    world = World(shop(journeys=journey), answers=fails)
    ann = world.user("ann")
    for _ in range(2):
        ann.does("Cart Updated")
        world.passes(minutes=1)
    assert len(world.decisions) == 2


def test_always_is_each_entry_a_run_of_its_own() -> None:
    """Each order is asked about, also where the one before is still waited for."""
    world = World(shop(journeys=f"{ENTER}reentry: always\n{SENDS}"))
    ann = world.user("ann")
    for _ in range(3):
        ann.does("Cart Updated")
        world.passes(minutes=10)
    ann.does("Cart Updated", at=world.now - 25 * MINUTE)
    assert len(world.memory(ann).runs) == 4
    assert hears(world, ann) == ["reminder"] * 4


def test_an_exit_ends_all_that_stand_beside_each_other() -> None:
    world = World(shop(journeys=f"{ENTER}exit: Order Completed\nreentry: always\n{SENDS}"))
    ann = world.user("ann")
    for _ in range(3):
        ann.does("Cart Updated")
        world.passes(minutes=10)
    bought = world.now - 5 * MINUTE
    ann.does("Cart Updated")
    ann.does("Order Completed", at=bought)
    ann.does("Cart Updated", at=bought - 1)
    assert [run.entry for run in world.memory(ann).runs] == [world.now]


def test_an_earlier_entry_that_is_heard_of_late_moves_the_run_to_it() -> None:
    world = World(shop(journeys=f"{ENTER}{SENDS}"), delay=0)
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(minutes=30)
    ann.does("Cart Updated", at=world.now - 50 * MINUTE)
    world.passes(minutes=10)
    assert [mail.at for mail in ann.received] == [world.now]
    assert len(hears(world, ann)) == 1


def test_once_something_was_decided_the_entry_stands() -> None:
    steps = "steps:\n  - send: reminder\n  - wait: 1 day\n  - send: reminder\n"
    world = World(shop(journeys=f"{ENTER}{steps}"))
    ann = world.user("ann")
    ann.does("Cart Updated")
    entered = world.now
    world.passes(minutes=30)
    ann.does("Cart Updated", at=entered - MINUTE)
    assert [run.entry for run in world.memory(ann).runs] == [entered]
    assert hears(world, ann) == ["reminder", "reminder"]


def test_a_late_exit_lets_the_cart_behind_it_begin_a_run() -> None:
    world = World(shop(journeys=f"{ENTER}exit: Order Completed\nsteps:\n  - wait: 6 hours\n  - send: reminder\n"))
    ann = world.user("ann")
    begun = world.now
    for hour in (0, 2, 3):
        world.until(begun + hour * HOUR)
        ann.does("Cart Updated")
    ann.does("Order Completed", at=begun + HOUR)
    assert [run.entry for run in world.memory(ann).runs] == [begun + 2 * HOUR]
    world.passes(days=1)
    assert [mail.at - begun for mail in ann.received] == [8 * HOUR]


def test_whoever_entered_once_before_does_not_enter_for_a_later_cart_heard_of_first() -> None:
    """In order: a cart, its purchase, another cart, and no second entry is allowed."""
    world = World(shop(journeys=f"{ENTER}exit: Order Completed\nreentry: once\n{SENDS}"))
    ann = world.user("ann")
    begun = world.now
    world.passes(minutes=50)
    ann.does("Cart Updated")
    ann.does("Order Completed", at=begun + 20 * MINUTE)
    assert len(world.memory(ann).runs) == 1
    ann.does("Cart Updated", at=begun + 10 * MINUTE)
    assert world.memory(ann).runs == []
    assert hears(world, ann) == []


def test_two_ids_of_one_user_do_not_enter_twice_where_once_is_allowed() -> None:
    world = World(shop(journeys=f"{ENTER}reentry: once\n{SENDS}"))
    ann, visitor = world.user("ann"), world.user("visitor")
    visitor.does("Cart Updated")
    world.passes(minutes=90)
    ann.does("Cart Updated", at=world.now - 20 * MINUTE)
    ann.does("Cart Updated")
    assert len(world.memory(ann).runs) == 1
    world.merge(ann, visitor)
    assert world.memory(ann).runs == []
    world.passes(days=1)
    assert [mail.message for mail in ann.received] == ["reminder"]


def test_of_two_ids_the_run_that_has_said_something_goes_on() -> None:
    steps = "steps:\n  - wait: 1 hour\n  - send: reminder\n  - wait: 1 hour\n  - send: second\n"
    world = World(shop(journeys=f"{ENTER}{steps}", messages={"reminder": "", "second": ""}))
    ann, visitor = world.user("ann"), world.user("visitor")
    begun = world.now
    ann.does("Cart Updated")
    world.passes(minutes=70)
    visitor.does("Cart Updated", at=begun + 30 * MINUTE)
    world.merge(visitor, ann)
    assert [run.entry for run in world.memory(visitor).runs] == [begun]
    world.passes(days=1)
    assert [mail.message for mail in visitor.received] == ["reminder", "second"]


def test_the_condition_of_an_exit_ends_the_run_at_the_next_event_and_lets_nobody_in() -> None:
    features = "orders: COUNT_IF(event = 'Order Completed')"
    world = World(shop(journeys=f"{ENTER}exit: {{when: orders >= 2 or vip}}\n{SENDS}", features=features))
    ann, bob = world.user("ann"), world.user("bob", vip=True)
    bob.does("Cart Updated")
    assert world.memory(bob).runs == []
    ann.does("Cart Updated")
    ann.does("Order Completed")
    assert len(world.memory(ann).runs) == 1
    world.passes(minutes=5)
    turn = world.feed([world.event("ann", "Order Completed", {})])
    assert turn.decisions == [] and world.memory(ann).runs == []


def test_what_was_entered_for_and_holds_no_longer_ends_the_run() -> None:
    features = "views_1h: COUNT_IF(event = 'Page Viewed') OVER LAST '1 hour'"
    journey = (
        "journey: cart\nenter: {on: Cart Updated, where: views_1h >= 2 and total > 20}\nexit: {no_longer: entry}\n"
    )
    world = World(shop(journeys=journey + "steps:\n  - wait: 3 hours\n  - send: reminder\n", features=features))
    ann = world.user("ann")
    for _ in range(2):
        ann.does("Page Viewed")
    ann.does("Cart Updated", total=30)
    world.passes(minutes=59)
    ann.does("Plan Chosen", total=1)
    assert len(world.memory(ann).runs) == 1
    world.passes(minutes=1)
    ann.does("Plan Chosen")
    assert world.memory(ann).runs == []


@pytest.mark.parametrize(("rearm", "left"), [("", 1), (", rearm: views_1h = 0", 2)])
def test_a_crossing_holds_until_its_condition_ends_or_until_it_rearms(rearm: str, left: int) -> None:
    """Three pages at noon, one of them seen again at half past: at one there is one left, at half past one none."""
    features = "views_1h: COUNT_IF(event = 'Page Viewed') OVER LAST '1 hour'"
    journey = f"journey: busy\nenter: {{when: views_1h >= 2{rearm}}}\nexit: {{no_longer: entry}}\n"
    world = World(shop(journeys=journey + "steps:\n  - wait: 9 hours\n  - send: reminder\n", features=features))
    ann = world.user("ann")
    ann.does("Page Viewed")
    ann.does("Page Viewed")
    world.passes(minutes=30)
    ann.does("Page Viewed")
    assert len(world.memory(ann).runs) == 1
    alive = 0
    for _ in range(2):
        world.passes(minutes=30)
        ann.does("Plan Chosen")
        alive += len(world.memory(ann).runs)
    assert alive == left - 1


@pytest.mark.parametrize("reentry", ["while_not_active", "always", "once", "{cooldown: 1 hour}"])
@pytest.mark.parametrize(("bought", "left"), [(90, []), (150, ["a"])])
def test_a_goal_of_no_key_ends_the_runs_of_all_keys_but_those_whose_time_for_it_is_over(
    reentry: str, bought: int, left: list[str]
) -> None:
    """Of the cart that was filled at noon the goal can be reached until two."""
    goal = "goal: {on: Order Completed, within: 2 hours}\nexit: goal\n"
    steps = "steps:\n  - wait: 5 hours\n  - send: reminder\n"
    world = World(shop(journeys=f"{ENTER}key: cart_id\nreentry: {reentry}\n{goal}{steps}"))
    ann = world.user("ann")
    ann.does("Cart Updated", cart_id="a")
    world.passes(minutes=80)
    ann.does("Cart Updated", cart_id="b")
    world.passes(minutes=bought - 80)
    ann.does("Order Completed")
    assert [run.key for run in world.memory(ann).runs] == left


@pytest.mark.parametrize("reentry", ["while_not_active", "always", "once", "{cooldown: 1 hour}"])
@pytest.mark.parametrize(("filled", "left"), [(119, []), (121, ["a"])])
def test_a_goal_of_no_key_ends_what_is_heard_of_later_and_entered_within_its_time(
    reentry: str, filled: int, left: list[str]
) -> None:
    """The cart is heard of a minute after the order, and was filled so many minutes before it."""
    goal = "goal: {on: Order Completed, within: 2 hours}\nexit: goal\n"
    steps = "steps:\n  - wait: 5 hours\n  - send: reminder\n"
    world = World(shop(journeys=f"{ENTER}key: cart_id\nreentry: {reentry}\n{goal}{steps}"))
    ann = world.user("ann")
    ann.does("Order Completed")
    bought = world.now
    world.passes(minutes=1)
    world.feed([world.event("ann", "Cart Updated", {"cart_id": "a"}, at=bought - filled * MINUTE)])
    assert [run.key for run in world.memory(ann).runs] == left


def test_an_absence_holds_no_longer_when_what_was_missed_comes() -> None:
    enter = "journey: cart\nenter: {on: Cart Updated, without: Order Completed, within: 1 hour}\n"
    world = World(shop(journeys=f"{enter}exit: {{no_longer: entry}}\n{SENDS}"))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(minutes=70)
    assert len(world.memory(ann).runs) == 1
    ann.does("Order Completed")
    assert world.memory(ann).runs == []


def test_a_user_who_enters_again_keeps_the_arm() -> None:
    steps = (
        "steps:\n  - split: haste\n    arms:\n      fast: {share: 50%, steps: [{send: reminder}]}\n"
        "      slow: {share: 50%, steps: [{send: second}]}\n"
    )
    world = World(shop(journeys=ENTER + steps, messages={"reminder": "", "second": ""}))
    kept = set()
    for number in range(12):
        user = world.user(f"user{number}")
        for _ in range(3):
            user.does("Cart Updated")
            world.passes(days=2)
        [message] = {mail.message for mail in user.received}
        kept.add(message)
        assert len(user.received) == 3
    assert kept == {"reminder", "second"}


@pytest.mark.parametrize(("since", "heard"), [("entry", 10 * MINUTE), ("now", 90 * MINUTE)])
def test_an_event_between_entry_and_wait_counts_as_the_wait_says(since: str, heard: int) -> None:
    steps = f"steps:\n  - wait: 10 minutes\n  - wait: {{until: Page Viewed, at_most: 80 minutes, since: {since}}}\n"
    world = World(shop(journeys=f"{ENTER}{steps}  - send: reminder\n"), delay=0)
    ann = world.user("ann")
    begun = world.now
    ann.does("Cart Updated")
    world.passes(minutes=5)
    ann.does("Page Viewed")
    world.passes(days=1)
    assert [mail.at - begun for mail in ann.received] == [heard]


def test_where_the_law_of_order_ends() -> None:
    """A condition on a feature is asked once, as of the entry, with what is known by then (R4)."""
    features = "views_1h: COUNT_IF(event = 'Page Viewed') OVER LAST '1 hour'"
    journey = "journey: cart\nenter: {on: Cart Updated, where: views_1h >= 1}\n" + SENDS
    runs = []
    for names in (["Page Viewed", "Cart Updated"], ["Cart Updated", "Page Viewed"]):
        world = World(shop(journeys=journey, features=features))
        ann = world.user("ann")
        begun = world.now
        world.passes(minutes=5)
        for name in names:
            ann.does(name, at=begun + (1 if name == "Page Viewed" else 2) * MINUTE)
        runs.append(len(world.memory(ann).runs))
    assert runs == [1, 0]


def test_where_only_time_passes_the_condition_of_an_exit_is_asked_before_anything_is_said() -> None:
    """A page at noon, a cart five minutes later, and nothing more: at one the page is an hour old."""
    features = "views_1h: COUNT_IF(event = 'Page Viewed') OVER LAST '1 hour'"
    world = World(shop(NIGHT, journeys=f"{ENTER}exit: {{when: views_1h = 0}}\n{SENDS}", features=features))
    ann, bob = world.user("ann"), world.user("bob")
    for user in (ann, bob):
        user.does("Page Viewed")
    world.passes(minutes=5)
    for user in (ann, bob):
        user.does("Cart Updated")
    world.passes(minutes=30)
    bob.does("Page Viewed")
    world.passes(minutes=31)
    assert (len(ann.received), len(bob.received)) == (0, 1)
    assert not [each for each in world.decisions if each.user == "ann"]


def test_what_is_planned_for_the_morning_is_called_off_if_its_run_should_have_ended() -> None:
    features = "views_1h: COUNT_IF(event = 'Page Viewed') OVER LAST '1 hour'"
    journey = f"{ENTER}exit: {{when: views_1h = 0}}\n{SENDS.replace('1 hour', '30 minutes')}"
    world = World(shop(NIGHT, journeys=journey, features=features), start="2026-06-01T20:40Z")
    ann = world.user("ann")
    ann.does("Page Viewed")
    ann.does("Cart Updated")
    world.passes(minutes=31)
    assert world.why(ann, "reminder").code == "planned"
    world.passes(days=1)
    assert world.why(ann, "reminder").code == "exited"
    assert ann.received == []
