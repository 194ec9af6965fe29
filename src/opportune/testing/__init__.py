"""The test kit that playbook authors use: users' stories in pytest, on a clock that only the story moves.

from opportune.testing import World

def test_a_cart_is_remembered() -> None:
    world = World.of("shop")
    ann = world.user("ann", consents=["email"])
    ann.does("Cart Updated", cart_id="c1", value=80)
    world.passes(minutes=46)
    assert ann.got("cart_reminder")
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opportune.errors import StoryError
    from opportune.playbook.folder import load
    from opportune.testing.attention import AttentionWorld
    from opportune.testing.instants import instant
    from opportune.testing.items import Shelf
    from opportune.testing.story import Story
    from opportune.testing.user import User
    from opportune.testing.words import StoryWarning
    from opportune.testing.world import World

__all__ = ["World", "User", "Story", "Shelf", "load", "instant", "StoryError", "StoryWarning", "AttentionWorld"]

_HOMES = {
    "World": "opportune.testing.world",
    "User": "opportune.testing.user",
    "Story": "opportune.testing.story",
    "Shelf": "opportune.testing.items",
    "load": "opportune.playbook.folder",
    "instant": "opportune.testing.instants",
    "StoryError": "opportune.errors",
    "StoryWarning": "opportune.testing.words",
    "AttentionWorld": "opportune.testing.attention",
}
"""Where each name lives; it is imported when it is first asked for."""


def __getattr__(name: str) -> object:
    """The exported name, from its own module."""
    if name not in _HOMES:
        raise AttributeError(f"module 'opportune.testing' has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(import_module(_HOMES[name]), name)
