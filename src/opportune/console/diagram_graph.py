"""What is laid out: boxes and links between them, and what comes of it: places and lines."""

from typing import Literal, TypeAlias

from msgspec import Struct

Point: TypeAlias = tuple[int, int]
"""To the right, and down, from the upper left corner."""


class Box(Struct, frozen=True):
    """Something with a size; ``rank``: at the very top, at the very bottom, or wherever its links put it."""

    id: str
    width: int
    height: int
    rank: Literal["first", "any", "last"] = "any"
    is_point: bool = False
    """All lines leave it in the middle."""


class Link(Struct, frozen=True):
    """A line from one box to another, beside which a label of this size stands; of no size: without one."""

    source: str
    target: str
    width: int = 0
    height: int = 0


class Area(Struct, frozen=True):
    """Where something stands."""

    left: int
    top: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """Behind it."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """Below it."""
        return self.top + self.height

    @property
    def middle(self) -> int:
        """Between left and right."""
        return self.left + self.width // 2


class Route(Struct, frozen=True):
    """The line of a link, corner by corner from its source to its target, and where its label stands."""

    points: tuple[Point, ...]
    label: Area | None = None


class Layout(Struct, frozen=True):
    """Everything in its place."""

    boxes: dict[str, Area]
    routes: tuple[Route, ...]
    """In the order of the links."""
    width: int
    height: int
