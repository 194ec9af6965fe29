"""One file with one class is a policy: read from YAML, compiled, asked, moved by, and told of, like our own."""

import pytest

from opportune.errors import PlaybookError
from opportune.policies.shipped import SHIPPED
from opportune.testing.world import World, instant
from tests.stories.shop import CART, NIGHT, shop
from tests.toy_policy.no_fridays import NoFridays

KINDS = {**SHIPPED, "no_fridays": NoFridays}
NOW = CART.replace("  - wait: 45 minutes\n", "")
FRIDAY_NOON = "2026-06-05T12:00+02:00"


def test_a_foreign_policy_keeps_a_mail_from_friday() -> None:
    world = World(shop("no_fridays", journeys=NOW, kinds=KINDS), start=FRIDAY_NOON)
    ann = world.user("ann", zone="Europe/Berlin")
    ann.does("Cart Updated")
    story = world.why(ann, "reminder")
    assert [(verdict.policy, verdict.code) for verdict in story.decision.verdicts] == [("no_fridays", "friday")]
    world.passes(days=1)
    assert [mail.at for mail in ann.received] == [instant("2026-06-06T00:00+02:00")]


def test_it_finds_an_hour_together_with_our_own() -> None:
    world = World(shop("no_fridays", NIGHT, "hours: {slots: 24}", journeys=NOW, kinds=KINDS), start=FRIDAY_NOON)
    ann = world.user("ann", zone="Europe/Berlin")
    ann.does("Cart Updated")
    assert world.why(ann, "reminder").until == instant("2026-06-06T08:00+02:00")


def test_its_settings_are_read_from_yaml() -> None:
    messages = {"reminder": "channels: [push, email]"}
    playbook = shop("no_fridays: {channels: [push]}", journeys=NOW, messages=messages, kinds=KINDS)
    assert playbook.policies == (NoFridays(channels=("push",)),)
    world = World(playbook, start=FRIDAY_NOON)
    ann = world.user("ann", push_token="p")
    ann.does("Cart Updated")
    assert [attempt.channel for attempt in world.attempts] == ["email"]


def test_an_attempt_begins_before_friday_does() -> None:
    world = World(shop("no_fridays", journeys=NOW, kinds=KINDS), start="2026-06-04T23:59:30Z", answers=lambda _: "none")
    ann = world.user("ann")
    ann.does("Cart Updated")
    assert [attempt.expires for attempt in world.attempts] == [instant("2026-06-05T00:00Z")]


def test_what_must_be_said_is_said_on_friday() -> None:
    messages = {"reminder": "kind: transactional"}
    world = World(shop("no_fridays", journeys=NOW, messages=messages, kinds=KINDS), start=FRIDAY_NOON)
    ann = world.user("ann")
    ann.does("Cart Updated")
    assert len(world.attempts) == 1


def test_a_wrong_setting_is_answered_with_place_and_remedy() -> None:
    with pytest.raises(PlaybookError, match=r"opportune\.yaml:\d+: no_fridays has no 'chanels'"):
        shop("no_fridays: {chanels: [push]}", journeys=NOW, kinds=KINDS)


def test_whoever_has_not_installed_it_is_told_what_there_is() -> None:
    with pytest.raises(PlaybookError, match="there is no policy 'no_fridays'"):
        shop("no_fridays", journeys=NOW)
