"""What came of messages, counted by journey: how welcome they are."""

from typing import Literal, TypeAlias

from msgspec import Struct

from opportune.units import Instant

Unwelcome: TypeAlias = Literal["complaints", "unsubscribes"]
"""What a message can end in that says that it had better not been sent."""


class Tally(Struct, frozen=True, gc=False):
    """How many messages of one journey were accepted on one channel within one hour, and what came of them."""

    journey: str
    channel: str
    hour: int
    """Whole hours since 1970 of the instant of acceptance, whenever it was complained about."""
    sends: int = 0
    complaints: int = 0
    unsubscribes: int = 0


class Stopped(Struct, frozen=True, gc=False):
    """A decision whose message was complained about, or unsubscribed from: a second time counts no more."""

    decision: str
    what: Unwelcome
    hour: int
    """Of the acceptance."""


class Tallied(Struct, frozen=True, gc=False):
    """How welcome journeys are: all that is known, or what one commit adds to it."""

    tallies: tuple[Tally, ...] = ()
    stopped: tuple[Stopped, ...] = ()
    anew: tuple[tuple[str, Instant], ...] = ()
    """Journeys of which only what was sent from this instant on counts; what was counted before goes."""
    forget: int | None = None
    """What was sent in an hour before this one goes."""
