"""Waits for an event: what answers them, and where they look back to."""

import pytest

from opportune.testing.world import User, World
from opportune.units import HOUR, SECOND
from tests.stories.shop import shop

HEAD = "journey: cart\nkey: cart_id\nenter: {on: Cart Updated}\nsteps:\n"
NAMES = {"late": "", "joined": "", "offer": ""}
UNTIL = "  - wait: {until: Plan Chosen, where: plan = 'pro', at_most: 1 day%s}\n    on_timeout: [{send: late}, end]\n"
JOINED = "  - send: joined\n"


def hears(world: World, user: User, *, days: float = 3) -> list[str]:
    world.passes(days=days)
    return [mail.message for mail in user.received]


@pytest.mark.parametrize(("look_back", "heard"), [("", ["late"]), (", since: entry", ["joined"])])
def test_an_event_between_entry_and_wait_answers_where_it_looks_back_to_the_entry(
    look_back: str, heard: list[str]
) -> None:
    world = World(shop(journeys=f"{HEAD}  - wait: 2 hours\n{UNTIL % look_back}{JOINED}", messages=NAMES))
    ann = world.user("ann")
    ann.does("Cart Updated", cart_id="c1")
    world.passes(hours=1)
    ann.does("Plan Chosen", cart_id="c1", plan="pro")
    assert hears(world, ann) == heard


@pytest.mark.parametrize(
    ("plan", "cart", "heard"),
    [("pro", "c1", "joined"), ("pro", None, "joined"), ("free", "c1", "late"), ("pro", "c2", "late")],
)
@pytest.mark.parametrize("look_back", ["", ", since: entry"])
def test_only_what_fulfils_the_condition_and_is_of_the_key_answers(
    look_back: str, plan: str, cart: str | None, heard: str
) -> None:
    for minutes in (30, 150) if look_back else (150,):
        world = World(shop(journeys=f"{HEAD}  - wait: 2 hours\n{UNTIL % look_back}{JOINED}", messages=NAMES))
        ann = world.user("ann")
        ann.does("Cart Updated", cart_id="c1")
        world.passes(minutes=minutes)
        ann.does("Plan Chosen", cart_id=cart, plan=plan)
        assert hears(world, ann) == [heard]


def test_what_came_between_a_mail_and_the_news_of_it_answers_a_wait_from_now_on() -> None:
    steps = f"  - send: offer\n{UNTIL % ''}{JOINED}"
    world = World(shop(journeys=HEAD + steps, messages=NAMES), answers=lambda attempt: "none")
    ann = world.user("ann")
    ann.does("Cart Updated", cart_id="c1")
    sent = world.now + 5
    world.passes(minutes=1)
    ann.does("Plan Chosen", plan="pro")
    world.passes(minutes=1)
    ann.does("Message Sent", decision=world.attempts[0].decision, at=sent)
    world.passes(seconds=1)
    assert [each.message for each in world.decisions] == ["offer", "joined"]


@pytest.mark.parametrize("look_back", ["", ", since: entry"])
def test_the_event_that_a_run_entered_with_answers_nothing(look_back: str) -> None:
    until = f"  - wait: {{until: Cart Updated, at_most: 1 hour{look_back}}}\n    on_timeout: [{{send: late}}, end]\n"
    world = World(shop(journeys=f"{HEAD}{until}{JOINED}", messages=NAMES))
    ann, bob = world.user("ann"), world.user("bob")
    ann.does("Cart Updated", cart_id="c1")
    bob.does("Cart Updated", cart_id="c1")
    world.passes(minutes=10)
    bob.does("Cart Updated", cart_id="c1")
    assert (hears(world, ann), hears(world, bob)) == (["late"], ["joined"])


def test_an_opened_mail_is_the_last_one_that_this_run_sent() -> None:
    steps = "  - send: offer\n  - wait: 1 hour\n  - send: late\n  - wait: {until: Email Opened, at_most: 1 day}\n"
    world = World(shop(journeys=f"{HEAD}{steps}    on_timeout: [end]\n{JOINED}", messages=NAMES))
    ann, bob = world.user("ann"), world.user("bob")
    for each in (ann, bob):
        each.does("Cart Updated", cart_id="c1")
    world.passes(hours=2)
    for each, place in ((ann, 0), (bob, 1)):
        each.does("Email Opened", decision=each.received[place].decision)
    assert (hears(world, ann), hears(world, bob)) == (["offer", "late"], ["offer", "late", "joined"])


def test_a_wait_behind_a_mail_counts_from_its_acceptance() -> None:
    steps = "  - send: offer\n  - wait: 1 hour\n  - send: joined\n"
    world = World(shop(journeys=HEAD + steps, messages=NAMES), delay=50 * SECOND)
    ann, begun = world.user("ann"), world.now
    ann.does("Cart Updated", cart_id="c1")
    world.passes(hours=3)
    assert world.attempts[1].at - begun == HOUR + 50 * SECOND
