"""What somebody in a world does, and what they can do with what has reached them."""

import pytest

from opportune.errors import StoryError
from opportune.testing import User, World
from tests.stories.shop import shop

IN_APP = {"reminder": "channels: [in_app, email]"}
FATIGUE = "fatigue: {at_most: 9, within: 7 days, ignored: 1}"


def reminded(*policies: str, **given: object) -> tuple[World, User]:
    world = World(shop(*policies, **given))  # type: ignore[arg-type]
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(hours=1)
    return world, ann


def test_what_was_opened_counts_as_noticed() -> None:
    for opens, code in ((True, "sent"), (False, "fatigue")):
        world, ann = reminded(FATIGUE)
        if opens:
            ann.opens("reminder")
        ann.does("Cart Updated")
        world.passes(hours=1)
        assert world.why(ann, "reminder").code == code


def test_a_click_counts_as_noticed_and_may_name_what_was_received() -> None:
    world, ann = reminded(FATIGUE)
    ann.clicks(ann.received[0])
    ann.does("Cart Updated")
    world.passes(hours=1)
    assert ann.got("reminder", at_least=2)


def test_a_message_in_the_app_has_reached_the_user_once_it_is_shown() -> None:
    world, ann = reminded("in_session: {idle: 2 hours, speak_on: [in_app]}", messages=IN_APP)
    assert ann.messages == []
    ann.opens("reminder")
    assert ann.messages == ["reminder"]
    ann.clicks("reminder")
    assert world.why(ann, "reminder")


def test_what_never_came_cannot_be_opened_and_the_refusal_says_why() -> None:
    world = World(shop())
    ann = world.user("ann")
    with pytest.raises(StoryError, match="reminder cannot be opened by ann: nothing was ever decided about"):
        ann.opens("reminder")


def test_nobody_hears_whether_a_short_message_was_opened() -> None:
    _, ann = reminded(messages={"reminder": "channels: [sms]"}, consent="{sms: always}")
    assert ann.messages == []  # no number is known
    world = World(shop(messages={"reminder": "channels: [sms]"}, consent="{sms: always}"))
    bob = world.user("bob", phone="+4915112345678")
    bob.does("Cart Updated")
    world.passes(hours=1)
    with pytest.raises(StoryError, match="nobody hears whether an SMS was opened: reminder"):
        bob.opens("reminder")
    bob.clicks("reminder")


def test_consent_is_given_and_taken_back() -> None:
    world = World(shop(consent="{}"))
    ann = world.user("ann", consents=["email"])
    ann.withdraws("email", topic="cart")
    ann.does("Cart Updated")
    world.passes(hours=1)
    assert world.why(ann, "reminder").code == "no_consent"
    ann.consents("email", topic="cart")
    ann.does("Cart Updated")
    world.passes(hours=1)
    assert world.why(ann, "reminder")


def test_what_a_user_says_of_themselves_is_heard() -> None:
    world = World(shop())
    ann = world.user("ann")
    ann.says(timezone="Asia/Tokyo")
    ann.does("Cart Updated")
    world.passes(hours=1)
    assert world.why(ann, "reminder").decision.zone == "Asia/Tokyo"


def test_an_event_may_be_late_and_never_early() -> None:
    world = World(shop())
    ann = world.user("ann")
    world.passes(hours=1)
    ann.does("Cart Updated", at="2026-06-01T12:10Z")
    assert ann.got("reminder") or world.why(ann, "reminder").code == "planned"
    with pytest.raises(StoryError, match=r"Cart Updated: Tue 2 Jun 2026, 12:00 \(UTC\) is yet to come"):
        ann.does("Cart Updated", at="2026-06-02T12:00Z")


def test_a_user_is_shown_by_name() -> None:
    assert repr(World(shop()).user("ann")) == "ann"
