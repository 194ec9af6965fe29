"""Standard Webhooks: who sent a call, and that nobody changed it or sends it again much later.

https://github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md: three headers, and HMAC-SHA256 over
``id.timestamp.body`` with a secret that both sides know. During a rotation several secrets are in force: we sign with
all of them, and believe whoever signs with one of them.
"""

import hmac
from base64 import b64decode, b64encode
from collections.abc import Iterable, Mapping
from typing import Final, Literal, TypeAlias

from opportune.units import MINUTE, SECOND, Instant, Millis

ID: Final = b"webhook-id"
SENT_AT: Final = b"webhook-timestamp"
SIGNATURE: Final = b"webhook-signature"
TOLERANCE: Final[Millis] = 5 * MINUTE
"""How far the sender's clock may be from ours, both ways."""
PREFIX: Final = "whsec_"
_VERSION: Final = "v1,"
_FEWEST_BYTES: Final = 24
_MOST_BYTES: Final = 64
_MOST_SIGNATURES: Final = 16
MOST_ID: Final = 256
"""Characters of an id."""

Fault: TypeAlias = Literal["unsigned", "wrong_signature", "wrong_clock"]


class Secrets:
    """The secrets in force, each written ``whsec_`` and base64 of 24 to 64 bytes; raises ValueError otherwise."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._keys = tuple(map(_key_of, texts))

    def __bool__(self) -> bool:
        return bool(self._keys)

    def signed(self, key: str, body: bytes, now: Instant) -> list[tuple[bytes, bytes]]:
        """The three headers of this call, with one signature for each secret, the first one first."""
        second = str(now // SECOND).encode()
        raw = key.encode("ascii")
        signatures = b" ".join(_VERSION.encode() + _signature(secret, raw, second, body) for secret in self._keys)
        return [(ID, raw), (SENT_AT, second), (SIGNATURE, signatures)]

    def fault(self, headers: Mapping[bytes, bytes], body: bytes, now: Instant) -> Fault | None:
        """Why this call is not believed; None if one of its signatures is of one of our secrets, and it is of today.

        Names of headers are lowercase. Every signature is compared with every secret, in constant time each.
        """
        stated, key, second = headers.get(SIGNATURE, b""), headers.get(ID, b""), headers.get(SENT_AT, b"")
        if not (stated and key and second):
            return "unsigned"
        if len(key) > MOST_ID or not (second.isdigit() and len(second) <= 12):
            return "wrong_signature"
        given = [each[len(_VERSION) :] for each in stated.split()[:_MOST_SIGNATURES] if each.startswith(b"v1,")]
        made = [_signature(secret, key, second, body) for secret in self._keys]
        if not sum(hmac.compare_digest(theirs, ours) for theirs in given for ours in made):
            return "wrong_signature"
        return None if abs(now - int(second) * SECOND) <= TOLERANCE else "wrong_clock"


def _key_of(text: str) -> bytes:
    try:
        key = b64decode(text.removeprefix(PREFIX), validate=True)
    except ValueError:
        key = b""
    if not _FEWEST_BYTES <= len(key) <= _MOST_BYTES:
        raise ValueError(f"a webhook secret is written {PREFIX} and base64 of {_FEWEST_BYTES} to {_MOST_BYTES} bytes")
    return key


def _signature(secret: bytes, key: bytes, second: bytes, body: bytes) -> bytes:
    return b64encode(hmac.digest(secret, b".".join((key, second, body)), "sha256"))
