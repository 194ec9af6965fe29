"""What a request carries: a write key, and a body that is unpacked no further than we would accept it."""

from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from functools import lru_cache
from typing import Any, TypeAlias

from msgspec import Struct

from opportune.adapters.sources.http_gzip import too_large, unzipped
from opportune.errors import EventError

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Headers: TypeAlias = Mapping[bytes, bytes]

_FORM = "application/x-www-form-urlencoded"
_MOST_STATED = 1_024
"""Bytes of a header that are looked at."""
_TEXT_TYPES = frozenset({"", "text/plain", "application/json"})


def stated_key(headers: Headers) -> str | None:
    """The key in the Authorization header, as Basic user or Bearer token; None if there is none.

    Raises EventError ``unknown_key`` if the header says something else.
    """
    stated = headers.get(b"authorization")
    return None if stated is None else _key_in(stated[:_MOST_STATED])


@lru_cache(maxsize=1_024)  # few clients, the same headers every time
def _key_in(stated: bytes) -> str | None:
    scheme, _, rest = stated.decode("latin-1").partition(" ")
    if scheme.lower() == "bearer":
        return rest.strip() or None
    if scheme.lower() == "basic":
        try:
            return b64decode(rest.strip(), validate=True).decode().partition(":")[0] or None
        except ValueError:
            raise EventError("unknown_key", "authorization: not base64; send 'Basic ' and base64 of 'key:'") from None
    if scheme:
        raise EventError("unknown_key", f"authorization: must be Basic or Bearer, not {scheme[:20]!r}")
    return None


class Packing(Struct, frozen=True):
    """How the body is written."""

    is_gzip: bool


_PLAIN, _GZIP = Packing(False), Packing(True)


def packing_of(headers: Headers) -> Packing:
    """How the body is written; raises EventError for encodings and types that are not taken.

    JSON may call itself text, as browsers do, or a form if it is packed, as one client does.
    """
    kind, encoding = headers.get(b"content-type", b""), headers.get(b"content-encoding", b"")
    return _packing(kind[:_MOST_STATED], encoding[:_MOST_STATED])


@lru_cache(maxsize=1_024)
def _packing(stated_kind: bytes, stated_encoding: bytes) -> Packing:
    encoding, kind = _word(stated_encoding), _word(stated_kind.partition(b";")[0])
    if encoding not in ("", "identity", "gzip"):
        raise EventError("unsupported_encoding", f"content-encoding must be gzip or identity, not {encoding[:40]!r}")
    packing = _GZIP if encoding == "gzip" else _PLAIN
    if kind in _TEXT_TYPES or kind.endswith("+json") or (packing.is_gzip and kind == _FORM):
        return packing
    raise EventError("unsupported_type", f"content-type must be application/json or text/plain, not {kind[:40]!r}")


def check_length(headers: Headers, most_bytes: int) -> None:
    """Raises EventError if the body says itself that it is too large, before any of it is read."""
    stated = headers.get(b"content-length", b"")
    if len(stated) > 18 or (stated.isdigit() and int(stated) > most_bytes):
        raise too_large(most_bytes)


def _word(stated: bytes) -> str:
    return stated.decode("latin-1").strip().lower()


async def body_of(
    receive: Receive, packing: Packing, *, most_bytes: int, take: Callable[[int], None] = lambda count: None
) -> bytes | None:
    """The whole body, unpacked; None if the client hung up before its end.

    ``take`` hears of every byte before it is kept, and may raise. Raises EventError if the body is larger than
    ``most_bytes``, packed or unpacked, or not what its packing says.
    """
    parts, size, is_whole = list[bytes](), 0, False
    while not is_whole:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size > most_bytes:
            raise too_large(most_bytes)
        take(len(part))
        parts.append(part)
        is_whole = not message.get("more_body", False)
    body = parts[0] if len(parts) == 1 else b"".join(parts)
    if not packing.is_gzip:
        return body
    plain = unzipped(body, most_bytes)
    take(len(plain))
    return plain
