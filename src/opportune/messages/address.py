"""E-mail addresses: a strict, plain rule, so that no address can carry a header, a comment or a second address."""

import re
from typing import Final

_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*", re.ASCII)
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_DOMAIN: Final = re.compile(rf"{_LABEL}(?:\.{_LABEL})+", re.ASCII)


def usable_email(text: str) -> str | None:
    """The address without blanks around it, or None if mail must not be sent to it.

    Plain ASCII ``local@domain`` after RFC 5321: local part of dots and letters, at most 64 characters, never quoted;
    a domain of at least two labels of at most 63, not ending in a number, so no IP address; at most 254 in all.
    """
    address = text.strip(" \t")
    local, at, domain = address.rpartition("@")
    if not at or len(address) > 254 or len(local) > 64 or _LOCAL.fullmatch(local) is None:
        return None
    if _DOMAIN.fullmatch(domain) is None or domain.rpartition(".")[2].isdecimal():
        return None
    return address


def domain_of(address: str) -> str:
    """What stands after the last ``@``, in lower case."""
    return address.rpartition("@")[2].lower()
