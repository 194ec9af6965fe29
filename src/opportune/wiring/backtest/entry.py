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


def at_of(entry: Entry) -> Instant:
    """When it was heard of; of what stood in a file: when it happened."""
    match entry:
        case Event():
            return entry.received_at
        case Merged():
            return entry.now
        case Linked():
            return entry.at


class Refused(Struct, frozen=True):
    """A row that says nothing that can be taken."""

    line: int
    code: str
    reason: str
