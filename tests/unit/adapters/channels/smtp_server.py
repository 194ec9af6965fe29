"""A real SMTP server on loopback that says what a test wants it to say."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from ssl import SSLContext

from aiosmtpd.smtp import SMTP, Envelope, Session


@dataclass
class Sink:
    """Keeps what it accepts; each list holds answers to give before the good ones, ``drop`` closes the connection."""

    mail: list[str] = field(default_factory=list)
    rcpt: list[str] = field(default_factory=list)
    after_dot: list[str] = field(default_factory=list)
    before_dot: list[str] = field(default_factory=list)
    mails: list[bytes] = field(default_factory=list)
    addresses: list[str] = field(default_factory=list)
    connections: int = 0
    transports: list[asyncio.BaseTransport] = field(default_factory=list)
    commands: list[str] = field(default_factory=list)
    """What was asked, word for word, without the mails."""

    async def handle_MAIL(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.mail.pop(0) if self.mail else "250 OK"
        self.commands.append(f"MAIL {address} {' '.join(options)}".strip())
        if answer == "drop":
            server.transport.abort()
        if answer.startswith("250"):
            envelope.mail_from = address
        return answer

    async def handle_RSET(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.commands.append("RSET")
        return "250 OK"

    async def handle_QUIT(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        self.commands.append("QUIT")
        return "221 Bye"

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
async def serving(sink: Sink, *, most_bytes: int | None = None, tls: SSLContext | None = None) -> AsyncIterator[int]:
    """The port on which the sink listens; it offers to encrypt with ``tls``, if there is one."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: Server(sink, hostname="sink.example", loop=loop, data_size_limit=most_bytes, tls_context=tls),
        *("127.0.0.1", 0),
    )
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


class Simple:
    """A server of the year 1982: no EHLO, no extension; ``greeting`` may be nothing at all, and answers be replaced."""

    def __init__(self, greeting: str = "220 simple.example", **answers: str) -> None:
        self.greeting = greeting
        self.answers = {"EHLO": "502 what?", "HELO": "250 hello", "DATA": "354 go on", "QUIT": "221 bye"} | answers
        self.lines: list[bytes] = []
        self.mails: list[bytes] = []

    async def converse(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            if self.greeting:
                writer.write(f"{self.greeting}\r\n".encode())
            while line := await reader.readline():
                self.lines.append(line)
                verb = line[:4].decode().upper()
                answer = self.answers.get(verb, "250 fine")
                writer.write(f"{answer}\r\n".encode())
                if answer.startswith("354"):
                    self.mails.append(await reader.readuntil(b"\r\n.\r\n"))
                    writer.write(f"{self.answers.get('DOT', '250 taken')}\r\n".encode())
                if answer.startswith(("221", "421")):
                    break
        finally:
            writer.close()

    @asynccontextmanager
    async def serving(self) -> AsyncIterator[int]:
        """The port on which it listens."""
        server = await asyncio.start_server(self.converse, "127.0.0.1", 0)
        try:
            yield server.sockets[0].getsockname()[1]
        finally:
            server.close()
