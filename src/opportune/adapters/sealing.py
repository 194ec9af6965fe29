"""Tokens that only we can make and only we can read: in links, for browsers, as names of what was erased.

A sealed token is deterministic authenticated encryption in the shape of RFC 5297 (a synthetic IV over the whole text,
then a keystream from it), with keyed BLAKE2b (RFC 7693) as both functions. The same text has the same token.
"""

import hmac
from base64 import urlsafe_b64decode, urlsafe_b64encode
from hashlib import blake2b
from typing import Final

_SEAL: Final = 16
_BLOCK: Final = 64
MOST_BYTES: Final = 4_096
"""Of one text; a token is then at most 5,483 letters."""


class Sealer:
    """Seals and opens texts for one purpose; a token made for another purpose does not open."""

    def __init__(self, secret: bytes, purpose: str) -> None:
        """``secret``: at least 16 bytes that nobody else has; ``purpose``: ASCII, at most 14 letters."""
        self._mark = blake2b(key=secret, digest_size=_SEAL, person=b"s:" + purpose.encode("ascii"))
        self._stream = blake2b(key=secret, digest_size=_BLOCK, person=b"k:" + purpose.encode("ascii"))

    def seal(self, text: bytes) -> str:
        """The token of this text, letters that may stand in a URL; raises ValueError if it is too long."""
        if len(text) > MOST_BYTES:
            raise ValueError(f"at most {MOST_BYTES} bytes can be sealed, not {len(text)}")
        seal = self._seal_of(text)
        return urlsafe_b64encode(seal + self._masked(text, seal)).rstrip(b"=").decode()

    def opened(self, token: str) -> bytes | None:
        """The text of a token; None if it is not one that was made for this purpose, whole and unchanged."""
        try:
            sealed = urlsafe_b64decode(token.encode("ascii") + b"=" * (-len(token) % 4))
        except ValueError:
            return None
        seal, masked = sealed[:_SEAL], sealed[_SEAL:]
        if len(masked) > MOST_BYTES:
            return None
        text = self._masked(masked, seal)
        is_ours = hmac.compare_digest(seal, self._seal_of(text))
        return text if is_ours and token == urlsafe_b64encode(sealed).rstrip(b"=").decode() else None

    def _seal_of(self, text: bytes) -> bytes:
        mark = self._mark.copy()
        mark.update(text)
        return mark.digest()

    def _masked(self, text: bytes, seal: bytes) -> bytes:
        stream = b""
        for block in range((len(text) + _BLOCK - 1) // _BLOCK):
            each = self._stream.copy()
            each.update(seal + block.to_bytes(4, "big"))
            stream += each.digest()
        return bytes(mine ^ theirs for mine, theirs in zip(text, stream, strict=False))


def token_of(secret: bytes, *names: str) -> str:
    """32 hex digits by which these names are known again, and which tell nobody else what they are."""
    mark = blake2b(key=secret, digest_size=16, person=b"token")
    for name in names:
        raw = name.encode("utf-8", "surrogatepass")
        mark.update(len(raw).to_bytes(4, "big") + raw)
    return mark.hexdigest()
