"""What a provider tells of one message."""

from typing import Literal, TypeAlias

from msgspec import Struct

from opportune.events.instants import Stated

Type: TypeAlias = Literal["sent", "delivered", "opened", "clicked", "bounced", "failed", "complained", "unsubscribed"]


class Told(Struct, frozen=True):
    """One thing that happened to one message; which one, ``decision`` says, or else ``message_id``."""

    type: Type
    decision: str = ""
    message_id: str = ""
    """Of a mail of ours: ``<decision@domain>``."""
    user: str = ""
    """Whose it is, where no decision of ours is named."""
    channel: str = ""
    topic: str = ""
    at: Stated | None = None
    status: str = ""
    """Of a bounce: ``5.1.1``, ``550`` or both."""
    reason: str = ""
    """Of a bounce: the server's words; they help to judge it and are not kept."""
    bounce: Literal["hard", "soft", ""] = ""
    """Of a bounce: what the provider makes of it, in place of what we would."""
    url: str = ""
    machine: bool = False
    """It was opened or clicked by a machine."""

    @property
    def named(self) -> str:
        """The decision that is meant, if it is one of ours."""
        return self.decision or self.message_id.strip("<> ").partition("@")[0]
