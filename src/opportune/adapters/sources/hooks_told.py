"""What a provider tells of one message, and the event that it comes to for us."""

from typing import Final, Literal, TypeAlias

import msgspec
from msgspec import Struct

from opportune.errors import EventError
from opportune.events import names
from opportune.events.event import Event
from opportune.events.instants import Stated, instant_of
from opportune.policies.decision import Decision
from opportune.sending.bounce import bounce_of
from opportune.units import Instant

Type: TypeAlias = Literal["sent", "delivered", "opened", "clicked", "bounced", "failed", "complained", "unsubscribed"]
_BY_CHANNEL: Final[dict[tuple[Type, str], str]] = {
    ("delivered", "email"): names.EMAIL_DELIVERED,
    ("opened", "email"): names.EMAIL_OPENED,
    ("opened", "push"): names.PUSH_OPENED,
    ("clicked", "email"): names.EMAIL_CLICKED,
    ("clicked", "sms"): names.SMS_CLICKED,
    ("clicked", "in_app"): names.IN_APP_CLICKED,
    ("bounced", "email"): names.EMAIL_BOUNCED,
    ("failed", "email"): names.EMAIL_BOUNCED,
    ("complained", "email"): names.EMAIL_COMPLAINED,
}
_ANYWHERE: Final[dict[Type, str]] = {
    "sent": names.MESSAGE_SENT,
    "delivered": names.MESSAGE_DELIVERED,
    "bounced": names.MESSAGE_BOUNCED,
    "failed": names.MESSAGE_BOUNCED,
    "complained": names.SUPPRESSED,
    "unsubscribed": names.UNSUBSCRIBED,
}
_BY_MACHINE: Final = {
    names.EMAIL_OPENED: names.EMAIL_OPENED_BY_MACHINE,
    names.EMAIL_CLICKED: names.EMAIL_CLICKED_BY_MACHINE,
}
_STOPS: Final = frozenset({"bounced", "complained", "unsubscribed"})


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


def event_of(told: Told, decision: Decision | None, *, key: str, now: Instant) -> Event:
    """The event with this id that was told of a decision of ours, or of a user.

    Raises EventError: ``unknown_decision`` if nobody can be found whom it is about, ``bad_hook`` if it cannot happen on
    that channel. A stop is believed of a user whose decision we do not know; all else is not.
    """
    is_about_user = told.user and (not told.named or told.type in _STOPS)
    if decision is None and not is_about_user:
        raise EventError(
            "unknown_decision", "no decision of ours is named, and no user: give the id of the webhook call"
        )
    chosen = None if decision is None else decision.chosen
    channel = chosen.channel if chosen is not None else told.channel or "email"
    name, properties = _said(told, channel)
    if decision is not None:
        properties |= {"decision": decision.id, "message": decision.message}
    return Event(
        id=key,
        user=told.user if decision is None else decision.user,
        name=name,
        at=now if told.at is None else min(instant_of(told.at, "at"), now),
        received_at=now,
        properties=msgspec.json.encode({"channel": channel, "source": "provider", **properties}),
    )


def _said(told: Told, channel: str) -> tuple[str, dict[str, str]]:
    """The event's name, and what it says beside who and where."""
    name = _BY_CHANNEL.get((told.type, channel)) or _ANYWHERE.get(told.type)
    if name is None:
        raise EventError("bad_hook", f"type: a message on channel {channel[:40]!r} is not {told.type}")
    match told.type:
        case "bounced" | "failed":
            found = bounce_of(told.status, told.reason)
            kind = told.bounce or ("soft" if told.type == "failed" and not found.status else found.type)
            if channel != "email" and kind == "hard":
                return names.SUPPRESSED, {"reason": "bounced"}
            return name, {"type": kind, "code": found.status}
        case "complained":
            return name, {"reason": "complained"}
        case "unsubscribed":
            return name, {"topic": told.topic} if told.topic else {}
        case "opened" | "clicked":
            by = {"by": "machine" if told.machine else "unsure", "rule": "provider"}
            return _BY_MACHINE.get(name, name) if told.machine else name, by | (
                {"url": told.url[:1_000]} if told.url else {}
            )
        case _:
            return name, {}
