"""The fields of a form as browsers send it; what is sent in another way is refused rather than taken for nothing."""

from typing import Final
from urllib.parse import parse_qs

from opportune.adapters.sources.http_body import Headers
from opportune.errors import EventError

_MOST: Final = 2_000
_TYPE: Final = "application/x-www-form-urlencoded"
_SETS: Final = frozenset({"", "utf-8", "utf8", "us-ascii"})
_NAMES: Final = frozenset({"do", "topic", "shown", "pace", "pause", "until"})
TOO_MUCH: Final = "That was too much to read. Nothing was changed."
_AGAIN: Final = "We could not read how this was sent, so nothing was changed. Please choose again here."


def unreadable() -> EventError:
    """It is no form, or not one of ours; its text is for the user."""
    return EventError("unsupported_type", _AGAIN)


def check_form(headers: Headers) -> None:
    """Raises EventError ``unsupported_type`` unless the body calls itself a form, or nothing."""
    kind, _, rest = headers.get(b"content-type", b"").decode("latin-1").lower().partition(";")
    written = rest.strip().removeprefix("charset=").strip(' "')
    if kind.strip() not in ("", _TYPE) or written not in _SETS:
        raise unreadable()


def fields_of(body: bytes) -> dict[str, list[str]]:
    """The values of each field, in order.

    Raises EventError ``unsupported_type`` where something is said and nothing of it is ours, ValueError if there
    are more than 2,000.
    """
    try:
        text = body.decode()
    except UnicodeDecodeError:
        raise unreadable() from None
    try:
        fields = parse_qs(text, keep_blank_values=True, max_num_fields=_MOST)
    except ValueError:
        raise ValueError(TOO_MUCH) from None
    if body.strip() and _NAMES.isdisjoint(fields):
        raise unreadable()
    return fields
