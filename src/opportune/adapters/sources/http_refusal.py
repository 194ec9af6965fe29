"""What is answered where nothing was taken, and whether it helps to come again."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from opportune.adapters.sources.http_answer import Answer, refused
from opportune.adapters.sources.keys import Keys
from opportune.errors import EventError, Overloaded, Unavailable
from opportune.units import SECOND, Millis

Stated: TypeAlias = tuple[tuple[bytes, bytes], ...]
Told: TypeAlias = tuple[int, Answer, Stated]
"""Status, body and headers of an answer."""

STATUSES: Final = {
    "unknown_key": 401,
    "wrong_key_kind": 403,
    "body_too_large": 413,
    "unsupported_encoding": 415,
    "unsupported_type": 415,
}
"""The HTTP status of a refusal, by its code; 400 for all others."""
_SAID_WITH: Final[dict[int, Stated]] = {
    401: ((b"www-authenticate", b"Bearer"),),
    413: ((b"connection", b"close"),),
}

TOO_SLOW = (b"408 Request Timeout", b"too_slow", b"the request did not arrive whole in time; nothing was taken")
TOO_LONG = (b"431 Request Header Fields Too Large", b"head_too_large", b"the headers of a request are too long")


def admitted(keys: Keys, stated: str) -> str:
    """The name of this write key; raises EventError if it is none."""
    name = keys.admits(stated, "write")
    if name is None:
        if keys.admits(stated, "admin") is not None:
            raise EventError("wrong_key_kind", "an admin key brings no events: send a write key")
        reason = "unknown" if stated else "missing"
        raise EventError("unknown_key", f"write key: {reason}; send one as Basic user, Bearer token or writeKey")
    return name


def refusal_of(error: EventError | Overloaded | Unavailable, statuses: Mapping[str, int] = STATUSES) -> Told:
    """The answer to a request that was refused as a whole; codes that ``statuses`` does not name are answered 400."""
    match error:
        case EventError():
            status = statuses.get(error.code, 400)
            return status, refused(error.code, str(error)), _SAID_WITH.get(status, ())
        case Overloaded():
            return 429, refused("overloaded", str(error)), _again_after(SECOND)
        case Unavailable():
            return 503, refused("unavailable", str(error)), _again_after(SECOND)


def too_fast(wait: Millis) -> Told:
    """The answer to a write key that brings more than its rate."""
    said = refused("rate_limited", f"this write key brings more than it may; nothing was taken, wait {wait} ms")
    return 429, said, _again_after(wait)


def wrong_method(path: str, method: str, right: str) -> Told:
    """The answer to a method that this path does not take."""
    allowed = f"{right}, OPTIONS"
    return 405, refused("wrong_method", f"{path} takes {allowed}, not {method[:20]}"), ((b"allow", allowed.encode()),)


def _again_after(wait: Millis) -> Stated:
    return ((b"retry-after", b"%d" % -(-wait // SECOND)),)


def written(status: bytes, code: bytes, message: bytes) -> bytes:
    """The bytes of a refusal after which the connection is closed, for whoever has brought no whole request."""
    body = b'{"success":false,"code":"%s","message":"%s"}' % (code, message)
    head = b"HTTP/1.1 %s\r\ncontent-type: application/json\r\naccess-control-allow-origin: *\r\nconnection: close\r\n"
    return head % status + b"content-length: %d\r\n\r\n" % len(body) + body
