"""Conditions on an event's context, whatever else stands in it."""

import msgspec
import pytest

from opportune.testing.world import World
from tests.stories.shop import shop

ENGLISH = """
journey: english
enter: {on: Cart Updated, where: "context.locale = 'en-GB'"}
steps:
  - send: reminder
"""


@pytest.mark.parametrize(("locale", "heard"), [("en-GB", 1), ("de-DE", 0)])
def test_an_entry_may_ask_for_the_context_alone(locale: str, heard: int) -> None:
    world = World(shop(journeys=ENGLISH))
    ann = world.user("ann")
    event = world.event("ann", "Cart Updated", {})
    world.feed([msgspec.structs.replace(event, context=msgspec.json.encode({"locale": locale}))])
    world.passes(minutes=1)
    assert len(ann.received) == heard
