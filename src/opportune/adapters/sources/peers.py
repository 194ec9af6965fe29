"""Who is at the other end of a connection, and how often from there a key was guessed wrong."""

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import ip_address
from typing import Final

from opportune.adapters.sources.http import Scope
from opportune.errors import Overloaded
from opportune.sending.rate_limit import RateLimit, after_call, wait_of
from opportune.units import MINUTE, Instant, Micros

GUESSES: Final = RateLimit(per_second=1, burst=10)
"""Wrong keys from one address: ten at once after a rest, then one a second."""
MOST_PEERS: Final = 10_000
NOWHERE: Final = "unknown"
_LONGEST: Final = MINUTE
"""No bucket takes longer to be full again."""
_HERE: Final = frozenset({"localhost", "127.0.0.1", "[::1]"})
_PASSED_ON: Final = frozenset({b"forwarded", b"x-real-ip", b"via", b"origin"})
_SITE: Final = b"sec-fetch-site"
"""What a browser says of the page that asks, where it says no origin; ``none``: there is no page, but an operator."""


def peer_of(scope: Scope) -> str:
    """The address at the other end; of IPv6 the network, for one machine has all addresses of it."""
    client = scope.get("client")
    try:
        address = ip_address(client[0] if client else "")
    except ValueError:
        return NOWHERE
    if address.version == 4:
        return str(address)
    mapped = address.ipv4_mapped
    return str(mapped) if mapped else ":".join(address.exploded.split(":")[:4])


def is_near(scope: Scope) -> bool:
    """Whether a program of this machine asks for itself.

    Not so for a page of a browser, which names its origin, whatever name it reached us by, nor for a proxy, which
    passes on what others ask.
    """
    client = scope.get("client")
    try:
        is_loopback = ip_address(client[0] if client else "").is_loopback
    except ValueError:
        return False
    headers = dict(scope["headers"])
    host = headers.get(b"host", b"").decode("latin-1").lower()
    name = host if host.endswith("]") else host.rpartition(":")[0] or host
    is_page = headers.get(_SITE, b"none") != b"none"
    is_passed_on = any(each in _PASSED_ON or each.startswith(b"x-forwarded-") for each in headers)
    return is_loopback and name in _HERE and not (is_page or is_passed_on)


class Guesses:
    """Wrong keys by address, of the addresses that guessed last.

    Only wrong ones are slowed down: an address may be a proxy's, and whoever has the right key comes from there too.
    Keys are drawn from 256 bits, so nobody comes upon one by guessing; it is the audit that must not be flooded.
    """

    def __init__(self, now: Callable[[], Instant], limit: RateLimit = GUESSES) -> None:
        self._now, self._limit = now, limit
        self._full_at: OrderedDict[str, Micros] = OrderedDict()

    def note(self, peer: str) -> None:
        """One more was wrong; raises Overloaded, and counts it not, if there were too many lately."""
        now, full_at = self._now(), self._full_at.get(peer, 0)
        if full_at > (now + _LONGEST) * 1_000:  # the clock was set back
            del self._full_at[peer]
        elif wait_of(self._limit, full_at, now):
            raise Overloaded("too many wrong keys from this address; come again in a second, or with the right one")
        self._full_at[peer] = after_call(self._limit, self._full_at.pop(peer, 0), now)
        if len(self._full_at) > MOST_PEERS:
            self._full_at.popitem(last=False)
