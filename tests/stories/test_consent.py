"""No marketing without a yes, and none after a no, whenever the no comes."""

import msgspec
import pytest

from opportune.testing.world import World
from opportune.units import DAY, SECOND
from tests.stories.moments import does_in_context, imports
from tests.stories.shop import CART, NIGHT, shop

NOW = CART.replace("  - wait: 45 minutes\n", "")
TRAIT = "{email: {trait: email_opt_in, topics: all}, in_app: always}"
TWO = NOW + "  - send: second\n"


def test_without_a_yes_there_is_no_mail() -> None:
    world = World(shop(journeys=NOW, consent=TRAIT))
    ann = world.user("ann")
    ann.does("Cart Updated")
    story = world.why(ann, "reminder")
    assert (story.code, story.until) == ("no_consent", None)


@pytest.mark.parametrize("yes", [True, 1, "true", "YES", " 1 "])
def test_a_trait_can_say_yes(yes: object) -> None:
    world = World(shop(journeys=NOW, consent=TRAIT))
    ann = world.user("ann", email_opt_in=yes)  # type: ignore[arg-type]
    ann.does("Cart Updated")
    world.passes(minutes=1)
    assert len(ann.received) == 1


@pytest.mark.parametrize("no", [False, 0, "false", "", None, "on"])
def test_a_trait_that_does_not_say_yes_says_no(no: object) -> None:
    world = World(shop(journeys=NOW, consent=TRAIT))
    ann = world.user("ann", email_opt_in=no)  # type: ignore[arg-type]
    ann.does("Cart Updated")
    assert world.why(ann, "reminder").code == "no_consent"


def test_a_trait_speaks_of_its_topics_only() -> None:
    consent = "{email: {trait: email_opt_in, topics: [news]}}"
    world = World(shop(journeys=TWO, consent=consent, messages={"reminder": "", "second": "topic: news"}))
    ann = world.user("ann", email_opt_in=True)
    ann.does("Cart Updated")
    world.passes(minutes=1)
    assert [mail.message for mail in ann.received] == ["second"]


def test_a_yes_that_was_said_before_a_no_and_comes_after_it_lifts_nothing() -> None:
    world = World(shop(journeys=NOW))
    ann = world.user("ann", consents=["email"])
    said = world.now
    world.passes(minutes=60)
    ann.does("Unsubscribed")
    world.passes(minutes=180)
    ann.does("Consent Given", at=said, channel="email")
    ann.does("Cart Updated")
    world.passes(minutes=1)
    assert ann.received == []
    ann.does("Consent Given", channel="email")
    ann.does("Cart Updated")
    world.passes(minutes=1)
    assert len(ann.received) == 1


def test_a_withdrawal_that_comes_a_month_late_still_holds() -> None:
    world = World(shop(NIGHT, journeys=NOW), start="2026-06-01T22:00Z")
    ann = world.user("ann", consents=["email"])
    ann.does("Cart Updated")
    ann.does("Unsubscribed", at="2026-05-01T12:00Z")
    assert world.why(ann, "reminder").code == "no_consent"
    world.passes(days=1)
    assert ann.received == []


def test_a_trait_repeated_does_not_undo_an_unsubscription() -> None:
    world = World(shop(journeys=NOW, consent=TRAIT))
    ann = world.user("ann", email_opt_in=True)
    ann.does("Unsubscribed")
    ann.does("Identified", email_opt_in=True)
    does_in_context(ann, "Cart Updated", {"consent": {"email": True}})
    assert world.why(ann, "reminder").code == "no_consent"


def test_an_explicit_yes_does() -> None:
    world = World(shop(journeys=NOW, consent=TRAIT))
    ann = world.user("ann")
    ann.does("Unsubscribed")
    ann.does("Consent Given", channel="email")
    ann.does("Cart Updated")
    world.passes(minutes=1)
    assert len(ann.received) == 1


def test_a_context_can_say_yes_and_no_by_channel() -> None:
    world = World(shop(journeys=NOW, consent="{in_app: always}"))
    ann = world.user("ann")
    does_in_context(ann, "Page Viewed", {"consent": {"email": True, "sms": "yes"}})
    ann.does("Cart Updated")
    world.passes(minutes=1)
    does_in_context(ann, "Cart Updated", {"consent": {"email": False}})
    assert len(ann.received) == 1
    assert world.why(ann, "reminder").code == "no_consent"


def test_unsubscribing_from_a_topic_leaves_the_other_topics() -> None:
    world = World(shop(journeys=TWO, messages={"reminder": "", "second": "topic: news"}))
    ann = world.user("ann")
    ann.does("Unsubscribed", topic="cart")
    ann.does("Cart Updated")
    world.passes(minutes=1)
    assert [mail.message for mail in ann.received] == ["second"]
    assert world.why(ann, "reminder").code == "no_consent"


def test_unsubscribing_while_it_is_planned_ends_it_at_once() -> None:
    world = World(shop(NIGHT, journeys=NOW), start="2026-06-01T22:00Z")
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(hours=1)
    ann.does("Unsubscribed")
    story = world.why(ann, "reminder")
    assert story.ending is not None
    assert (story.code, story.ending.at) == ("no_consent", world.now)
    world.passes(days=1)
    assert world.attempts == []
    assert world.memory(ann).runs == []


def test_unsubscribing_while_it_is_claimed_calls_it_back() -> None:
    world = World(shop(journeys=NOW), delay=30 * SECOND)
    ann = world.user("ann")
    ann.does("Cart Updated")
    ann.does("Unsubscribed")
    assert [recall.code for recall in world.recalls] == ["no_consent"]
    assert world.why(ann, "reminder").code == "planned"
    world.passes(minutes=2)
    assert world.why(ann, "reminder").code == "no_consent"
    assert ann.received == []


def test_a_call_back_that_came_too_late_changes_nothing_of_what_was_sent() -> None:
    world = World(shop(journeys=NOW), answers=lambda attempt: "none")
    ann = world.user("ann")
    ann.does("Cart Updated")
    ann.does("Unsubscribed")
    ann.does("Message Sent", decision=world.attempts[0].decision)
    assert world.why(ann, "reminder").code == "sent"


@pytest.mark.parametrize(
    ("stop", "properties"),
    [
        ("Email Marked as Spam", {}),
        ("Email Bounced", {"type": "hard"}),
        ("Email Bounced", {}),
        ("Suppressed", {"channel": "email"}),
        ("Suppressed", {}),
    ],
)
def test_suppression_stops_even_what_must_be_said(stop: str, properties: dict[str, str]) -> None:
    world = World(shop(journeys=NOW, messages={"reminder": "kind: transactional"}))
    ann = world.user("ann")
    ann.does(stop, **properties)
    ann.does("Cart Updated")
    assert world.why(ann, "reminder").code == "suppressed"
    ann.does("Consent Given", channel="email")
    ann.does("Cart Updated")
    assert world.why(ann, "reminder").code == "suppressed"
    ann.does("Unsuppressed", channel="email" if stop != "Suppressed" or properties else "")
    world.passes(seconds=1)
    ann.does("Cart Updated")
    world.passes(minutes=1)
    assert len(ann.received) == 1


def test_a_soft_bounce_stops_nothing() -> None:
    world = World(shop(journeys=NOW))
    ann = world.user("ann")
    ann.does("Email Bounced", type="soft")
    ann.does("Cart Updated")
    world.passes(minutes=1)
    assert len(ann.received) == 1


def test_a_user_without_an_address_is_not_written_to() -> None:
    world = World(shop(journeys=NOW))
    ann = world.user("ann", email="  ")
    ann.does("Cart Updated")
    assert world.why(ann, "reminder").code == "no_address"


def test_an_address_that_reads_user_is_an_address() -> None:
    world = World(shop(journeys=NOW, messages={"reminder": "channels: [push]"}))
    ann = world.user("ann", push_token="user")
    ann.does("Cart Updated")
    assert [attempt.address for attempt in world.attempts] == ["user"]


def test_a_number_that_can_be_read_in_two_ways_is_no_address_and_a_good_one_is_sent_in_one_form() -> None:
    world = World(shop(journeys=NOW, messages={"reminder": "channels: [sms]"}))
    ann = world.user("ann", phone="030 123456")
    ann.does("Cart Updated")
    assert (world.attempts, world.why(ann, "reminder").code) == ([], "no_address")
    bob = world.user("bob", phone="+49 (30) 123-456")
    bob.does("Cart Updated")
    assert [attempt.address for attempt in world.attempts] == ["+4930123456"]


def test_the_next_step_follows_when_a_stop_ends_a_planned_one() -> None:
    """Mail is unsubscribed from; the journey goes on to its push."""
    messages = {"reminder": "", "second": "channels: [push]"}
    world = World(shop(NIGHT, journeys=TWO, messages=messages), start="2026-06-01T22:00Z")
    ann = world.user("ann", push_token="p")
    ann.does("Cart Updated")
    ann.does("Unsubscribed")
    world.passes(days=1)
    assert [mail.message for mail in ann.received] == ["second"]


def test_a_stop_that_is_also_an_exit_lets_nothing_follow() -> None:
    """The run ends with the event that ends its mail: its next step must not speak any more."""
    journey = TWO.replace("exit: {on: Order Completed}", "exit: [Order Completed, Unsubscribed]")
    messages = {"reminder": "", "second": "channels: [push]\nkind: transactional"}
    world = World(shop(NIGHT, journeys=journey, messages=messages), start="2026-06-01T22:00Z")
    ann = world.user("ann", push_token="p")
    ann.does("Cart Updated")
    ann.does("Unsubscribed")
    world.passes(days=1)
    assert ann.received == []
    assert [decision.message for decision in world.decisions] == ["reminder"]


def test_an_imported_stop_refuses_what_is_planned_at_its_instant_and_starts_nothing() -> None:
    messages = {"reminder": "", "second": "channels: [push]\nkind: transactional"}
    world = World(shop(NIGHT, journeys=TWO, messages=messages), start="2026-06-01T22:00Z")
    ann = world.user("ann", push_token="p")
    ann.does("Cart Updated")
    imports(ann, "Unsubscribed", at="2026-05-01T12:00Z")
    assert world.why(ann, "reminder").code == "planned"
    assert world.attempts == []
    world.passes(days=1)
    assert world.why(ann, "reminder").code == "no_consent"
    assert [mail.message for mail in ann.received] == ["second"]


def test_a_yes_from_imported_history_does_not_lift_a_later_no() -> None:
    """Years of events are imported after somebody has unsubscribed: what they said then is not what they say now."""
    world = World(shop(journeys=NOW))
    ann = world.user("ann", consents=["email"])
    world.passes(hours=1)
    ann.does("Unsubscribed")
    imports(ann, "Consent Given", at=world.now - 500 * DAY, channel="email")
    imports(ann, "Consent Given", at=world.now - 400 * DAY, channel="email", topic="cart")
    imports(ann, "Consent Given", at=world.now - 300 * DAY)
    ann.does("Cart Updated")
    assert world.why(ann, "reminder").code == "no_consent"


def test_a_yes_from_imported_history_lifts_an_earlier_no_of_that_history() -> None:
    world = World(shop(journeys=NOW))
    ann = world.user("ann")
    imports(ann, "Consent Withdrawn", at=world.now - 50 * DAY, channel="email")
    imports(ann, "Consent Given", at=world.now - 40 * DAY, channel="email")
    ann.does("Cart Updated")
    world.passes(minutes=1)
    assert len(ann.received) == 1


def test_a_yes_from_history_on_everything_leaves_a_later_no_to_one_topic() -> None:
    world = World(shop(journeys=NOW))
    ann = world.user("ann")
    ann.does("Consent Withdrawn", channel="email", topic="news")
    imports(ann, "Consent Given", at=world.now - 40 * DAY, channel="email")
    ann.does("Cart Updated")
    world.passes(minutes=1)
    assert len(ann.received) == 1


def test_a_yes_in_the_context_of_history_does_not_lift_a_later_no_of_a_context() -> None:
    world = World(shop(journeys=NOW))
    ann = world.user("ann", consents=["email"])
    does_in_context(ann, "Page Viewed", {"consent": {"email": False}})
    past = world.event("ann", "Page Viewed", {}, at=world.now - 40 * DAY)
    context = b'{"consent":{"email":true}}'
    world.feed([msgspec.structs.replace(past, context=context, is_history=True)])
    ann.does("Cart Updated")
    assert world.why(ann, "reminder").code == "no_consent"


def test_history_lifts_no_suppression_that_came_later() -> None:
    world = World(shop(journeys=NOW))
    ann = world.user("ann", consents=["email"])
    imports(ann, "Suppressed", at=world.now - 50 * DAY, channel="email")
    ann.does("Email Bounced")
    imports(ann, "Unsuppressed", at=world.now - 40 * DAY)
    ann.does("Cart Updated")
    assert world.why(ann, "reminder").code == "suppressed"


def test_history_lifts_a_suppression_of_before() -> None:
    world = World(shop(journeys=NOW))
    ann = world.user("ann", consents=["email"])
    imports(ann, "Suppressed", at=world.now - 50 * DAY, channel="email")
    imports(ann, "Unsuppressed", at=world.now - 40 * DAY)
    ann.does("Cart Updated")
    world.passes(minutes=1)
    assert len(ann.received) == 1


@pytest.mark.parametrize("channel", ["email", "*"])
def test_an_old_withdrawal_that_comes_late_does_not_weaken_the_newer_one(channel: str) -> None:
    """The yes of Tuesday is older than the no of Wednesday, though a no of Monday was heard of in between."""
    world = World(shop(journeys=NOW))
    ann = world.user("ann")
    world.passes(days=2)
    ann.does("Consent Withdrawn", channel=channel, topic="cart")
    ann.does("Consent Withdrawn", channel=channel, topic="cart", at=world.now - 2 * DAY)
    ann.does("Consent Given", channel=channel, topic="cart", at=world.now - DAY)
    ann.does("Cart Updated")
    assert world.why(ann, "reminder").code == "no_consent"


def test_of_more_words_than_are_kept_the_latest_withdrawal_stands_for_all() -> None:
    world = World(shop(journeys=NOW))
    ann = world.user("ann")
    world.passes(days=2)
    ann.does("Consent Withdrawn", channel="email")
    for number in range(130):
        ann.does("Consent Withdrawn", channel="email", topic=f"topic{number}", at=world.now - 2 * DAY)
    ann.does("Consent Given", channel="email", at=world.now - DAY)
    ann.does("Cart Updated")
    assert world.why(ann, "reminder").code == "no_consent"
    world.passes(minutes=1)
    ann.does("Consent Given", channel="email")
    ann.does("Cart Updated")
    assert len(world.attempts) == 1
