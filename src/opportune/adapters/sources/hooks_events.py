"""What a provider tells, as events of ours."""

from typing import Final

import msgspec

from opportune.adapters.sources.hooks_told import Told, Type
from opportune.errors import EventError
from opportune.events import names
from opportune.events.event import Event
from opportune.events.identity import PLACEHOLDERS, stated_user
from opportune.events.instants import instant_of
from opportune.playbook.definition import CHANNELS
from opportune.policies.decision import Decision
from opportune.sending.bounce import bounce_of
from opportune.units import Instant

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


def event_of(told: Told, decision: Decision | None, *, key: str, now: Instant) -> Event:
    """The event with this id that was told of a decision of ours, or of a user.

    Raises EventError: ``unknown_decision`` if nobody can be found whom it is about, ``bad_hook`` if it cannot happen on
    that channel, and as for any event ``bad_id``, ``placeholder_user`` and ``bad_instant``. A stop is believed of a
    user whose decision we do not know; all else is not. An instant before 1970, which stands for none, counts as 1970.
    """
    is_about_user = told.user and (not told.named or told.type in _STOPS)
    if decision is None and not is_about_user:
        raise EventError(
            "unknown_decision", "no decision of ours is named, and no user: give the id of the webhook call"
        )
    user = stated_user(told.user, "user", PLACEHOLDERS) or "" if decision is None else decision.user
    chosen = None if decision is None else decision.chosen
    channel = chosen.channel if chosen is not None else told.channel or "email"
    if channel not in CHANNELS:
        raise EventError("bad_hook", f"channel: must be one of {', '.join(CHANNELS)}, not {channel[:40]!r}")
    name, said = _said(told, channel)
    properties: dict[str, str | int] = dict(said)
    at = now if told.at is None else max(0, min(instant_of(told.at, "at"), now))
    if decision is not None:
        properties |= {"decision": decision.id, "message": decision.message}
    if chosen is not None and told.type in ("opened", "clicked"):
        properties |= {"after": max(0, at - chosen.at)}
    return Event(
        id=key,
        user=user,
        name=name,
        at=at,
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
            return name, {"topic": told.topic[:200]} if told.topic else {}
        case "opened" | "clicked":
            by = {"by": "machine" if told.machine else "unsure", "rule": "provider"}
            return _BY_MACHINE.get(name, name) if told.machine else name, by | (
                {"url": told.url[:1_000]} if told.url else {}
            )
        case _:
            return name, {}
