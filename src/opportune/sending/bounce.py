"""What a mail server's refusal says of the address, by a table of status codes; words decide where the code is vague.

Only a hard bounce takes the right to send away, so whatever is not plainly about the address is something else.
"""

import re
from typing import Final, Literal, TypeAlias

from msgspec import Struct

BounceType: TypeAlias = Literal["hard", "soft", "policy", "unknown"]
"""``hard``: the address takes no mail, ever. ``soft``: not now (full, away, out of order). ``policy``: the server
refuses the mail or its sender, not the address. ``unknown``: nobody can tell."""
Phase: TypeAlias = Literal["mail", "rcpt", "data"]
"""What was answered: the sender's address, the user's address, or the mail itself."""


class Bounce(Struct, frozen=True, gc=False):
    """One refusal and the most telling status in it: ``5.1.1`` if the server gave one, else ``550``, else nothing."""

    type: BounceType
    status: str


ENHANCED: Final[dict[str, BounceType]] = {
    **dict.fromkeys(("1.1", "1.2", "1.3", "1.6", "1.10"), "hard"),  # no such mailbox or domain, moved, takes no mail
    **dict.fromkeys(("1.7", "1.8"), "policy"),  # the sender's address
    **dict.fromkeys(("2.1", "7.13", "7.17", "7.18"), "hard"),  # switched off, or somebody else's by now
    **dict.fromkeys(("2.2", "2.4"), "soft"),
    **dict.fromkeys(("2.3", "3.3", "3.4"), "policy"),  # this mail is too large or too special
    **dict.fromkeys(("3.0", "3.1", "3.2", "3.5"), "soft"),
    **dict.fromkeys(("4.0", "4.1", "4.2", "4.3", "4.4", "4.5", "4.6", "4.7"), "soft"),
}
"""Subject and detail of permanent status codes (RFC 3463, section 3, and its registry) that speak for themselves."""
SUBJECTS: Final[dict[str, BounceType]] = {"5": "policy", "6": "policy", "7": "policy"}
"""Protocol, content and security: about the mail or its sender, unless the detail is 0 or stands in ``ENHANCED``."""
BASIC: Final[dict[tuple[Phase, str], BounceType]] = {
    **dict.fromkeys((("rcpt", "550"), ("rcpt", "551"), ("rcpt", "553"), ("rcpt", "556"), ("rcpt", "521")), "hard"),
    **dict.fromkeys((("rcpt", "552"), ("rcpt", "450"), ("rcpt", "452")), "soft"),
    ("rcpt", "554"): "policy",
    **dict.fromkeys((("data", "550"), ("data", "552"), ("data", "554"), ("data", "571")), "policy"),
}
"""Three digits alone (RFC 5321, 4.2.3; RFC 7504); at ``mail`` every refusal is about the sender."""
WORDS: Final[tuple[tuple[BounceType, tuple[str, ...]], ...]] = (
    ("policy", ("spam", "blocked", "blacklist", "blocklist", "denylist", "reputation", "policy", "spf", "dkim")),
    ("policy", ("dmarc", "relay", "authentication", "not authorized", "rate limit", "too many", "access denied")),
    ("soft", ("mailbox full", "mailbox is full", "over quota", "quota exceeded", "temporarily", "greylist")),
    ("hard", ("user unknown", "unknown user", "user not found", "no such user", "no such recipient")),
    ("hard", ("unknown recipient", "invalid recipient", "recipient not found", "does not exist", "doesn't exist")),
    ("hard", ("mailbox unavailable", "mailbox not found", "no such mailbox", "inactive mailbox", "account disabled")),
    ("hard", ("account has been disabled", "no longer active", "host not found", "domain not found")),
)
"""Looked for in this order, so that only a text without any word of the others makes a bounce hard."""
_ENHANCED: Final = re.compile(r"(?<![\d.])([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_LEADING: Final = re.compile(r"\s*(?:[45]\d\d[ -]\s*)?([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")
_BASIC: Final = re.compile(r"(?<![\d.])([45]\d\d)(?![\d.])")


def bounce_of(status: str, text: str = "", *, phase: Phase = "rcpt") -> Bounce:
    """What a refusal means; ``status`` holds ``5.1.1``, ``550`` or both, ``text`` the server's words.

    A status that ``status`` lacks is looked for at the beginning of the text. Delivery reports and providers that name
    the failed address are answers at ``rcpt``.
    """
    words = text.lower()
    enhanced = _ENHANCED.search(status) or _LEADING.match(words)
    basic = _BASIC.search(status) or _BASIC.match(words)
    said = ".".join(enhanced.groups()) if enhanced else basic[1] if basic else ""
    if said.startswith("2"):
        return Bounce("unknown", said)
    if said.startswith("4"):
        return Bounce("soft", said)
    if phase == "mail":
        return Bounce("policy", said)
    known = None if enhanced is None else ENHANCED.get(f"{enhanced[2]}.{enhanced[3]}")
    if known is None and enhanced is not None and enhanced[3] != "0":
        known = SUBJECTS.get(enhanced[2])
    return Bounce(known or _of_words(words) or _of_digits(phase, basic), said)


def _of_words(words: str) -> BounceType | None:
    return next((found for found, signs in WORDS if any(sign in words for sign in signs)), None)


def _of_digits(phase: Phase, basic: re.Match[str] | None) -> BounceType:
    return "unknown" if basic is None else BASIC.get((phase, basic[1]), "unknown")
