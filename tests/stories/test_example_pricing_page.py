"""The example of a text message that follows a mail only if it is worth one."""

import pytest

from opportune.playbook.folder import load
from opportune.testing.world import User, World, instant
from tests.stories.examples import EXAMPLES

NEW_YORK = "America/New_York"


@pytest.fixture
def world() -> World:
    return World(load(EXAMPLES / "pricing_page"), start="2026-06-02T10:00-04:00")


def tries(world: World, **traits: str) -> User:
    ann = world.user("ann", zone=NEW_YORK, consents=["email", "sms"], phone="+14155552671", **traits)
    ann.does("Trial Started")
    world.passes(seconds=1)
    return ann


def looks_at_prices(user: User) -> None:
    user.does("Page Viewed", path="/pricing?from=mail")


def opens(user: User) -> None:
    user.does("Email Opened", decision=user.received[0].decision)


def texts(user: User) -> list[int]:
    return [each.at for each in user.received if each.channel == "sms"]


def test_who_looks_at_prices_and_opens_no_mail_gets_a_text_after_an_hour(world: World) -> None:
    ann = tries(world)
    world.passes(minutes=30)
    looks_at_prices(ann)
    world.passes(days=2)
    assert [each.message for each in ann.received] == ["welcome_offer", "offer_by_text"]
    assert texts(ann) == [instant("2026-06-02T11:00:01-04:00")]


def test_who_opens_the_mail_within_the_hour_gets_no_text(world: World) -> None:
    ann = tries(world)
    looks_at_prices(ann)
    world.passes(minutes=59)
    opens(ann)
    world.passes(days=2)
    assert texts(ann) == []


def test_who_does_not_look_at_prices_gets_no_text(world: World) -> None:
    ann = tries(world)
    ann.does("Page Viewed", path="/blog/pricing-a-craft")
    world.passes(days=2)
    assert [each.channel for each in ann.received] == ["email"]


def test_who_looked_at_prices_earlier_that_day_has_looked(world: World) -> None:
    ann = world.user("ann", zone=NEW_YORK, consents=["email", "sms"], phone="+14155552671")
    looks_at_prices(ann)
    world.passes(hours=3)
    ann.does("Trial Started")
    world.passes(hours=2)
    assert texts(ann) == [instant("2026-06-02T14:00:01-04:00")]


def test_an_hour_that_ends_in_the_evening_waits_for_nine_in_the_morning(world: World) -> None:
    world.until("2026-06-02T19:30-04:00")
    ann = tries(world)
    looks_at_prices(ann)
    world.passes(hours=2)
    assert (world.why(ann, "offer_by_text").code, texts(ann)) == ("planned", [])
    world.passes(days=1)
    assert texts(ann) == [instant("2026-06-03T09:00-04:00")]


def test_a_mail_opened_in_the_night_calls_off_the_text_of_the_morning(world: World) -> None:
    world.until("2026-06-02T19:30-04:00")
    ann = tries(world)
    looks_at_prices(ann)
    world.passes(hours=4)
    opens(ann)
    world.passes(days=1)
    assert texts(ann) == []
    assert world.why(ann, "offer_by_text").code == "exited"


def test_another_mail_of_ours_that_is_opened_leaves_the_text_as_it_is(world: World) -> None:
    ann = tries(world)
    looks_at_prices(ann)
    world.passes(minutes=30)
    ann.does("Email Opened", decision="00000000000000000000000000000000")
    world.passes(days=2)
    assert len(texts(ann)) == 1


def test_without_a_mail_there_is_no_text_after_it(world: World) -> None:
    ann = tries(world, email="")
    looks_at_prices(ann)
    world.passes(days=2)
    assert ann.received == []
    assert world.why(ann, "welcome_offer").code == "no_address"


def test_a_plan_bought_within_the_hour_ends_it(world: World) -> None:
    ann = tries(world)
    looks_at_prices(ann)
    world.passes(minutes=20)
    ann.does("Plan Bought", price=49)
    world.passes(days=2)
    assert texts(ann) == []
