"""A user who floods us, or a client that does, is bounded, and the bound errs on the side of silence."""

import pytest

from opportune.errors import PlaybookError
from opportune.features.evolve import MOST_SUPPRESSIONS, MOST_WORDS
from opportune.journeys.beginning import MOST_RUNS
from opportune.policies.pipeline import Pipeline
from opportune.policies.verbs import Pick
from opportune.testing.world import World
from tests.stories.shop import CART, shop

KEYED = CART.replace("journey: cart\n", "journey: cart\nkey: cart_id\n")


def test_a_user_with_too_many_runs_starts_no_more_until_some_have_ended() -> None:
    world = World(shop(journeys=KEYED))
    ann = world.user("ann")
    for cart in range(MOST_RUNS + 5):
        ann.does("Cart Updated", cart_id=f"c{cart}")
    assert len(world.memory(ann).runs) == MOST_RUNS
    turn = world.feed([world.event("ann", "Cart Updated", {"cart_id": "one more"})])
    assert [user for user, _ in turn.crowded] == ["ann"]
    ann.does("Order Completed")
    ann.does("Cart Updated", cart_id="another")
    assert [run.key for run in world.memory(ann).runs] == ["another"]


def test_more_words_on_consent_than_are_kept_become_one_no_if_any_of_them_is_a_no() -> None:
    world = World(shop(consent="{email: {trait: opt_in, topics: all}}"))
    ann = world.user("ann", opt_in=True)
    ann.does("Consent Withdrawn", channel="email", topic="cart")
    for number in range(MOST_WORDS):
        ann.does("Consent Given", channel="email", topic=f"topic {number}")
    assert len(world.memory(ann).ledger.consents) == 1
    ann.does("Cart Updated")
    world.passes(hours=1)
    assert world.why(ann, "reminder").code == "no_consent"


def test_more_suppressed_channels_than_are_kept_suppress_all() -> None:
    world = World(shop())
    ann = world.user("ann")
    for number in range(MOST_SUPPRESSIONS + 1):
        ann.does("Suppressed", channel=f"channel {number}")
    assert len(world.memory(ann).ledger.suppressions) == 1
    ann.does("Cart Updated")
    world.passes(hours=1)
    assert world.why(ann, "reminder").code == "suppressed"


def test_in_app_shown_says_nothing_of_a_mail() -> None:
    world = World(shop(), answers=lambda attempt: "none")
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(hours=1)
    ann.does("In-App Shown", decision=world.attempts[0].decision)
    assert world.endings == {}


class Nameless(Pick, frozen=True, tag="nameless"):
    """Picks between proposals and has no words for those that lose."""

    between = "proposals"


def test_a_pick_that_does_not_name_its_silences_is_refused() -> None:
    with pytest.raises(PlaybookError, match="nameless picks between proposals and names 0 codes; it must name 2"):
        Pipeline([Nameless()])
