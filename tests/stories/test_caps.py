"""At most so many in so long: whoever sends them, and counting what is only promised."""

import pytest

from opportune.testing.world import World, instant
from opportune.units import DAY, HOUR
from tests.stories.moments import on_clock
from tests.stories.shop import NIGHT, shop

PING = """
journey: ping
key: n
enter: {on: Ping}
steps:
  - send: reminder
"""
SPAN = {"reminder": "useful_for: 30 days"}


def pinged(world: World, *hours: float) -> list[float]:
    """The hours after the beginning at which ann hears, if something happens at each of ``hours``."""
    ann = world.user("ann")
    start = world.now
    for number, hour in enumerate(hours):
        world.until(round(start + hour * HOUR))
        ann.does("Ping", n=number)
    world.passes(days=40)
    return [(mail.at - start) / HOUR for mail in ann.received]


def test_the_fifth_in_seven_days_waits_until_the_first_is_seven_days_old() -> None:
    world = World(shop("frequency_cap: {at_most: 4, within: 7 days}", journeys=PING, messages=SPAN), delay=0)
    assert pinged(world, 0, 1, 2, 3, 4) == [0, 1, 2, 3, 168]


def test_why_names_the_cap_and_the_instant_at_which_one_more_fits() -> None:
    playbook = shop("frequency_cap: {at_most: 1, within: 7 days}", journeys=PING)
    world = World(playbook)
    ann = world.user("ann")
    ann.does("Ping", n=1)
    world.passes(hours=1)
    ann.does("Ping", n=2)
    story = world.why(ann, "reminder")
    assert (story.code, story.until) == ("frequency_cap", ann.received[0].at + 1_000 + 7 * DAY)
    assert [verdict.policy for verdict in story.decision.verdicts] == ["frequency_cap"]


def test_a_cap_counts_what_is_only_planned() -> None:
    """Both carts fall into the night; in the morning one mail goes out, and the other not before a day later."""
    world = World(
        shop(NIGHT, "frequency_cap: {at_most: 1, within: 24 hours}", journeys=PING, messages=SPAN),
        start="2026-06-01T22:00Z",
        delay=0,
    )
    ann = world.user("ann")
    ann.does("Ping", n=1)
    world.passes(minutes=1)
    ann.does("Ping", n=2)
    assert [decision.chosen.at for decision in world.decisions if decision.chosen] == [
        instant("2026-06-02T08:00Z"),
        instant("2026-06-03T08:00Z"),
    ]
    world.passes(days=5)
    assert [mail.at for mail in ann.received] == [instant("2026-06-02T08:00Z"), instant("2026-06-03T08:00Z")]


def test_a_cap_looks_ahead_at_what_is_planned_later() -> None:
    """What is said now would leave no room for what is planned for the morning: it gives way to that promise."""
    night = 'quiet_hours: {from: "21:00", to: "08:00", channels: [sms]}'
    text = "journey: text\nenter: {on: Text}\nsteps:\n  - send: text\n"
    messages = {"reminder": "useful_for: 30 hours", "text": "channels: [sms]"}
    playbook = shop(night, "minimum_gap: {span: 12 hours}", journeys={"ping": PING, "text": text}, messages=messages)
    world = World(playbook, start="2026-06-01T22:00Z", delay=0)
    ann = world.user("ann", phone="+49 30 123456")
    ann.does("Text")
    ann.does("Ping", n=1)
    world.passes(days=3)
    assert [(mail.message, mail.at) for mail in ann.received] == [
        ("text", instant("2026-06-02T08:00Z")),
        ("reminder", instant("2026-06-02T20:00Z")),
    ]


def test_sends_of_other_systems_are_counted() -> None:
    world = World(shop("frequency_cap: {at_most: 1, within: 7 days}", journeys=PING))
    ann = world.user("ann")
    ann.does("Message Sent", channel="sms", message="theirs")
    ann.does("Ping", n=1)
    assert world.why(ann, "reminder").code == "frequency_cap"


def test_what_does_not_count_is_not_counted_and_still_obeys() -> None:
    world = World(
        shop("frequency_cap: {at_most: 1, within: 7 days}", journeys=PING, messages={"reminder": "counts: false"}),
        delay=0,
    )
    ann = world.user("ann")
    ann.does("Ping", n=1)
    ann.does("Ping", n=2)
    world.passes(minutes=1)
    assert len(ann.received) == 2
    ann.does("Message Sent")
    ann.does("Ping", n=3)
    assert world.why(ann, "reminder").code == "frequency_cap"


def test_a_cap_on_one_channel_leaves_the_other_open() -> None:
    world = World(
        shop(
            "frequency_cap: {at_most: 1, within: 3 hours, channels: [push]}",
            journeys=PING,
            messages={"reminder": "channels: [push, email]"},
        ),
    )
    ann = world.user("ann", push_token="p")
    for number in range(3):
        ann.does("Ping", n=number)
    world.passes(minutes=1)
    assert [mail.channel for mail in ann.received] == ["push", "email", "email"]


def test_a_cap_on_a_topic_counts_and_binds_only_that_topic() -> None:
    news = "journey: news\nkey: n\nenter: {on: News}\nsteps:\n  - send: news\n"
    world = World(
        shop(
            "frequency_cap: {at_most: 1, within: 7 days, topics: [news]}",
            journeys={"ping": PING, "news": news},
            messages={"reminder": "", "news": "topic: news"},
        )
    )
    ann = world.user("ann")
    for number in range(2):
        ann.does("Ping", n=number)
        ann.does("News", n=number)
    world.passes(minutes=1)
    assert [mail.message for mail in ann.received] == ["reminder", "news", "reminder"]


@pytest.mark.parametrize(
    ("zone", "first", "next_day"),
    [
        ("Asia/Tokyo", "2026-06-01T23:00+09:00", "2026-06-02 00:00"),
        ("America/New_York", "2026-06-01T23:00-04:00", "2026-06-02 00:00"),
        ("America/New_York", "2026-11-01T00:30-04:00", "2026-11-02 00:00"),  # a day of 25 hours
        ("America/New_York", "2026-03-08T00:30-05:00", "2026-03-09 00:00"),  # a day of 23 hours
        ("Africa/Cairo", "2026-04-23T12:00+02:00", "2026-04-24 01:00"),  # a day that begins at one
    ],
)
def test_a_day_is_a_day_on_the_users_calendar(zone: str, first: str, next_day: str) -> None:
    world = World(shop("frequency_cap: {at_most: 1, within: day}", journeys=PING, messages=SPAN), start=first, delay=0)
    ann = world.user("ann", zone=zone)
    ann.does("Ping", n=1)
    world.passes(minutes=10)
    ann.does("Ping", n=2)
    world.passes(days=3)
    assert [on_clock(mail.at, zone) for mail in ann.received][1:] == [next_day]


def test_a_week_begins_on_monday_on_the_users_calendar() -> None:
    """Sunday evening in New York is Monday in Tokyo."""
    hears = {}
    for zone in ("Asia/Tokyo", "America/New_York"):
        world = World(
            shop("frequency_cap: {at_most: 1, within: week}", journeys=PING, messages=SPAN),
            start="2026-06-07T10:00Z",
            delay=0,
        )
        ann = world.user("ann", zone=zone)
        ann.does("Ping", n=1)
        world.until("2026-06-07T20:00Z")
        ann.does("Ping", n=2)
        world.passes(days=10)
        hears[zone] = on_clock(ann.received[1].at, zone)
    assert hears == {"Asia/Tokyo": "2026-06-08 05:00", "America/New_York": "2026-06-08 00:00"}


def test_a_failed_attempt_gives_its_place_back() -> None:
    answers = iter(["failed", "sent"])
    playbook = shop("frequency_cap: {at_most: 1, within: 7 days}", journeys=PING)
    world = World(playbook, answers=lambda attempt: next(answers))
    ann = world.user("ann")
    ann.does("Ping", n=1)
    world.passes(minutes=1)
    ann.does("Ping", n=2)
    world.passes(minutes=1)
    assert len(ann.received) == 1


def test_an_attempt_nobody_knows_the_end_of_keeps_its_place() -> None:
    world = World(shop("frequency_cap: {at_most: 1, within: 7 days}", journeys=PING), answers=lambda attempt: "unknown")
    ann = world.user("ann")
    ann.does("Ping", n=1)
    world.passes(minutes=1)
    assert world.why(ann, "reminder").code == "unknown"
    ann.does("Ping", n=2)
    assert world.why(ann, "reminder").code == "frequency_cap"
    assert len(world.attempts) == 1


def test_an_attempt_under_way_keeps_its_place() -> None:
    world = World(shop("frequency_cap: {at_most: 1, within: 7 days}", journeys=PING), answers=lambda attempt: "none")
    ann = world.user("ann")
    ann.does("Ping", n=1)
    ann.does("Ping", n=2)
    assert world.why(ann, "reminder").code == "frequency_cap"


def test_the_gap_holds_between_any_two() -> None:
    world = World(shop("minimum_gap: {span: 3 hours}", journeys=PING, messages=SPAN), delay=0)
    assert pinged(world, 0, 1, 2, 12) == [0, 3, 6, 12]


def test_fatigue_counts_what_must_be_said_too() -> None:
    receipt = "journey: order\nkey: n\nenter: {on: Ordered}\nsteps:\n  - send: receipt\n"
    world = World(
        shop(
            "fatigue: {at_most: 2, within: 7 days}",
            journeys={"ping": PING, "order": receipt},
            messages={"reminder": "", "receipt": "kind: transactional"},
        )
    )
    ann = world.user("ann")
    for number in range(3):
        ann.does("Ordered", n=number)
        world.passes(minutes=1)
    ann.does("Ping", n=1)
    assert len(ann.received) == 3
    assert world.why(ann, "reminder").code == "fatigue"


def test_after_three_that_nobody_noticed_there_is_a_pause_until_one_is_noticed() -> None:
    world = World(shop("fatigue: {at_most: 20, within: 7 days, ignored: 3}", journeys=PING))
    ann = world.user("ann")
    for number in range(4):
        ann.does("Ping", n=number)
        world.passes(hours=1)
    story = world.why(ann, "reminder")
    assert (story.code, story.until) == ("fatigue", ann.received[0].at + 1_000 + 7 * DAY)
    ann.does("Email Opened", decision=ann.received[1].decision)
    ann.does("Ping", n=9)
    world.passes(hours=1)
    assert len(ann.received) == 4


def test_an_open_that_names_no_message_is_of_the_newest() -> None:
    world = World(shop("fatigue: {at_most: 20, within: 7 days, ignored: 1}", journeys=PING))
    ann = world.user("ann")
    ann.does("Ping", n=1)
    world.passes(hours=1)
    ann.does("Email Opened")
    ann.does("Ping", n=2)
    world.passes(hours=1)
    assert len(ann.received) == 2


def test_sends_are_forgotten_when_no_cap_can_count_them_any_more() -> None:
    world = World(shop("frequency_cap: {at_most: 1, within: 1 hour}", journeys=PING, main="lateness: 1 hour"))
    ann = world.user("ann")
    for number in range(60):
        ann.does("Ping", n=number)
        world.passes(hours=12)
    assert len(ann.received) == 60
    assert len(world.memory(ann).ledger.sent) <= 15
