"""What one user was promised, sent and allowed: the only place that caps, consent and suppression are read from."""

from typing import Literal, TypeAlias

from msgspec import Struct

from opportune.units import Instant, Micros

EVERY = "*"
"""Stands for all channels, or all topics."""
CONTEXT = "context"
"""The source of a word on consent that came with an event's context."""
PendingState: TypeAlias = Literal["planned", "claimed", "shown_awaited"]
"""``planned``: waits for its instant. ``claimed``: handed to the dispatcher. ``shown_awaited``: in the inbox."""


class Sent(Struct, array_like=True, gc=False):
    """One message that went out, or may have gone out (``unknown`` counts)."""

    at: Instant
    id: str
    """The decision's id in hex; empty for another system's send without one."""
    message: str
    channel: str
    topic: str
    counts: bool
    """Counted by frequency caps (fatigue counts every message)."""
    is_noticed: bool = False


class Pending(Struct, array_like=True, gc=False):
    """One decision that has not ended: its reservation, and all that is needed to ask the gates again."""

    id: str
    at: Instant
    """The planned instant, its reservation against every cap, and while ``planned`` its deadline."""
    state: PendingState
    message: str
    channel: str
    topic: str
    variant: str
    counts: bool
    is_marketing: bool
    worth: Micros
    journey: str
    key: str
    entry: Instant
    step: int
    deadline: Instant
    """The first instant at which the message is useless."""
    rounds: int = 0
    """How often it was moved or decided again; at most 8 (R8)."""
    recalled: str = ""
    """The code that called a claimed attempt back, or nothing."""
    without: tuple[str, ...] = ()
    """Channels that were tried and failed the user: in-app that was not shown by the session's end."""
    may_repeat: bool = False
    """Claimed for a message that is asked for again where no answer comes, so it may reach the user much later."""
    claimed_at: Instant = 0
    """The instant of the newest claim; 0 before the first."""
    is_internal: bool = False
    """No user hears of it, and no cap counts it."""


class Consent(Struct, array_like=True, gc=False):
    """The newest word on one (channel, topic), by order of arrival."""

    channel: str
    topic: str
    is_given: bool
    seq: int
    at: Instant
    source: str = ""
    proof: str = ""


class Suppression(Struct, array_like=True, gc=False):
    """Never send on this channel (``*``: any)."""

    channel: str
    reason: str
    at: Instant


class Ledger(Struct, array_like=True, gc=False):
    """Sends, reservations, consent and suppression of one user."""

    sent: list[Sent]
    """By instant; kept as long as any cap looks back, and lateness more."""
    pending: list[Pending]
    consents: list[Consent]
    suppressions: list[Suppression]
