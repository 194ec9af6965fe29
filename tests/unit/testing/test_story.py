"""What a test asks of a story, and what it says where the test fails."""

import pytest

from opportune.errors import StoryError
from opportune.testing import World, instant
from opportune.testing.story import MOST_SHOWN
from tests.stories.shop import NIGHT, shop


def waiting(world: World) -> World:
    world.user("ann").does("Cart Updated")
    return world


def test_a_message_that_came_is_true_and_said_to_be_sent() -> None:
    world = waiting(World(shop()))
    world.passes(hours=1)
    story = world.known("ann").got("reminder")
    assert story and story.was_sent and story.was_decided
    assert story.sentences[0].startswith("reminder was sent as an email to ann@example.com")
    assert str(story).splitlines() == story.sentences


def test_before_anything_is_decided_it_says_what_is_waited_for() -> None:
    world = waiting(World(shop()))
    story = world.known("ann").got("reminder")
    assert not story and not story.was_decided
    assert story.sentences == [
        "nothing was ever decided about 'reminder' for 'ann'.",
        "Journey cart began on Mon 1 Jun 2026, 12:00 (UTC), is at step 1 and goes on at the latest on "
        "Mon 1 Jun 2026, 12:45 (UTC).",
    ]
    with pytest.raises(StoryError, match="nothing was ever decided about 'reminder' for 'ann'"):
        story.code  # noqa: B018


def test_what_is_planned_says_when_it_will_go_out() -> None:
    world = World(shop(NIGHT), start="2026-06-01T20:30Z")
    waiting(world).passes(hours=1)
    story = world.known("ann").got("reminder")
    assert not story
    assert (story.code, story.until) == ("planned", instant("2026-06-02T08:00Z"))
    assert story.chosen is not None and story.chosen.channel == "email"
    assert story.sentences[0].startswith("reminder will go out as an email")
    assert repr(story).startswith(
        "reminder is not sent yet: it was decided for Tue 2 Jun 2026, 08:00 (UTC) rather than for Mon 1 Jun 21:15, "
        "because it is quiet hours on the user's own clock (quiet_hours)."
    )


def test_a_silence_says_why_and_from_when_on_it_might_be_different() -> None:
    world = World(shop("frequency_cap: {at_most: 1, within: 7 days}"))
    waiting(world).passes(hours=1)
    world.known("ann").does("Cart Updated")
    world.passes(hours=1)
    story = world.why(world.known("ann"), "reminder")
    assert not story
    assert (story.code, story.until) == ("frequency_cap", instant("2026-06-08T12:45:01Z"))
    assert "It would have gone at once" in str(story)


def test_so_often_is_counted_and_the_newest_that_did_not_come_is_told() -> None:
    world = World(shop("frequency_cap: {at_most: 1, within: 7 days}"))
    ann = waiting(world).known("ann")
    for _ in range(2):
        world.passes(hours=1)
        ann.does("Cart Updated")
    world.passes(hours=1)
    assert ann.got("reminder")
    story = ann.got("reminder", at_least=2)
    assert not story
    assert story.code == "frequency_cap"
    assert story.sentences[0] == "reminder has reached ann 1 of 2 times."
    assert ann.messages == ["reminder"]


def test_a_failed_assertion_shows_whole_sentences_and_as_many_as_it_has_room_for() -> None:
    world = World(shop("frequency_cap: {at_most: 1, within: 7 days}"))
    ann = waiting(world).known("ann")
    world.passes(hours=1)
    ann.does("Cart Updated")
    world.passes(hours=1)
    shown = repr(world.why(ann, "reminder"))
    assert shown.startswith("reminder was not sent: ") and shown.endswith(".")
    assert len(shown) <= MOST_SHOWN and "\n" not in shown
