"""What the engine asks of a dispatcher: begin this attempt, or call that one back."""

from typing import Literal, TypeAlias

from msgspec import Struct

from opportune.units import Instant, Scalar


class Attempt(Struct, frozen=True, array_like=True, gc=False):
    """Claimed: hand this message to its channel, once, before ``expires``; else report that the attempt lapsed."""

    decision: str
    user: str
    message: str
    variant: str
    channel: str
    topic: str
    address: str
    """Where to: an e-mail address, a phone number; the user's id for the inbox."""
    at: Instant
    expires: Instant
    """The call must start before this: the end of a minute, of usefulness, or of the hours that are not quiet."""
    playbook: str
    values: dict[str, Scalar]
    """What templates may read: traits, features and the entry event's kept properties."""
    is_marketing: bool = True
    """The user can withdraw consent to its topic, so the message must say how."""
    deadline: Instant | None = None
    """The message is useless from then on; None in attempts that an earlier release has claimed."""
    delivery: Literal["once", "at_least_once"] = "once"
    """What the message asks for; see ``sending/outbox.py``."""


class Recall(Struct, frozen=True, array_like=True, gc=False):
    """Do not begin this attempt if it has not begun: the user bought, or took the right away."""

    decision: str
    user: str
    code: str


Call: TypeAlias = Attempt | Recall
