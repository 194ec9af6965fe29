"""Which user and which event a call is about: ids and names are opaque, but not everything is one."""

import re
from functools import lru_cache

from opportune.errors import EventError

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")
_MOST_BYTES = 512
_MOST_NAME = 200
PLACEHOLDERS = frozenset(
    {"undefined", "null", "none", "nan", "anonymous", "0", "guest", "test", "unknown", "[object object]"}
)
"""Ids, in small letters, that clients send by mistake and that would make one user of many."""


def stated_id(value: str | int | None, place: str) -> str | None:
    """The id that is written there; an integer is read as its digits, empty text is no id.

    Raises EventError ``bad_id`` if it is blank, longer than 512 bytes or holds a control character.
    """
    if value is None or value == "":
        return None
    text = str(value)
    if text.isspace():
        raise EventError("bad_id", f"{place}: blank {place}; leave it out or send an id")
    if len(text) * 4 > _MOST_BYTES and len(text.encode()) > _MOST_BYTES:
        raise EventError("bad_id", f"{place}: {place} longer than {_MOST_BYTES} bytes; send a shorter id")
    if not text.isprintable() and _CONTROL.search(text):
        raise EventError("bad_id", f"{place}: control character in {place} {text[:40]!r}; send an id without it")
    return text


def stated_user(value: str | int | None, place: str, placeholders: frozenset[str]) -> str | None:
    """The user id that is written there; raises EventError as ``stated_id``, or ``placeholder_user`` for nobody's."""
    if value is None:
        return None
    text = stated_id(value, place)
    if text is not None and text.strip().lower() in placeholders:
        raise EventError(
            "placeholder_user", f"{place}: {text!r} is a placeholder that clients send by mistake, not the id of a user"
        )
    return text


@lru_cache(maxsize=1_024)  # few names, again and again
def stated_name(value: str | None, place: str) -> str:
    """The event name that is written there, kept as it is; raises EventError ``bad_name`` if it cannot be one."""
    if value is None or not value.strip():
        raise EventError(
            "bad_name", f"{place}: {'blank' if value else 'missing'}; a track call needs the name of its event"
        )
    if len(value) > _MOST_NAME:
        raise EventError("bad_name", f"{place}: event name longer than {_MOST_NAME} letters; send a shorter one")
    if not value.isprintable() and _CONTROL.search(value):
        raise EventError("bad_name", f"{place}: control character in event name {value!r}; send a name without it")
    return value
