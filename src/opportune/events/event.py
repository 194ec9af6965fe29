"""What happened: one event of one user, and all else that stands in the log."""

from collections.abc import Iterable
from typing import TypeAlias

from msgspec import Struct

from opportune.events.names import OWN_IDS
from opportune.units import ONE, Instant, Micros

PLACES = 1 << 20
"""More than what steps make between two entries of one user."""


class Event(Struct, frozen=True, gc=False, array_like=True, tag="e"):
    """Something that happened to one user.

    An event may come twice (same ``id``: no effect), late or out of order; ``at`` says when it was true, ``seq`` when
    it arrived. All four instants the sender and we know of are kept.
    """

    id: str
    """The client's messageId; else a hash of user, name, instant and body."""
    user: str
    name: str
    at: Instant
    """When it happened, corrected for the client's clock, never later than ``received_at``."""
    received_at: Instant
    """Our clock on arrival: the log clock R1 counts with."""
    seq: int = 0
    """The place in the log; rises for each user."""
    properties: bytes = b"{}"
    """The JSON object the client sent, decoded only if something reads it."""
    context: bytes = b"{}"
    stated_at: Instant | None = None
    """The instant the client stated, uncorrected."""
    sent_at: Instant | None = None
    """The client's clock when it sent."""
    is_history: bool = False
    """Imported from the past: changes features, never starts, cancels or sends anything (R2)."""
    is_anonymous: bool = False
    """The client said the user as ``anonymousId`` only."""
    place: int = 0
    """Of what a step made: ``PLACES`` times the seq behind which its user's memory took it, and the how many'th there.

    0: where it stands in the log.
    """

    @property
    def names_user(self) -> bool:
        """Whether a client said the user as ``userId``: an id that nobody else may claim from then on."""
        return not (self.is_anonymous or self.id.startswith(OWN_IDS))


class Tick(Struct, frozen=True, gc=False, array_like=True, tag="t"):
    """Permission to fire what is due by ``now``; it says nothing else (R1)."""

    now: Instant
    seq: int = 0
    upto: tuple[Instant, str] | None = None
    """Only users whose next deadline and id are not after these: of very many who are due at once, the first. Whether
    it means a user is thus to be read from the user's memory alone, and a log folded again means the same."""


class Merged(Struct, frozen=True, gc=False, array_like=True, tag="m"):
    """Two ids turned out to be one user: ``user`` absorbs the memory of ``absorbed`` (R15).

    Where both are the same id, that of nobody but itself from here on: it was absorbed as an anonymous id, and turned
    out to be a user's own.
    """

    user: str
    absorbed: str
    now: Instant
    seq: int = 0


class Published(Struct, frozen=True, gc=False, array_like=True, tag="p"):
    """From here on this playbook, by content hash, decides (R6): for all users, or for a share of them."""

    playbook: str
    now: Instant
    seq: int = 0
    share: Micros = ONE
    """Of the users, how many it decides for: those whose draw is below; ``stable`` decides for the others."""
    stable: str = ""
    """The hash of the playbook that decides for the others; empty where there are none."""
    paused: tuple[str, ...] = ()
    """Journeys, sorted, that nobody enters and in which nothing is said from here on."""
    zones: str = ""
    """The version of the zone data from here on; empty where the entry is from before it was kept."""


class Erased(Struct, frozen=True, gc=False, array_like=True, tag="x"):
    """A user was erased: nothing before this entry tells of them any more (R18)."""

    token: str
    """A keyed hash of the id: enough to know it again, not enough to tell it."""
    now: Instant
    seq: int = 0


Input: TypeAlias = Event | Tick | Merged | Published | Erased
"""Everything that stands in the log; replaying it gives everything back."""


def log_clock(entry: Input) -> Instant:
    """The instant this entry brings to the log clock (R1)."""
    return entry.received_at if isinstance(entry, Event) else entry.now


def newest_clock(entries: Iterable[Input]) -> Instant:
    """The largest instant that these bring to the log clock; 0 where there are none.

    What steps made stands behind what led to it, as of the instant at which they made it: that may be long before.
    """
    return max(map(log_clock, entries), default=0)
