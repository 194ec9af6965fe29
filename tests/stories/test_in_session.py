"""Whoever is here is spoken to here, and not rung up elsewhere meanwhile."""

from opportune.testing.world import World
from opportune.units import HOUR, MINUTE
from tests.stories.shop import CART, shop

NOW = CART.replace("  - wait: 45 minutes\n", "")
BOTH = {"reminder": "channels: [in_app, email]\nuseful_for: 4 hours"}
SESSION = "in_session: {idle: 30 minutes, speak_on: [in_app]}"


def test_in_a_session_mail_waits_for_its_end_and_why_names_it() -> None:
    world = World(shop(SESSION, journeys=NOW))
    ann = world.user("ann")
    ann.does("Cart Updated")
    begun = world.now
    story = world.why(ann, "reminder")
    assert story.until == begun + 30 * MINUTE
    assert [verdict.code for verdict in story.decision.verdicts] == ["in_session"]
    world.passes(hours=1)
    assert [mail.at for mail in ann.received] == [begun + 30 * MINUTE]


def test_a_longer_session_moves_the_mail_on() -> None:
    world = World(shop(SESSION, journeys=NOW))
    ann = world.user("ann")
    ann.does("Cart Updated")
    for _ in range(3):
        world.passes(minutes=20)
        ann.does("Page Viewed")
    last = world.now
    world.passes(hours=1)
    assert [mail.at for mail in ann.received] == [last + 30 * MINUTE]


def test_a_session_that_outlasts_the_usefulness_ends_in_silence() -> None:
    world = World(shop(SESSION, journeys=NOW, messages={"reminder": "useful_for: 20 minutes"}))
    ann = world.user("ann")
    ann.does("Cart Updated")
    story = world.why(ann, "reminder")
    assert (story.code, story.until) == ("in_session", world.now + 30 * MINUTE)


def test_in_a_session_the_inbox_is_used_and_shown_is_sent() -> None:
    world = World(shop(SESSION, journeys=NOW, messages=BOTH))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(minutes=1)
    assert [attempt.channel for attempt in world.attempts] == ["in_app"]
    assert world.attempts[0].address == "ann"
    assert world.why(ann, "reminder").code == "planned"
    ann.does("In-App Shown", decision=world.attempts[0].decision)
    assert world.why(ann, "reminder").code == "sent"
    world.passes(days=1)
    assert len(ann.received) == 1


def test_a_clock_that_is_behind_cannot_show_a_message_before_it_was_there_and_so_make_room_under_a_cap() -> None:
    world = World(shop(SESSION, "minimum_gap: {span: 2 hours}", journeys=NOW, messages=BOTH))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(minutes=1)
    claimed = world.attempts[0].at
    ann.does("In-App Shown", at=claimed - 3 * HOUR, decision=world.attempts[0].decision)
    assert world.endings[world.attempts[0].decision].at == claimed
    world.passes(minutes=90)
    ann.does("Cart Updated")
    assert world.why(ann, "reminder").until == claimed + 2 * HOUR


def test_what_was_not_shown_by_the_sessions_end_goes_out_by_mail() -> None:
    world = World(shop(SESSION, journeys=NOW, messages=BOTH))
    ann = world.user("ann")
    ann.does("Cart Updated")
    begun = world.now
    world.passes(hours=2)
    first, second = world.attempts
    assert (first.channel, second.channel, second.at) == ("in_app", "email", begun + 30 * MINUTE)
    assert world.endings[first.decision].code == "not_shown"
    assert [(recall.decision, recall.code) for recall in world.recalls] == [(first.decision, "not_shown")]
    assert [mail.channel for mail in ann.received] == ["email"]


def test_the_inbox_is_waited_for_as_long_as_the_session_goes_on() -> None:
    world = World(shop(SESSION, journeys=NOW, messages=BOTH))
    ann = world.user("ann")
    ann.does("Cart Updated")
    for _ in range(4):
        world.passes(minutes=29)
        ann.does("Page Viewed")
    assert len(world.attempts) == 1
    ann.does("In-App Shown", decision=world.attempts[0].decision)
    world.passes(days=1)
    assert [mail.channel for mail in ann.received] == ["in_app"]


def test_an_inbox_that_answers_after_the_session_does_not_swallow_the_message() -> None:
    """Nobody is there any more to see it, so that it falls due again at once."""
    world = World(shop("in_session: {idle: 30 seconds, speak_on: [in_app]}", journeys=NOW, messages=BOTH), delay=45_000)
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(hours=1)
    assert [mail.channel for mail in ann.received] == ["email"]


def test_a_purchase_while_it_waits_to_be_shown_takes_it_out_of_the_inbox() -> None:
    world = World(shop(SESSION, journeys=NOW, messages=BOTH))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(minutes=1)
    ann.does("Order Completed")
    assert world.why(ann, "reminder").code == "exited"
    assert [recall.code for recall in world.recalls] == ["exited"]
    world.passes(days=1)
    assert ann.received == []


def test_out_of_a_session_the_inbox_is_left_alone_if_there_is_another_way() -> None:
    world = World(shop(SESSION, journeys=CART, messages=BOTH))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(hours=1)
    assert [mail.channel for mail in ann.received] == ["email"]


def test_what_can_only_be_said_in_the_inbox_is_put_there_at_any_time() -> None:
    world = World(shop(SESSION, journeys=CART, messages={"reminder": "channels: [in_app]"}))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(hours=1)
    assert [mail.channel for mail in ann.received] == ["in_app"]


def test_opening_a_mail_is_no_session() -> None:
    world = World(shop(SESSION, journeys=NOW.replace("Cart Updated", "Email Opened") + "reentry: once\n"))
    ann = world.user("ann")
    ann.does("Email Opened")
    world.passes(minutes=1)
    assert len(ann.received) == 1


def test_what_was_not_shown_and_has_become_useless_is_dropped() -> None:
    messages = {"reminder": "channels: [in_app, email]\nuseful_for: 20 minutes"}
    world = World(shop(SESSION, journeys=NOW, messages=messages))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(days=1)
    assert ann.received == []
    assert world.why(ann, "reminder").code == "not_shown"
    assert world.memory(ann).runs == []
