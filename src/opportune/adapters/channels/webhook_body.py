"""The body of a webhook call: one rendered message, and all that a receiver needs to say it."""

from datetime import UTC, datetime, timedelta
from typing import Final

import msgspec
from msgspec import Struct

from opportune.messages.template import Rendered
from opportune.ports import Delivery
from opportune.units import Instant

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class Said(Struct, frozen=True, omit_defaults=True):
    """What a receiver needs to say the message; instants are ISO 8601, in UTC."""

    decision: str
    user: str
    channel: str
    address: str
    """Where the channel reaches the user: a phone number, a push token; of channel ``webhook`` the user's id."""
    message: str
    topic: str
    subject: str
    text: str
    html: str
    at: str
    deadline: str | None = None


class Call(Struct, frozen=True):
    """The body of one call."""

    type: str
    timestamp: str
    data: Said


def body_of(rendered: Rendered, delivery: Delivery) -> bytes:
    """The body of the call, the same for every try."""
    said = Said(
        decision=delivery.key,
        user=delivery.user,
        channel=delivery.channel,
        address=delivery.address,
        message=delivery.message,
        topic=delivery.topic,
        subject=rendered.subject,
        text=rendered.text,
        html=rendered.html,
        at=_iso(delivery.at),
        deadline=None if delivery.deadline is None else _iso(delivery.deadline),
    )
    return msgspec.json.encode(Call("message.send", said.at, said))


def _iso(at: Instant) -> str:
    return f"{(_EPOCH + timedelta(milliseconds=at)).isoformat(timespec='milliseconds')[:-6]}Z"
