"""One user's past: what is due in between, what is open at its end, and ids that become one."""

import msgspec
import pytest

from opportune.events.event import Event, Merged
from opportune.playbook.compiling import compiled
from opportune.playbook.reading import playbook_from
from opportune.units import DAY, HOUR, MINUTE, Instant
from opportune.wiring.backtest.life import live, lives_of

START: Instant = 1_780_315_200_000
"""2026-06-01T12:00Z, a Monday."""
FILES = {
    "opportune.yaml": """
zone: UTC
consent: {email: always}
policies:
  - frequency_cap: {at_most: 1, within: 1 day}
""",
    "journeys/cart.yaml": """
journey: cart
key: cart_id
enter: {on: Cart Updated}
exit: {on: Order Completed}
goal: {on: Order Completed, within: 3 days, value: revenue}
steps:
  - wait: 45 minutes
  - send: reminder
""",
    "messages/reminder.yaml": "message: reminder\ntopic: cart\nchannels: [email]\nuseful_for: 2 hours\n",
    "messages/reminder.liquid": "subject: Your cart\n---\nIt waits. {{ unsubscribe_url }}\n",
}
BOOK = compiled(playbook_from(FILES))


def does(user: str, name: str, after: int = 0, **properties: object) -> Event:
    at = START + after
    return Event(f"{user}-{name}-{after}", user, name, at, at, properties=msgspec.json.encode(properties))


def hello(user: str) -> Event:
    return does(user, "Identified", email=f"{user}@example.com")


def test_a_message_goes_out_at_its_own_instant_between_two_events() -> None:
    lived = live(
        BOOK, [hello("ann"), does("ann", "Cart Updated", cart_id="c"), does("ann", "Seen", DAY)], until=START + DAY
    )
    (decision,) = lived.decisions
    assert decision.due == START + 45 * MINUTE
    assert (lived.endings[decision.id].outcome, lived.endings[decision.id].at) == ("sent", START + 45 * MINUTE)
    assert (lived.user, lived.names, lived.events) == ("ann", ("ann",), 3)


def test_what_is_due_after_the_end_is_not_decided() -> None:
    past = [hello("ann"), does("ann", "Cart Updated", cart_id="c")]
    assert live(BOOK, past, until=START + 45 * MINUTE - 1).decisions == []
    assert len(live(BOOK, past, until=START + 45 * MINUTE).decisions) == 1


def test_what_this_playbook_has_sent_counts_against_its_caps() -> None:
    carts = [does("ann", "Cart Updated", hour * HOUR, cart_id=f"c{hour}") for hour in range(5)]
    lived = live(BOOK, [hello("ann"), *carts], until=START + DAY)
    assert sorted(each.code for each in lived.decisions) == ["chosen", *["frequency_cap"] * 4]


def test_a_goal_is_told_once() -> None:
    past: list[Event | Merged] = [
        hello("ann"),
        does("ann", "Cart Updated", cart_id="c"),
        does("ann", "Order Completed", HOUR, cart_id="c", revenue=9),
    ]
    (goal,) = live(BOOK, past, until=START + DAY).goals
    assert (goal.journey, goal.value) == ("cart", 9_000_000)


def test_ids_that_become_one_have_one_past() -> None:
    past: list[Event | Merged] = [
        hello("ann"), does("ann", "Cart Updated", cart_id="c"), does("dev", "Cart Updated", HOUR, cart_id="d"),
        Merged("ann", "dev", START + 2 * HOUR), does("ann", "Seen", 3 * HOUR),
    ]  # fmt: skip
    lived = live(BOOK, past, until=START + DAY)
    assert (lived.names, lived.events) == (("ann", "dev"), 4)
    assert {each.user for each in lived.decisions} == {"ann", "dev"}
    assert lived.endings.keys() == {each.id for each in lived.decisions}


def test_an_id_that_is_its_own_again_has_a_past_of_its_own() -> None:
    past: list[Event | Merged] = [
        hello("ann"), does("dev", "Seen"), Merged("ann", "dev", START + HOUR),
        Merged("dev", "dev", START + 2 * HOUR), does("dev", "Seen", 3 * HOUR),
    ]  # fmt: skip
    ann, dev = lives_of(BOOK, past, until=START + DAY)
    assert (ann.user, ann.names, ann.events) == ("ann", ("ann", "dev"), 2)
    assert (dev.user, dev.names, dev.events) == ("dev", ("dev",), 1)


def test_a_past_of_several_users_is_none_of_one() -> None:
    with pytest.raises(ValueError, match="a past of one user is wanted, not of ann, bob"):
        live(BOOK, [hello("ann"), hello("bob")], until=START)
    with pytest.raises(ValueError, match="not of nobody"):
        live(BOOK, [], until=START)


@pytest.mark.parametrize("name", ["Cart Updated", "Email Opened", "Message Sent"])
def test_an_event_that_cannot_be_taken_is_passed_over(name: str) -> None:
    broken = Event("x", "ann", name, START + HOUR, START + HOUR, properties=b"{")
    lived = live(BOOK, [hello("ann"), does("ann", "Cart Updated", cart_id="c"), broken], until=START + DAY)
    assert [each.partition(":")[0] for each in lived.poison] == ["DecodeError"]
    assert [each.code for each in lived.decisions] == ["chosen"]


def test_what_others_sent_and_what_was_opened_is_told() -> None:
    past = [
        hello("ann"),
        does("ann", "Message Sent", HOUR, channel="sms"),
        does("ann", "Email Opened", HOUR, decision="d"),
    ]
    lived = live(BOOK, past, until=START + DAY)
    assert [(each.at, each.channel) for each in lived.others] == [(START + HOUR, "sms")]
    assert lived.noticed == {"d"}
