"""The kit for stories keeps its own promises."""

import pytest

from opportune.testing.world import MONDAY_NOON, User, World, instant
from opportune.units import MINUTE
from tests.stories.moments import on_clock
from tests.stories.shop import shop


def test_a_world_begins_on_a_monday_at_noon() -> None:
    assert on_clock(MONDAY_NOON, "UTC") == "2026-06-01 12:00"
    assert World(shop()).now == MONDAY_NOON


def test_an_instant_is_read_with_its_offset() -> None:
    assert instant("2026-06-01T14:00+02:00") == instant("2026-06-01T12:00Z") == instant(MONDAY_NOON)


def test_time_passes_only_as_told() -> None:
    world = World(shop())
    world.passes(minutes=1, seconds=1.5)
    assert world.now == MONDAY_NOON + MINUTE + 1_500


def test_duplicates_have_no_effect_even_within_one_batch() -> None:
    world = World(shop())
    twice = [world.event("ann", "Page Viewed", {}, id="same") for _ in range(2)]
    world.feed(twice)
    assert len(world.log) == 1


def test_why_about_what_was_never_decided_says_so() -> None:
    world = World(shop())
    with pytest.raises(AssertionError, match="nothing was ever decided about 'reminder' for 'ann'"):
        world.why(User(world, "ann"), "reminder")


def test_after_a_merge_both_names_are_one_user() -> None:
    world = World(shop())
    ann, device, tablet = world.user("ann"), world.user("device"), world.user("tablet")
    world.merge(device, tablet)
    world.merge(ann, device)
    tablet.does("Cart Updated")
    world.passes(hours=1)
    assert len(ann.received) == 1
    assert ann.received == device.received == tablet.received
    assert world.memory(tablet).user == "ann"


def test_an_attempt_that_lapsed_first_is_received_once() -> None:
    answers = iter(["lapsed", "sent"])
    world = World(shop(), answers=lambda attempt: next(answers))
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(hours=1)
    assert (len(world.attempts), len(ann.received)) == (2, 1)
