"""A real SMTP server on loopback that says what a test wants it to say."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Sink:
    """Keeps what it accepts; each list holds answers to give before the good ones, ``drop`` closes the connection."""

    rcpt: list[str] = field(default_factory=list)
    after_dot: list[str] = field(default_factory=list)
    before_dot: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    connections: int = 0
    transports: list[asyncio.BaseTransport] = field(default_factory=list)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.rcpt.pop(0) if self.rcpt else "250 OK"
        if answer == "drop":
            server.transport.abort()
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.after_dot.pop(0) if self.after_dot else "250 OK"
        if answer.startswith("250") or answer == "drop":
            self.mails.append(envelope.original_content or b"")
            self.addresses.extend(envelope.rcpt_tos)
        if answer == "drop":
            server.transport.abort()
        return answer


class Server(SMTP):
    """Counts connections, and may break off after it has asked for the mail."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.event_handler.connections += 1
        self.event_handler.transports.append(transport)
        super().connection_made(transport)

    async def smtp_DATA(self, arg: str) -> None:
        answer = self.event_handler.before_dot.pop(0) if self.event_handler.before_dot else ""
        if answer == "drop":
            await self.push("354 go on")
            self.transport.abort()
        elif answer:
            await self.push(answer)
        else:
            await super().smtp_DATA(arg)


@asynccontextmanager
async def serving(sink: Sink) -> AsyncIterator[int]:
    """The port on which the sink listens."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Server(sink, hostname="sink.example", loop=loop), "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
