"""What may be said: a message, its channels, its use-by span and its worth. Definitions only."""

from typing import Final, Literal

from msgspec import Struct

from opportune.features.condition import Expression
from opportune.units import DAY, Millis

AT_LEAST_ONCE: Final = (
    "delivery: at_least_once is for transactional and internal messages: where no answer comes it may be sent twice"
)
"""What an author is told who wants it for marketing."""


class Message(Struct, frozen=True):
    """Something that may be said to a user on one of several channels in one of several wordings."""

    name: str
    channels: tuple[str, ...]
    """In order of liking; the order breaks ties."""
    topic: str
    """What consent is asked for."""
    kind: Literal["marketing", "transactional", "internal"] = "marketing"
    """Transactional: must be said; exempt from marketing gates, still logged. Internal: to our own systems, on channel
    ``webhook``; no user hears of it, so nothing that protects users binds it, and nothing counts it."""
    useful_for: Millis = DAY
    """From the instant it is proposed; after it the message is dropped, never late."""
    worth_half_life: Millis | None = None
    """How long after it was proposed it is worth half, for ``send_time``; None: it is worth the same up to the end."""
    worth: Expression | None = None
    """In the playbook's unit of value; without one, a hundredth of the priority."""
    priority: int = 50
    """0 to 100; breaks ties of worth."""
    variants: tuple[str, ...] = ("default",)
    """Names, sorted; each has a template."""
    obeys: bool = True
    """Bound by frequency caps, gaps and fatigue; False is for transactional messages only."""
    counts: bool = True
    """Counted by frequency caps."""
    delivery: Literal["once", "at_least_once"] = "once"
    """What follows where a provider gave no answer: nothing, or the same again (never of marketing)."""
