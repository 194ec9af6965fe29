"""One thing to say of a playbook."""

from typing import Literal, TypeAlias

from msgspec import Struct

from opportune.playbook.definition import Playbook

Level: TypeAlias = Literal["error", "warning", "note"]
"""``error``: it is refused. ``warning``: it works, but probably not as meant. ``note``: good to know."""


class Finding(Struct, frozen=True, order=True):
    """What is so, where, and what would be right."""

    level: Level
    place: str
    """File and line, such as ``journeys/cart.yaml:7``; for a playbook made in Python the path of the definition."""
    text: str

    def __str__(self) -> str:
        return f"{self.place}: {self.level}: {self.text}"


def found(playbook: Playbook, level: Level, path: str, text: str) -> Finding:
    """A finding about the definition at this path, such as ``journeys.cart.steps[1]``."""
    return Finding(level, playbook.places.get(path, path), text)
