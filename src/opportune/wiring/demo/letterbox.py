"""A real SMTP server on loopback that keeps nothing but what the shop's users would notice of a mail."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message
from html import unescape
from typing import TYPE_CHECKING, Final

from msgspec import Struct

from opportune.errors import Unavailable

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session

_UNSUBSCRIBE: Final = re.compile(r"(https?://\S+/u/[\w-]+)")
_CHOOSE: Final = re.compile(r"(https?://\S+/p/[\w-]+)")
_PICTURE: Final = re.compile(r'<img[^>]* src="([^"]+/o/[^"]+)"')
_LINK: Final = re.compile(r'<a[^>]* href="([^"]+)"')


class Mail(Struct, frozen=True):
    """One mail as it arrived."""

    address: str
    decision: str
    """What its Message-ID names."""
    subject: str
    text: str
    link: str
    """Where to unsubscribe, as the text says; empty if it does not."""
    header: str = ""
    """Its List-Unsubscribe."""
    preferences: str = ""
    """Where to choose what comes, as the text says."""
    picture: str = ""
    """What a program fetches that shows pictures."""
    links: tuple[str, ...] = ()
    """Where its HTML leads, without the two pages."""


def _none(address: str) -> None:
    """Every mailbox takes mail."""


class Letterbox:
    """Takes every mail, counts it, and tells who received it; ``refusal`` answers for mailboxes that take none."""

    def __init__(self, arrived: Callable[[Mail], None], refusal: Callable[[str], str | None] = _none) -> None:
        self.count = 0
        self._arrived = arrived
        self._refusal = refusal

    async def handle_RCPT(
        self, server: "SMTP", session: "Session", envelope: "Envelope", address: str, options: list[str]
    ) -> str:
        """The address is looked at before the mail is there."""
        refusal = self._refusal(address)
        if refusal is not None:
            return refusal
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server: "SMTP", session: "Session", envelope: "Envelope") -> str:
        """The whole mail is there; the answer is what the engine's receipt is made of."""
        for address in envelope.rcpt_tos:
            self.count += 1
            self._arrived(mail_of(address, bytes(envelope.original_content or b"")))
        return "250 OK"


def mail_of(address: str, raw: bytes) -> Mail:
    """What stands in the mail."""
    mail = message_from_bytes(raw)
    parts = {part.get_content_type(): part for part in mail.walk()}
    text, html = _text_of(parts.get("text/plain")), unescape(_text_of(parts.get("text/html")))
    return Mail(
        address,
        str(mail["Message-ID"]).strip("<>").partition("@")[0],
        str(make_header(decode_header(mail["Subject"] or ""))),
        text,
        _first(_UNSUBSCRIBE, text),
        "".join(str(mail["List-Unsubscribe"] or "").split()),
        _first(_CHOOSE, text),
        _first(_PICTURE, html),
        tuple(link for link in _LINK.findall(html) if "/u/" not in link and "/p/" not in link),
    )


def _text_of(part: Message | None) -> str:
    if part is None:
        return ""
    payload = part.get_payload(decode=True)
    assert isinstance(payload, bytes)
    return payload.decode(part.get_content_charset("utf-8")).replace("\r\n", "\n")


def _first(pattern: re.Pattern[str], text: str) -> str:
    found = pattern.search(text)
    return found[1] if found else ""


@asynccontextmanager
async def listening(letterbox: Letterbox) -> AsyncIterator[int]:
    """The port of the letterbox while the block runs; raises Unavailable if the package aiosmtpd is not there."""
    try:
        from aiosmtpd.smtp import SMTP
    except ImportError:
        raise Unavailable("the demo receives mail with aiosmtpd: pip install 'opportune[demo]'") from None
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(letterbox, hostname="letterbox.example", loop=loop), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
