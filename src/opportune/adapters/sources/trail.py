"""The addresses in a mail that tell us of its opening and of clicks; nobody can read them, or make one."""

from typing import Final

from msgspec import Struct

from opportune.adapters.sealing import MOST_BYTES, Sealer
from opportune.messages.links import Linking, utm
from opportune.sending.attempt import Attempt

OPENS: Final = "/o/"
CLICKS: Final = "/c/"
_ID: Final = 16
_WORDS: Final = ("opens", "clicks", "utm", "text", "trap")


class Tracking(Struct, frozen=True):
    """What an operator wants to know of marketing mails."""

    opens: bool = False
    clicks: bool = False
    utm: bool = False
    """Whether links say where the visit came from, for tools of analytics."""
    text: bool = False
    """Whether links in the text part are changed like those of the HTML."""
    trap: bool = False
    """Whether mails carry a link that no human sees. Some filters of mail dislike it."""


NOTHING: Final = Tracking()
USUAL: Final = Tracking(opens=True, clicks=True, utm=True)


def tracking_of(text: str) -> Tracking:
    """What is written as ``opens,clicks,utm``, or ``none``; raises ValueError for other words."""
    words = [] if text.strip() == "none" else [word.strip() for word in text.split(",")]
    for word in words:
        if word not in _WORDS:
            raise ValueError(f"track takes some of {','.join(_WORDS)}, or none, not {word!r}")
    return Tracking(**dict.fromkeys(words, True))


class Mark(Struct, frozen=True):
    """What an address stands for: a mail, and where its link leads; nowhere for the picture and the trap."""

    decision: str
    url: str


class Trail:
    """Makes such addresses for this engine's mails, and reads them."""

    def __init__(self, public_url: str, secret: bytes, tracking: Tracking = USUAL) -> None:
        self._public_url = public_url.rstrip("/")
        self._sealer = Sealer(secret, "track")
        self._tracking = tracking

    def linking(self, attempt: Attempt) -> Linking:
        """What to do to the links of this attempt: nothing unless it is marketing by mail.

        What must be said may hold secrets in its links, such as one to a new password; they stay out of our log.
        """
        if attempt.channel != "email" or not attempt.is_marketing:
            return Linking()
        wanted, decision = self._tracking, attempt.decision
        return Linking(
            parameters=utm(attempt.channel, attempt.message, attempt.variant) if wanted.utm else (),
            wrap=(lambda url: self.click(decision, url)) if wanted.clicks else None,
            ours=tuple(f"{self._public_url}{path}" for path in ("/u/", "/p/", OPENS, CLICKS)),
            pixel=self._address(OPENS, decision, "") if wanted.opens else "",
            trap=self._address(CLICKS, decision, "") if wanted.trap else "",
            in_text=wanted.text,
        )

    def click(self, decision: str, url: str) -> str:
        """The address that leads to this link through us; the link itself if it is too long, or no plain ASCII."""
        if not url.isascii() or not url.isprintable() or " " in url or len(url) > MOST_BYTES - _ID:
            return url
        return self._address(CLICKS, decision, url)

    def read(self, token: str) -> Mark | None:
        """What an address stands for; None if we did not make it."""
        text = self._sealer.opened(token)
        return None if text is None or len(text) < _ID else Mark(text[:_ID].hex(), text[_ID:].decode("ascii"))

    def _address(self, path: str, decision: str, url: str) -> str:
        return f"{self._public_url}{path}{self._sealer.seal(bytes.fromhex(decision) + url.encode('ascii'))}"
