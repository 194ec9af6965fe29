"""Which addresses we call: those of the public internet, and what the operator has allowed.

Targets of webhooks are named by people who are not the operator. Without this, a name could lead to whatever is inside
the operator's network: databases, admin pages, the cloud's metadata.
"""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

from msgspec import Struct

Address: TypeAlias = IPv4Address | IPv6Address
Network: TypeAlias = IPv4Network | IPv6Network

_CLOSED: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this host
            "10.0.0.0/8",
            "100.64.0.0/10",  # behind a provider's translation; 100.100.100.200 is a cloud's metadata
            "127.0.0.0/8",
            "168.63.129.16/32",  # a cloud's metadata at a public address
            "169.254.0.0/16",  # link-local; 169.254.169.254 is most clouds' metadata
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",  # relays of 6to4
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and broadcast
        ),
    )
)
"""IPv4 that is not the public internet (IANA's registry of special-purpose addresses, RFC 6890)."""
_OPEN_V6: Final = IPv6Network("2000::/3")
"""All of IPv6 that is given out to the public. What maps, translates or tunnels IPv4 lies outside, or is closed."""
_CLOSED_V6: Final = tuple(
    map(IPv6Network, ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
)  # protocols such as Teredo, examples, 6to4, examples


def is_public(address: Address) -> bool:
    """Whether everybody may be reached there, so that calling it tells nothing about the operator's network."""
    if isinstance(address, IPv4Address):
        return not any(address in network for network in _CLOSED)
    is_open = address in _OPEN_V6 and address.scope_id is None
    return is_open and not any(address in network for network in _CLOSED_V6)


class Reachable(Struct, frozen=True):
    """Public addresses, and beyond them what the operator has allowed."""

    networks: tuple[Network, ...] = ()
    places: frozenset[tuple[str, int]] = frozenset()
    """Host as written in a URL, and port."""

    def permits(self, address: Address, host: str, port: int) -> bool:
        """Whether the address that this host's name has now may be called."""
        return is_public(address) or (host, port) in self.places or any(address in each for each in self.networks)


def may_be_called(host: str, port: int, allowed: Reachable) -> bool:
    """Whether a target whose host is an address itself may be called; what a name leads to, only the call shows."""
    try:
        return allowed.permits(ip_address(host), host, port)
    except ValueError:
        return True


def reachable(allowed: Iterable[str]) -> Reachable:
    """What is reachable with these allowances, networks such as ``10.1.0.0/16`` or places such as ``sms.local:8080``.

    Raises ValueError for anything else.
    """
    networks, places = list[Network](), set[tuple[str, int]]()
    for text in allowed:
        try:
            networks.append(ip_network(text))
        except ValueError:
            places.add(_place(text))
    return Reachable(tuple(networks), frozenset(places))


def _place(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdecimal() or not port.isascii() or not 0 < int(port) < 65_536:
        raise ValueError(f"what is allowed is a network such as 10.1.0.0/16, or host:port, not {text!r}")
    return host.strip("[]").lower(), int(port)


def address_of(text: str) -> Address | None:
    """The address in the text, IPv4 that is mapped into IPv6 as what it is; None if it is none."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
