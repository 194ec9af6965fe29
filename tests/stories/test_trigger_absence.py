"""A cart, and no order within the hour: known in time, late, or in the wrong order."""

import pytest

from opportune.events.event import Event
from opportune.journeys.journey import Journey, Reentry
from opportune.journeys.memory import at_rest, awake
from opportune.journeys.step import Emit
from opportune.journeys.trigger import Absence, Watched
from opportune.playbook.definition import Settings, playbook_of
from opportune.testing.world import World
from opportune.units import HOUR, MINUTE
from tests.stories.shop import shop
from tests.stories.trigger_page import examples

ABANDONED, NOT_AGAIN = examples("absence")


def test_an_hour_after_the_cart_there_is_a_mail_with_what_the_cart_said() -> None:
    world = World(shop(journeys=ABANDONED, messages={"reminder": "worth: value"}))
    ann = world.user("ann")
    ann.does("Cart Updated", cart_id="c1", value=80)
    left = world.now
    world.passes(hours=3)
    assert [mail.at for mail in ann.received] == [left + HOUR]
    assert world.decisions[-1].key == "c1"


@pytest.mark.parametrize("name", ["Order Completed", "Cart Emptied"])
def test_any_of_the_others_calls_it_off(name: str) -> None:
    world = World(shop(journeys=ABANDONED))
    ann = world.user("ann")
    ann.does("Cart Updated", cart_id="c1", value=80)
    world.passes(minutes=59)
    ann.does(name, cart_id="c1")
    world.passes(hours=3)
    assert world.attempts == []
    assert world.memory(ann).armed == []


def test_the_order_of_another_cart_calls_off_that_one_and_one_without_a_cart_all() -> None:
    world = World(shop(journeys=ABANDONED))
    ann = world.user("ann")
    for cart in ("c1", "c2", "c3"):
        ann.does("Cart Updated", cart_id=cart, value=80)
    ann.does("Order Completed", cart_id="c2")
    assert {each.key for each in world.memory(ann).armed} == {"c1", "c3"}
    ann.does("Order Completed")
    assert world.memory(ann).armed == []


def test_an_order_heard_of_before_its_cart_counts() -> None:
    world = World(shop(journeys=ABANDONED))
    ann = world.user("ann")
    carted = world.now
    world.passes(minutes=30)
    ann.does("Order Completed", cart_id="c1")
    ann.does("Cart Updated", at=carted, cart_id="c1", value=80)
    world.passes(hours=3)
    assert world.attempts == []


def test_an_order_before_the_cart_or_after_the_hour_does_not_count() -> None:
    world = World(shop(journeys=ABANDONED))
    ann = world.user("ann")
    ann.does("Order Completed", cart_id="c1")
    world.passes(minutes=10)
    carted = world.now
    world.passes(hours=2)
    ann.does("Order Completed", cart_id="c1")
    ann.does("Cart Updated", at=carted, cart_id="c1", value=80)
    world.passes(minutes=1)
    assert len(ann.received) == 1


def test_a_cart_below_the_value_arms_nothing() -> None:
    world = World(shop(journeys=ABANDONED))
    ann = world.user("ann")
    ann.does("Cart Updated", cart_id="c1", value=8)
    ann.does("Cart Updated", value=80)
    assert world.memory(ann).armed == []


def test_and_not_again_waits_for_the_last_of_several() -> None:
    world = World(shop(journeys=NOT_AGAIN))
    ann = world.user("ann")
    for _ in range(4):
        ann.does("Cart Updated")
        world.passes(minutes=40)
    last = world.now - 40 * MINUTE
    world.passes(hours=3)
    assert [mail.at for mail in ann.received] == [last + HOUR]


def test_and_not_again_knows_the_last_whichever_comes_first() -> None:
    world = World(shop(journeys=NOT_AGAIN))
    ann = world.user("ann")
    first = world.now
    world.passes(minutes=40)
    second = world.now
    ann.does("Cart Updated")
    ann.does("Cart Updated", at=first)
    world.passes(hours=3)
    assert [mail.at for mail in ann.received] == [second + HOUR]


def test_a_cart_heard_of_after_its_hour_begins_at_once_as_of_then() -> None:
    world = World(shop(journeys=ABANDONED.replace("  - send", "  - wait: 1 day\n  - send")))
    ann = world.user("ann")
    carted = world.now
    world.passes(hours=5)
    ann.does("Cart Updated", at=carted, cart_id="c1", value=80)
    world.passes(days=2)
    assert [mail.at for mail in ann.received] == [carted + 25 * HOUR]


def test_of_many_carts_the_first_and_the_newest_stay() -> None:
    world = World(shop(journeys=ABANDONED))
    ann = world.user("ann")
    ats = []
    for _ in range(20):
        ann.does("Cart Updated", cart_id="c1", value=80)
        ats.append(world.now)
        world.passes(minutes=1)
    assert [each.at for each in world.memory(ann).armed] == [ats[0], *ats[5:]]


def test_what_is_armed_survives_rest() -> None:
    world = World(shop(journeys=ABANDONED))
    ann = world.user("ann")
    ann.does("Cart Updated", cart_id="c1", value=80)
    memory = world.memory(ann)
    assert awake(at_rest(memory)).armed == memory.armed != []


def test_what_is_armed_is_gone_with_its_journey() -> None:
    world = World(shop(journeys=ABANDONED))
    ann = world.user("ann")
    ann.does("Cart Updated", cart_id="c1", value=80)
    world.publish(shop(journeys=ABANDONED.replace("journey: abandoned", "journey: other")))
    world.passes(hours=3)
    assert world.attempts == []
    assert world.memory(ann).armed == []


def test_an_order_heard_of_after_the_hour_takes_the_entry_back_while_nothing_was_decided() -> None:
    world = World(shop(journeys=ABANDONED.replace("  - send", "  - wait: 1 day\n  - send")))
    ann = world.user("ann")
    for cart in ("c1", "c2"):
        ann.does("Cart Updated", cart_id=cart, value=80)
    carted = world.now
    world.passes(hours=5)
    ann.does("Order Completed", at=carted + 30 * MINUTE, cart_id="c1")
    world.passes(days=2)
    assert [(each.key, each.due) for each in world.decisions] == [("c2", carted + 25 * HOUR)]


def test_where_an_entry_is_taken_back_another_that_it_kept_out_begins() -> None:
    journey = ABANDONED.replace("key: cart_id\n", "").replace("  - send", "  - wait: 1 day\n  - send")
    world = World(shop(journeys=journey))
    ann = world.user("ann")
    first = world.now
    ann.does("Cart Updated", value=80)
    world.passes(minutes=30)
    ann.does("Cart Updated", value=90)
    world.passes(hours=5)
    ann.does("Cart Emptied", at=first + 20 * MINUTE)
    world.passes(days=2)
    assert [mail.at for mail in ann.received] == [first + 30 * MINUTE + 25 * HOUR]


@pytest.mark.parametrize("reentry", ["once", "{cooldown: 1 hour}", "always"])
def test_an_entry_that_was_taken_back_does_not_count_for_reentry(reentry: str) -> None:
    journey = NOT_AGAIN.replace("steps:\n", f"reentry: {reentry}\nsteps:\n  - wait: 1 day\n")
    world = World(shop(journeys=journey))
    ann = world.user("ann")
    first = world.now
    world.passes(hours=5)
    ann.does("Cart Updated", at=first)
    ann.does("Cart Updated", at=first + 5 * MINUTE)
    world.passes(days=2)
    assert [each.entry for each in world.decisions] == [first + 65 * MINUTE]


def test_a_run_that_has_acted_stays_whatever_is_heard_of_later() -> None:
    world = World(shop(journeys=ABANDONED))
    ann = world.user("ann")
    ann.does("Cart Updated", cart_id="c1", value=80)
    carted = world.now
    world.passes(hours=5)
    ann.does("Order Completed", at=carted + 30 * MINUTE, cart_id="c1")
    world.passes(days=1)
    assert len(ann.received) == 1


def test_a_circle_through_an_absence_ends_after_eight_rounds() -> None:
    asks_again = Journey(
        "circle", Absence(Watched("Asked"), (Watched("Told"),), HOUR), (Emit("Asked"),), reentry=Reentry("always")
    )
    world = World(playbook_of(Settings("UTC"), journeys=[asks_again]))  # check refuses it
    ann = world.user("ann")
    ann.does("Asked")
    world.passes(days=3)
    asked = [each for each in world.log if isinstance(each, Event) and each.name == "Asked"]
    assert len(asked) == 9


def test_two_carts_of_one_instant_are_armed_once() -> None:
    world = World(shop(journeys=ABANDONED))
    ann = world.user("ann")
    ann.does("Cart Updated", cart_id="c1", value=80)
    ann.does("Cart Updated", cart_id="c1", value=90)
    assert len(world.memory(ann).armed) == 1


def test_of_many_keys_those_of_the_oldest_but_the_first_leave() -> None:
    world = World(
        shop(
            journeys={"a": ABANDONED, "b": "journey: daily\nenter: {every: day, at: '09:00'}\nsteps: [send: reminder]"}
        )
    )
    ann = world.user("ann")
    for cart in range(300):
        ann.does("Cart Updated", cart_id=f"c{cart}", value=80)
        world.passes(seconds=1)
    keys = [each.key for each in world.memory(ann).armed if each.kind == "absence"]
    assert keys == ["c0", *(f"c{cart}" for cart in range(45, 300))]
    assert any(each.kind == "schedule" for each in world.memory(ann).armed)


def test_what_is_heard_of_later_than_lateness_arms_nothing_and_answers_nothing() -> None:
    world = World(shop(journeys=ABANDONED))
    ann = world.user("ann")
    left = world.now
    world.passes(days=4)
    ann.does("Cart Updated", at=left, cart_id="c1", value=80)
    assert world.memory(ann).armed == []
    ann.does("Cart Updated", cart_id="c1", value=80)
    ann.does("Order Completed", at=left, cart_id="c1")
    world.passes(hours=2)
    assert len(ann.received) == 1
