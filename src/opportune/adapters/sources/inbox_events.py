"""What becomes of an in-app message, as events of its user."""

from typing import Final

from msgspec import json

from opportune.events.event import Event
from opportune.events.names import IN_APP_CLICKED, IN_APP_DISMISSED, IN_APP_EXPIRED, IN_APP_SHOWN, INBOX_ID
from opportune.ports import InboxItem
from opportune.units import Instant

SAID: Final = ("shown", "dismissed", "clicked")
"""What an app may say of a message."""
_NAMES: Final = {
    "shown": IN_APP_SHOWN,
    "dismissed": IN_APP_DISMISSED,
    "clicked": IN_APP_CLICKED,
    "expired": IN_APP_EXPIRED,
}


def inbox_event(item: InboxItem, what: str, now: Instant) -> Event:
    """What became of this item: one of ``SAID``, or ``expired``; its id is the same however often it is told."""
    told_of = json.encode({"decision": item.key})
    return Event(f"{INBOX_ID}{item.key}-{what}", item.user, _NAMES[what], now, now, properties=told_of)
