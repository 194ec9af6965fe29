"""A mail server and a webhook's target that say too much: whom they were told of, and with which words they refuse."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.policy import default

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

MOODS = ("250 OK", "550 5.1.1 <{0}> is no mailbox", "451 4.2.0 <{0}> is busy: {1}", "554 5.7.1 {1}", "drop")


@dataclass
class Careless:
    """Answers each user by a mood of its own, and repeats whatever it has heard."""

    secret: str
    """A word that its refusals hold."""
    mails: list[str] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)
    logins: list[tuple[bytes, bytes]] = field(default_factory=list)
    moods: dict[str, int] = field(default_factory=dict)
    """By address: which of the moods; 0 for all others."""
    heard: asyncio.Event = field(default_factory=asyncio.Event)

    def mood(self, address: str) -> str:
        return MOODS[self.moods.get(address, 0)].format(address, self.secret)

    def authenticate(
        self, server: SMTP, session: Session, envelope: Envelope, mechanism: str, given: object
    ) -> AuthResult:
        assert isinstance(given, LoginPassword)
        self.logins.append((given.login, given.password))
        return AuthResult(success=True)

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        answer = self.mood(address)
        if answer.startswith("550"):
            self.told()
            return answer
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        answer = self.mood(envelope.rcpt_tos[0])
        self.mails.append(str(message_from_bytes(envelope.original_content or b"", policy=default)))
        self.told()
        if answer == "drop":
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
        return answer

    async def called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Calls are answered in turn: taken, refused, failing, led elsewhere, garbage, silence."""
        answers = (
            "200 OK", f"422 {self.secret}", f"500 {self.secret}", f"302 Found\r\nlocation: http://127.0.0.1:1/{self.secret}",
            f"{self.secret}", "",
        )  # fmt: skip
        try:
            while head := await reader.readuntil(b"\r\n\r\n"):
                lines = head.lower().split(b"\r\n")
                length = next(int(line.split(b":")[1]) for line in lines if line.startswith(b"content-length"))
                self.calls.append(head.decode() + (await reader.readexactly(length)).decode())
                answer = answers[len(self.calls) % len(answers)]
                self.told()
                if not answer:
                    break
                writer.write(f"HTTP/1.1 {answer}\r\ncontent-length: {len(self.secret)}\r\n\r\n{self.secret}".encode())
        except (OSError, EOFError):
            pass
        finally:
            writer.close()

    def told(self) -> None:
        self.heard.set()
        self.heard = asyncio.Event()


@asynccontextmanager
async def listening(careless: Careless) -> AsyncIterator[tuple[int, int]]:
    """The ports of mail and calls while the block runs."""
    loop = asyncio.get_running_loop()

    def smtp() -> SMTP:
        return SMTP(
            careless, hostname="sink.example", loop=loop, authenticator=careless.authenticate, auth_require_tls=False
        )

    mail = await loop.create_server(smtp, "127.0.0.1", 0)
    web = await asyncio.start_server(careless.called, "127.0.0.1", 0)
    try:
        yield mail.sockets[0].getsockname()[1], web.sockets[0].getsockname()[1]
    finally:
        mail.close()
        web.close()
