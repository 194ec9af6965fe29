"""A message that waits in the inbox to be shown."""

from msgspec import Struct

from opportune.messages.template import Rendered
from opportune.units import Instant


class InboxItem(Struct, frozen=True, gc=False):
    """One in-app message of one user; ``key`` is its decision."""

    key: str
    user: str
    at: Instant
    rendered: Rendered
    shown_at: Instant | None = None
    dismissed_at: Instant | None = None
    expires_at: Instant | None = None
    """The message is useless from then on."""
