"""What one request brings: a single call, or a batch of them in its wrapper."""

import json
import re
from typing import Final, TypeGuard

from msgspec import Raw, Struct
from msgspec.json import Decoder

from opportune.errors import EventError
from opportune.events.identity import PLACEHOLDERS
from opportune.events.instants import Stated
from opportune.events.strict_json import Json, check, decoded, unique

_BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_BATCH: Final = re.compile(rb'"batch"[ \t\r\n]*:[ \t\r\n]*')


class Bounds(Struct, frozen=True, kw_only=True):
    """What is accepted at most, each end included, and which ids are taken for nobody's."""

    body_bytes: int = 4 * 1024 * 1024
    batch_calls: int = 2_500
    call_bytes: int = 32 * 1024
    depth: int = 32
    placeholders: frozenset[str] = PLACEHOLDERS


DEFAULT = Bounds()


class Delivery(Struct, frozen=True):
    """The calls of one request, not yet looked into, and what was said about all of them."""

    calls: list[bytes]
    sent_at: Stated | None
    write_key: str | None


class Wrapper(Struct, rename="camel"):
    """What a batch says about all its calls."""

    batch: Raw
    sent_at: Stated | None = None
    write_key: str | None = None


class _Single(Struct, rename="camel"):
    write_key: str | None = None


_wrapper = Decoder(Wrapper)
_single = Decoder(_Single)
_calls = Decoder(list[Raw])


def unpacked(body: bytes, bounds: Bounds, *, is_batch: bool) -> Delivery:
    """The calls in the body of a request; raises EventError if it cannot be read at all or is too large.

    A batch of which a single call is no JSON (NaN, half a surrogate pair) is still taken apart, so that only that call
    is lost.
    """
    body = body.removeprefix(_BYTE_ORDER_MARK).strip()
    if not body:
        raise EventError("empty_body", "empty body: send a JSON object")
    if len(body) > bounds.body_bytes:
        raise too_large(bounds)
    if not is_batch:
        return Delivery([body], None, _write_key(body))
    if body[:1] != b"{":
        raise _unlike(body, "expected an object or {batch: [...]}")
    delivery = _taken_apart(body, bounds.depth)
    if len(delivery.calls) > bounds.batch_calls:
        raise EventError(
            "too_many_calls", f"batch: at most {bounds.batch_calls} calls go together, not {len(delivery.calls)}"
        )
    return delivery


def too_large(bounds: Bounds) -> EventError:
    """The refusal of a body that is larger than the bounds allow."""
    return EventError("body_too_large", f"body is larger than {bounds.body_bytes} bytes; send smaller batches")


def _unlike(body: bytes, expected: str) -> EventError:
    decoded(body, Decoder(Raw))  # what is no JSON at all is told so
    return EventError("not_an_object", expected)


def _write_key(body: bytes) -> str | None:
    if body[:1] != b"{":
        raise _unlike(body, "expected an object")
    try:
        return decoded(body, _single).write_key
    except EventError:
        return None  # reading the call will say what is wrong


def _taken_apart(body: bytes, depth: int) -> Delivery:
    try:
        wrapper = decoded(body, _wrapper)
    except EventError as refusal:
        if refusal.code in ("wrong_type", "too_deep"):
            raise
        return _taken_apart_slowly(body, refusal)
    calls = bytes(wrapper.batch)
    place = _place_of(calls, body)
    check(body[:place] + b"0" + body[place + len(calls) :], depth=depth)
    return Delivery([bytes(call) for call in decoded(calls, _calls)], wrapper.sent_at, wrapper.write_key)


def _place_of(calls: bytes, body: bytes) -> int:
    """Where the calls stand in the body; to search for the whole of them would take longer than to read them."""
    named = (found.end() for found in _BATCH.finditer(body))
    place = next((place for place in named if body.startswith(calls, place)), None)
    return body.find(calls) if place is None else place


def _taken_apart_slowly(body: bytes, refusal: EventError) -> Delivery:
    """The calls, each written anew, of a body that is JSON but for NaN, Infinity or half surrogate pairs."""
    try:
        tree: dict[str, Json] = json.loads(body, object_pairs_hook=unique)
    except (ValueError, RecursionError):
        raise refusal from None
    calls, sent_at, write_key = tree.get("batch"), tree.get("sentAt"), tree.get("writeKey")
    if not isinstance(calls, list) or not _can_be_instant(sent_at) or not isinstance(write_key, str | None):
        raise refusal
    return Delivery([json.dumps(call).encode() for call in calls], sent_at, write_key)


def _can_be_instant(value: Json) -> TypeGuard[Stated | None]:
    """Whether it is a plain text, or a number of 64 bits: what can be kept beside a call that is refused."""
    if isinstance(value, str):
        return value.isascii()
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 2**63)
