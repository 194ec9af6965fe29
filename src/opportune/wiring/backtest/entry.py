"""What a row of a past comes to, before it is known whose past it belongs to."""

from typing import TypeAlias

from msgspec import Struct

from opportune.events.event import Event, Merged
from opportune.units import Instant


class Linked(Struct, frozen=True, gc=False, array_like=True, tag="l"):
    """Somebody said that ``previous`` was an earlier id of ``user``."""

    id: str
    previous: str
    user: str
    at: Instant
    seq: int
    """Its place in the past, as that of events."""


Entry: TypeAlias = Event | Merged | Linked


class Refused(Struct, frozen=True):
    """A row that says nothing that can be taken."""

    line: int
    code: str
    reason: str
