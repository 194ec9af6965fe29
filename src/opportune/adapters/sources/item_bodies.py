"""Items as they stand in the body of a request: one, a list of them, or one on each line."""

from collections.abc import Mapping
from typing import Final, TypeAlias

from msgspec import Raw
from msgspec.json import Decoder

from opportune.errors import EventError
from opportune.events.strict_json import check, decoded

MOST_ITEMS: Final = 2_500
MOST_DEPTH: Final = 32
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"
_raws: Final = Decoder(list[Raw])
_raw: Final = Decoder(Raw)
_object: Final = Decoder(dict[str, object])
Stated: TypeAlias = Mapping[str, object] | EventError
"""The fields of one item, or why they cannot be read."""


def split(body: bytes) -> list[bytes]:
    """One object, a list of them, or one on each line; raises EventError for more than 2,500, or nothing."""
    text = body.removeprefix(_BYTE_ORDER_MARK).strip()
    if not text:
        raise EventError("empty_body", "empty body: send an item, a list of them, or one on each line")
    if text[:1] == b"[":
        found = [bytes(raw) for raw in decoded(text, _raws)]
    else:
        try:
            found = [bytes(decoded(text, _raw))]
        except EventError:
            found = [line for line in text.split(b"\n") if line.strip()]
    if len(found) > MOST_ITEMS:
        raise EventError("too_many_calls", f"at most {MOST_ITEMS:,} items go together, not {len(found):,}")
    return found


def stated_in(raw: bytes) -> Stated:
    """The fields of one item, or why they cannot be read."""
    try:
        check(raw, depth=MOST_DEPTH)
        if raw.strip()[:1] != b"{":
            raise EventError("not_an_object", f"expected an object, not {raw[:20].decode('utf-8', 'replace')!r}")
        return decoded(raw, _object)
    except EventError as refusal:
        return refusal
