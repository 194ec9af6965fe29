"""A mail server and a webhook's target in one process of their own, in changing moods that a seed chooses.

Usage: provider.py SEED. The first line says the ports; then each thing that came is told in a line of JSON before it is
answered, so that whoever reads along can kill the sender before it hears the answer.
"""

import asyncio
import json
import re
import sys
import time
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from random import Random

from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.faults.pausing import pause

MAIL_MOODS = {"taken": 76, "dropped": 7, "slow": 7, "later": 6, "never": 4}
"""Of a hundred mails. ``dropped``: taken, and no answer; ``later``: 451; ``never``: 554."""
CALL_MOODS = {"taken": 72, "dropped": 10, "slow": 6, "later": 6, "forgotten": 6}
"""Of a hundred calls. ``dropped``: taken, and no answer; ``forgotten``: neither; ``later``: 503."""
SLOW = 0.25
"""Seconds."""


def milliseconds() -> float:
    return time.time() * 1_000


@dataclass
class Provider:
    """Takes mails and calls, and tells of them."""

    dice: Random
    asked_at: dict[int, float] = field(default_factory=dict)
    """By session: when its envelope was agreed to, which is before the sender asked whether it still may."""
    known: set[str] = field(default_factory=set)
    """Keys of the calls that had their effect."""

    def mood(self, moods: dict[str, int]) -> str:
        return self.dice.choices(list(moods), list(moods.values()))[0]

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if self.dice.random() < 0.02:
            tell(kind="refused", to=address, mood="later")
            return "450 come again"
        tell(kind="envelope", to=address)
        envelope.rcpt_tos.append(address)
        self.asked_at[id(session)] = milliseconds()
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        mail = message_from_bytes(envelope.original_content or b"", policy=default)
        key = str(mail["Message-ID"]).strip("<>").partition("@")[0]
        stop = str(mail["List-Unsubscribe"] or "").strip("<>")
        mood = self.mood(MAIL_MOODS)
        about = {"to": envelope.rcpt_tos[0], "asked": self.asked_at[id(session)], "links": links_of(mail)}
        tell(kind="mail", key=key, mood=mood, stop=stop, **about)
        match mood:
            case "dropped":
                assert isinstance(server.transport, asyncio.WriteTransport)
                server.transport.abort()
            case "slow":
                await pause(SLOW)
            case "later":
                return "451 come again"
            case "never":
                return "554 no"
        return "250 OK"

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """HTTP, as far as calls need it."""
        try:
            while await self.called(reader, writer):
                pass
        except (OSError, EOFError):
            pass
        finally:
            writer.close()

    async def called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection goes on after one call."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode().splitlines()
        headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:])}
        body = await reader.readexactly(int(headers["content-length"]))
        key, mood = headers["webhook-id"], self.mood(CALL_MOODS)
        is_repeat = key in self.known
        if mood in ("taken", "dropped", "slow"):
            self.known.add(key)
        tell(kind="call", key=key, mood=mood, is_repeat=is_repeat, body=body.decode())
        if mood in ("dropped", "forgotten"):
            return False
        if mood == "slow":
            await pause(SLOW)
        writer.write(b"HTTP/1.1 %s\r\ncontent-length: 0\r\n\r\n" % (b"503 later" if mood == "later" else b"200 fine"))
        await writer.drain()
        return True


def links_of(mail: EmailMessage) -> str:
    """The addresses in the HTML, by which openings and clicks are seen; none if there is no HTML."""
    html = mail.get_body(("html",))
    return "" if html is None else " ".join(re.findall(r'(?:href|src)="([^"]+)"', html.get_content()))


def tell(**said: object) -> None:
    print(json.dumps(said | {"at": milliseconds()}), flush=True)


async def serve(seed: str) -> None:
    provider, loop = Provider(Random(seed)), asyncio.get_running_loop()
    mail = await loop.create_server(lambda: SMTP(provider, hostname="sink.example", loop=loop), "127.0.0.1", 0)
    web = await asyncio.start_server(provider.converse, "127.0.0.1", 0)
    tell(smtp=mail.sockets[0].getsockname()[1], web=web.sockets[0].getsockname()[1])
    await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(sys.argv[1]))
