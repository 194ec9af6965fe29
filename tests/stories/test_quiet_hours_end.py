"""What goes at eight in the morning when several messages have waited for it."""

from itertools import permutations

import pytest

from opportune.testing.world import User, World, instant
from opportune.units import HOUR
from tests.stories.moments import does_in_context
from tests.stories.shop import shop

EVENING, MORNING = "2026-06-01T22:00Z", instant("2026-06-02T08:00Z")
MESSAGES = {
    "cart": "topic: cart\nworth: 0.5\nuseful_for: 2 days",
    "digest": "topic: news\nworth: 0.9\nuseful_for: 2 days",
    "sale": "topic: cart\nworth: 0.7\nuseful_for: 2 days",
}
JOURNEYS = {
    name: f"journey: {name}\nenter: {{on: Saw {name}}}\nexit: {{on: Left {name}}}\nsteps:\n  - send: {name}\n"
    for name in MESSAGES
}


def night(at_end: str) -> str:
    return f'quiet_hours: {{from: "21:00", to: "08:00", at_end: {at_end}}}'


def evening(*policies: str, sees: tuple[str, ...] = tuple(MESSAGES), messages: dict[str, str] | None = None) -> User:
    """A user who sees these things one after the other after ten, and is reminded of each."""
    world = World(shop(*policies, journeys=JOURNEYS, messages=MESSAGES | (messages or {})), start=EVENING)
    ann = world.user("ann")
    for name in sees:
        ann.does(f"Saw {name}")
        world.passes(minutes=40)
    return ann


def told(ann: User) -> list[tuple[str, int]]:
    """What reached her, and when."""
    return sorted((mail.message, mail.at) for mail in ann.received)


def codes(ann: User) -> dict[str, str]:
    return {name: ann.world.why(ann, name).code for name in MESSAGES}


@pytest.mark.parametrize(
    ("at_end", "goes"),
    [("all", ["cart", "digest", "sale"]), ("one_per_topic", ["digest", "sale"]), ("best", ["digest"])],
)
def test_in_whatever_order_they_came_the_same_go(at_end: str, goes: list[str]) -> None:
    for order in permutations(MESSAGES):
        ann = evening(night(at_end), sees=order)
        ann.world.passes(days=3)
        assert told(ann) == [(name, MORNING) for name in goes]
        assert codes(ann) == {name: "sent" if name in goes else "queued_out" for name in MESSAGES}


def test_in_whatever_order_they_came_a_cap_changes_nothing() -> None:
    """Reserved beside each other, for only one of them will go; each by itself would leave no room for the next."""
    cap, gap = "frequency_cap: {at_most: 1, within: 7 days}", "minimum_gap: {span: 6 hours}"
    for order in permutations(MESSAGES):
        ann = evening(night("best"), cap, gap, sees=order)
        assert all(ann.world.why(ann, name).code == "planned" for name in MESSAGES)
        ann.world.passes(days=3)
        assert told(ann) == [("digest", MORNING)]


def test_where_all_may_go_caps_count_each_of_them() -> None:
    ann = evening(night("all"), "frequency_cap: {at_most: 1, within: 7 days}")
    ann.world.passes(days=3)
    assert told(ann) == [("cart", MORNING)]


def test_what_is_left_for_the_morning_is_still_capped() -> None:
    """Two topics, and room for one message a day."""
    ann = evening(night("one_per_topic"), "frequency_cap: {at_most: 1, within: 1 day}", sees=("cart", "digest"))
    ann.world.passes(days=3)
    first, second = sorted(at for _, at in told(ann))
    assert second - first >= 24 * HOUR


def test_what_may_not_go_stands_in_nobodys_way() -> None:
    """The best one asks for a consent that has been withdrawn overnight."""
    ann = evening(night("best"))
    ann.does("Consent Withdrawn", channel="email", topic="news")
    ann.world.passes(days=3)
    assert told(ann) == [("sale", MORNING)]
    assert codes(ann) == {"cart": "queued_out", "digest": "no_consent", "sale": "sent"}


def test_what_has_ended_overnight_stands_in_nobodys_way() -> None:
    ann = evening(night("best"))
    ann.does("Left digest")
    ann.world.passes(days=3)
    assert told(ann) == [("sale", MORNING)]


def test_of_equal_worth_the_greater_priority_goes_then_the_older_run() -> None:
    same = dict.fromkeys(MESSAGES, "topic: cart\nworth: 0.5\nuseful_for: 2 days")
    preferred = same | {"sale": same["sale"] + "\npriority: 70"}
    for order in permutations(MESSAGES):
        ann = evening(night("best"), sees=order, messages=same)
        ann.world.passes(days=3)
        assert [name for name, _ in told(ann)] == [order[0]]
        ann = evening(night("best"), sees=order, messages=preferred)
        ann.world.passes(days=3)
        assert [name for name, _ in told(ann)] == ["sale"]


def test_a_run_that_was_queued_out_goes_on() -> None:
    journeys = JOURNEYS | {"cart": JOURNEYS["cart"] + "  - wait: 1 hour\n  - send: last_call\n"}
    messages = MESSAGES | {"last_call": "topic: cart\nworth: 0.1"}
    world = World(shop(night("best"), journeys=journeys, messages=messages), start=EVENING)
    ann = world.user("ann")
    for name in ("cart", "digest"):
        ann.does(f"Saw {name}")
    world.passes(days=2)
    assert told(ann) == [("digest", MORNING), ("last_call", MORNING + HOUR)]


def test_what_is_proposed_when_the_night_is_over_does_not_queue() -> None:
    ann = evening(night("best"), sees=("digest",))
    ann.world.until(MORNING + 1)
    ann.does("Saw cart")
    ann.world.passes(days=1)
    assert {name for name, _ in told(ann)} == {"cart", "digest"}


def test_only_what_the_night_binds_queues() -> None:
    """The push message waits for something else than the night, which is about mails."""
    mails = 'quiet_hours: {from: "21:00", to: "08:00", channels: [email], at_end: best}'
    pushes = 'quiet_hours: {from: "21:00", to: "08:00", channels: [push]}'
    messages = {name: f"channels: [push]\n{text}" for name, text in MESSAGES.items() if name != "digest"}
    world = World(shop(mails, pushes, journeys=JOURNEYS, messages=MESSAGES | messages), start=EVENING)
    ann = world.user("ann", push_token="p")
    for name in MESSAGES:
        ann.does(f"Saw {name}")
    world.passes(days=1)
    assert told(ann) == [(name, MORNING) for name in sorted(MESSAGES)]


def test_of_two_places_the_later_morning_is_the_end_of_the_night() -> None:
    world = World(shop(night("best"), journeys=JOURNEYS, messages=MESSAGES), start="2026-06-01T22:00+02:00")
    ann = world.user("ann", zone="Europe/Berlin")
    for name in MESSAGES:
        does_in_context(ann, f"Saw {name}", {"timezone": "Europe/London"})
    world.passes(days=1)
    assert told(ann) == [("digest", instant("2026-06-02T08:00+01:00"))]


def test_a_user_who_moves_takes_the_queue_along() -> None:
    ann = evening(night("best"))
    ann.does("Identified", timezone="Asia/Kathmandu")
    ann.world.passes(days=2)
    assert told(ann) == [("digest", instant("2026-06-02T08:00+05:45"))]
