"""Features that nobody has fed for a while: what rests on them is not said, and a decision tells how old they were."""

import pytest

from opportune.errors import PlaybookError
from opportune.playbook.definition import Playbook
from opportune.policies.decision import Seen
from opportune.testing.world import World
from opportune.units import DAY, HOUR
from tests.stories.shop import CART, NIGHT, shop

FEATURES = """
logins_7d: COUNT_IF(event = 'Logged In') OVER LAST '7 days'
fall: 1 - logins_7d / 10
last_plan: LAST(plan)
is_pro: traits.plan = 'pro'
"""
STALE = "stale: {features: [fall], older_than: 2 days}"


def resting(*policies: str, where: str = "", worth: str = "", features: str = FEATURES) -> Playbook:
    journey = CART.replace("  - wait: 45 minutes\n", "")
    if where:
        journey = journey.replace("{on: Cart Updated}", f'{{on: Cart Updated, where: "{where}"}}')
    return shop(
        *policies, journeys=journey, messages={"reminder": f"worth: {worth}" if worth else ""}, features=features
    )


def test_nothing_is_said_on_the_strength_of_old_news() -> None:
    world = World(resting(STALE))
    ann, bob, cleo = world.user("ann"), world.user("bob"), world.user("cleo")
    ann.does("Logged In")
    world.passes(days=1)
    bob.does("Logged In")
    world.passes(days=2)
    for user in (ann, bob, cleo):
        user.does("Cart Updated")
    assert [mail.user for mail in world.attempts] == ["bob"]
    assert {each.user: (each.code, each.until) for each in world.decisions} == {
        "ann": ("stale", None),
        "bob": ("chosen", None),
        "cleo": ("stale", None),
    }


def test_a_planned_message_is_asked_again_at_its_instant() -> None:
    world = World(resting(NIGHT, STALE), start="2026-06-01T22:00Z")
    ann, bob = world.user("ann"), world.user("bob")
    for user in (ann, bob):
        user.does("Logged In", at=world.now - 40 * HOUR)
        user.does("Cart Updated")
    world.passes(hours=5)
    bob.does("Logged In")
    world.passes(hours=6)
    assert [mail.user for mail in world.attempts] == ["bob"]
    assert world.endings[world.decisions[0].id].code == "stale"


def test_a_decision_tells_what_was_read_and_how_old_it_was() -> None:
    world = World(resting(where="logins_7d >= 1", worth="fall"))
    ann = world.user("ann", plan="pro")
    ann.does("Logged In")
    world.passes(days=3)
    ann.does("Cart Updated")
    [decision] = world.decisions
    assert decision.features == (Seen("fall", 0.9, 3 * DAY), Seen("logins_7d", 1, 3 * DAY))
    world.passes(days=5)
    ann.does("Logged In", at=world.now - 8 * DAY)
    ann.does("Logged In", at=world.now - DAY)
    ann.does("Cart Updated")
    assert world.decisions[-1].features == (Seen("fall", 0.9, DAY), Seen("logins_7d", 1, DAY))


def test_of_a_silence_what_its_step_asks_is_written_down() -> None:
    journey = "journey: back\nenter: {inactive_for: 3 days}\nsteps:\n  - send: reminder\n    when: logins_7d < 5\n"
    world = World(shop(journeys=journey, features=FEATURES))
    ann = world.user("ann")
    ann.does("Logged In")
    world.passes(days=4)
    assert world.decisions[0].features == (Seen("logins_7d", 1, 3 * DAY),)


def test_a_feature_that_reads_no_event_has_no_age() -> None:
    world = World(resting(where="is_pro"))
    ann = world.user("ann", plan="pro")
    ann.does("Cart Updated")
    assert world.decisions[0].features == (Seen("is_pro", True, None),)


def test_a_playbook_without_features_writes_none_down() -> None:
    world = World(shop())
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(hours=1)
    assert [each.features for each in world.decisions] == [()]


def test_names_that_a_gate_cannot_ask_are_refused() -> None:
    with pytest.raises(PlaybookError) as refusal:
        resting(
            "stale: {features: [logins_7, is_pro], older_than: 1 day}",
            "stale: {features: [fall], older_than: 1 day, messages: [remainder]}",
        )
    assert [line.partition(": ")[2] for line in str(refusal.value).splitlines()] == [
        "stale: feature 'is_pro' reads no events, so it is never stale or new; name one that does",
        "stale: there is no feature 'logins_7'; did you mean 'logins_7d'?",
        "stale: there is no message 'remainder'; did you mean 'reminder'?",
    ]
