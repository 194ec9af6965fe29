"""A real SMTP server on loopback that keeps nothing but what the shop's users would notice of a mail."""

import asyncio
import re
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from typing import TYPE_CHECKING

from msgspec import Struct

from opportune.errors import Unavailable

if TYPE_CHECKING:
    from aiosmtpd.smtp import SMTP, Envelope, Session


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


class Letterbox:
    """Takes every mail, counts it, and tells who received it."""

    def __init__(self, arrived: Callable[[Mail], None]) -> None:
        self.count = 0
        self._arrived = arrived

    async def handle_DATA(self, server: "SMTP", session: "Session", envelope: "Envelope") -> str:
        """The whole mail is there; the answer is what the engine's receipt is made of."""
        for address in envelope.rcpt_tos:
            self.count += 1
            self._arrived(mail_of(address, bytes(envelope.original_content or b"")))
        return "250 OK"


def mail_of(address: str, raw: bytes) -> Mail:
    """What stands in the mail."""
    mail = message_from_bytes(raw, policy=policy.default)
    part = mail.get_body(("plain",))
    text = "" if part is None else str(part.get_content())
    link = re.search(r"https?://\S+/u/[\w-]+", text)
    decision = str(mail["Message-ID"]).strip("<>").partition("@")[0]
    header = str(mail["List-Unsubscribe"] or "")
    return Mail(address, decision, str(mail["Subject"]), text, link[0] if link else "", header)


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
