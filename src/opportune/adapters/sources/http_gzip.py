"""Packed bodies: unpacked no further than we would accept them, so that a small one cannot become a huge one."""

import zlib

from opportune.errors import EventError

_PACKED = b"\x1f\x8b"
_GZIP_WINDOW = 31


def unzipped(body: bytes, most_bytes: int) -> bytes:
    """What one whole gzip stream holds; raises EventError ``bad_gzip`` if it is none, or what it holds is too large."""
    unpacking = zlib.decompressobj(_GZIP_WINDOW)
    try:
        plain = unpacking.decompress(body, most_bytes + 1)
    except zlib.error as error:
        raise EventError("bad_gzip", f"bad gzip body: {error}") from None
    if len(plain) > most_bytes:
        raise too_large(most_bytes)
    for is_wrong, reason in (
        (not unpacking.eof, "it ends too early"),
        (unpacking.unused_data, "something follows its end"),
        (plain.startswith(_PACKED), "it is packed twice"),
    ):
        if is_wrong:
            raise EventError("bad_gzip", f"bad gzip body: {reason}")
    return plain


def too_large(most_bytes: int) -> EventError:
    """The refusal of a body that is larger than this, packed or unpacked."""
    return EventError("body_too_large", f"body is larger than {most_bytes} bytes; send smaller batches")
