"""One thing that could be said: a message on a channel at an instant, and later in one wording."""

from msgspec import Struct

from opportune.messages.message import Message
from opportune.units import Instant


class Candidate(Struct, frozen=True, gc=False):
    """Message x channel x instant x variant; fields not opened yet are empty."""

    message: Message
    channel: str
    at: Instant
    deadline: Instant
    """The first instant at which saying it would be useless."""
    variant: str = ""
