"""What a request carries: a write key, and a body that is unpacked no further than we would accept it."""

import zlib
from base64 import b64decode
from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any, TypeAlias

from msgspec import Struct

from opportune.errors import EventError

Message: TypeAlias = MutableMapping[str, Any]
Receive: TypeAlias = Callable[[], Awaitable[Message]]
Headers: TypeAlias = Mapping[bytes, bytes]

_PACKED = b"\x1f\x8b"
_GZIP_WINDOW = 31
_FORM = "application/x-www-form-urlencoded"
_TEXT_TYPES = frozenset({"", "text/plain", "application/json"})


def stated_key(headers: Headers) -> str | None:
    """The write key in the Authorization header, as Basic user or Bearer token; None if there is none.

    Raises EventError ``unknown_key`` if the header says something else.
    """
    scheme, _, rest = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
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


def packing_of(headers: Headers) -> Packing:
    """How the body is written; raises EventError for encodings and types that are not taken.

    JSON may call itself text, as browsers do, or a form if it is packed, as one client does.
    """
    encoding = headers.get(b"content-encoding", b"").decode("latin-1").strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise EventError("unsupported_encoding", f"content-encoding must be gzip or identity, not {encoding[:40]!r}")
    is_gzip = encoding == "gzip"
    kind = headers.get(b"content-type", b"").decode("latin-1").split(";")[0].strip().lower()
    if kind in _TEXT_TYPES or kind.endswith("+json") or (is_gzip and kind == _FORM):
        return Packing(is_gzip)
    raise EventError("unsupported_type", f"content-type must be application/json or text/plain, not {kind[:40]!r}")


async def body_of(receive: Receive, packing: Packing, *, most_bytes: int) -> bytes | None:
    """The whole body, unpacked; None if the client hung up before its end.

    Raises EventError if it is larger than ``most_bytes``, packed or unpacked, or not what its packing says.
    """
    parts, size = [], 0
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        part = message.get("body", b"")
        size += len(part)
        if size > most_bytes:
            raise _too_large(most_bytes)
        parts.append(part)
        if not message.get("more_body", False):
            break
    body = b"".join(parts)
    return _unpacked(body, most_bytes) if packing.is_gzip else body


def _unpacked(body: bytes, most_bytes: int) -> bytes:
    unpacking = zlib.decompressobj(_GZIP_WINDOW)
    try:
        plain = unpacking.decompress(body, most_bytes + 1)
    except zlib.error as error:
        raise EventError("bad_gzip", f"bad gzip body: {error}") from None
    if len(plain) > most_bytes:
        raise _too_large(most_bytes)
    if not unpacking.eof:
        raise EventError("bad_gzip", "bad gzip body: it ends too early")
    if unpacking.unused_data:
        raise EventError("bad_gzip", "bad gzip body: something follows its end")
    if plain.startswith(_PACKED):
        raise EventError("bad_gzip", "bad gzip body: it is packed twice")
    return plain


def _too_large(most_bytes: int) -> EventError:
    return EventError("body_too_large", f"body is larger than {most_bytes} bytes; send smaller batches")
