"""What is wrong with the records a domain publishes for its mail: SPF, DKIM and DMARC, as their texts are given."""

import re
from base64 import b64decode
from collections.abc import Iterator
from typing import Final

from opportune.wiring.doctor import Finding

MOST_LOOKUPS: Final = 10
"""Of one SPF record (RFC 7208, 4.6.4)."""
_ASKS_DNS: Final = ("include:", "a", "mx", "ptr", "exists:", "redirect=")
_DKIM_LEAST_BITS: Final = 1_024
_ED25519_BYTES: Final = 32


def spf(text: str) -> Iterator[Finding]:
    """One SPF record (RFC 7208)."""
    terms = text.split()
    if not terms or terms[0].lower() != "v=spf1":
        yield Finding("error", "spf", f"begins with {text[:20]!r}", "an SPF record begins with 'v=spf1 '")
        return
    ends = [term.lower() for term in terms if term.lower().lstrip("+-~?") == "all"]
    asks = [term for term in terms[1:] if _asks(term.lower().lstrip("+-~?"))]
    if not ends and not any(term.lower().startswith("redirect=") for term in terms):
        yield Finding("warning", "spf", "says nothing of all other senders", "end it with '-all' or '~all'")
    elif ends and ends[-1] in ("all", "+all", "?all"):
        yield Finding("error", "spf", f"{ends[-1]!r} lets everybody send as you", "end it with '-all' or '~all'")
    if len(asks) > MOST_LOOKUPS:
        said = f"{len(asks)} terms ask DNS, receivers follow {MOST_LOOKUPS}"
        yield Finding("error", "spf", said, "name networks with ip4: and ip6: instead")
    if any(term.lower().lstrip("+-~?").startswith("ptr") for term in terms[1:]):
        yield Finding("warning", "spf", "'ptr' is no longer used", "name networks with ip4: and ip6: instead")
    if not asks and not any(term.lower().lstrip("+-~?").startswith(("ip4:", "ip6:")) for term in terms):
        yield Finding("warning", "spf", "names nobody who may send", "name your mail server: ip4:, include: or mx")


def dkim(text: str) -> Iterator[Finding]:
    """One DKIM key record (RFC 6376, 3.6.1; RFC 8463)."""
    tags = _tags(text)
    if tags.get("v", "DKIM1") != "DKIM1":
        yield Finding("error", "dkim", f"v={tags['v']}", "a key record says v=DKIM1, or nothing")
    if "p" not in tags:
        yield Finding("error", "dkim", "has no p=", "publish the public key as p=")
        return
    if not tags["p"]:
        yield Finding("error", "dkim", "p= is empty: the key is revoked", "publish the key that your server signs with")
        return
    try:
        key = b64decode(re.sub(r"\s", "", tags["p"]), validate=True)
    except ValueError:
        yield Finding("error", "dkim", "p= is not base64", "copy the record again, in one piece")
        return
    kind = tags.get("k", "rsa").lower()
    if kind == "ed25519" and len(key) != _ED25519_BYTES:
        yield Finding("error", "dkim", f"an Ed25519 key of {len(key)} bytes", "it has 32")
    elif kind == "rsa":
        yield from _rsa(key)
    elif kind != "ed25519":
        yield Finding("error", "dkim", f"k={kind}", "keys are rsa or ed25519")
    if "y" in tags.get("t", "").split(":"):
        yield Finding("warning", "dkim", "t=y: receivers treat it as a test", "take t=y out once it works")


def dmarc(text: str) -> Iterator[Finding]:
    """One DMARC record (RFC 7489, 6.3)."""
    tags = _tags(text)
    if not text.strip().lower().startswith("v=dmarc1"):
        yield Finding("error", "dmarc", f"begins with {text[:20]!r}", "a DMARC record begins with 'v=DMARC1; p='")
        return
    policy = tags.get("p", "").lower()
    if policy not in ("none", "quarantine", "reject"):
        yield Finding("error", "dmarc", f"p={policy or 'nothing'}", "p is none, quarantine or reject")
    elif policy == "none":
        said = "p=none: mail that is not yours is let through"
        yield Finding("warning", "dmarc", said, "go to p=quarantine once the reports look right")
    if "rua" not in tags:
        yield Finding("note", "dmarc", "nobody gets the reports", "add rua=mailto:dmarc@your.domain")


def _asks(term: str) -> bool:
    return any(
        term == each or term.startswith((f"{each}:", f"{each}/")) if each.isalpha() else term.startswith(each)
        for each in _ASKS_DNS
    )


def _tags(text: str) -> dict[str, str]:
    pairs = (part.partition("=") for part in text.split(";") if "=" in part)
    return {name.strip().lower(): value.strip() for name, _, value in pairs}


def _rsa(key: bytes) -> Iterator[Finding]:
    """The modulus is the first long integer of the key's DER (RFC 8017, A.1.1): its length is the key's."""
    found = re.search(rb"\x02(?:\x81(.)|\x82(..))", key, re.DOTALL)
    if found is None:
        yield Finding("error", "dkim", "the key is no RSA public key", "copy the record again, in one piece")
        return
    stated = int.from_bytes(found[1] or found[2], "big")
    bits = (stated - 1 if key[found.end() : found.end() + 1] == b"\0" else stated) * 8
    if len(key) < found.end() + stated:
        yield Finding("error", "dkim", "the key is cut short", "copy the record again, in one piece")
    elif bits < _DKIM_LEAST_BITS:
        yield Finding("error", "dkim", f"a key of {bits} bits", "receivers want 1024 at least; make one of 2048")
    elif bits < 2 * _DKIM_LEAST_BITS:
        yield Finding("warning", "dkim", f"a key of {bits} bits", "make one of 2048")
