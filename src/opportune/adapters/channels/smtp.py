"""How to come to an SMTP server and stay there for a while, and what its numbers mean."""

from typing import Literal

from aiosmtplib import SMTP, SMTPException, SMTPHeloError, SMTPResponseException
from msgspec import Struct

from opportune.errors import Rejected, Retryable
from opportune.sending.bounce import Phase, bounce_of
from opportune.units import SECOND, Millis

_LOGIN = frozenset({530, 534, 535, 538})
"""Log in first, or otherwise: it takes nobody's mail until the operator has seen to it."""
_MOST_DIGITS = 19
"""A size that is longer is no bound, and nothing to count with."""


class SmtpServer(Struct, frozen=True):
    """Where mail is handed over, and how the connection is protected: refused if the server does not offer it."""

    host: str
    port: int
    tls: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: str | None = None
    patience: Millis = 30 * SECOND
    """How long one command may take, and the server's greeting."""
    most_mails: int = 100
    """On one connection; then it is taken leave of, for servers that look at each anew."""
    longest_rest: Millis = 20 * SECOND
    """A connection that has rested longer is not used again: servers close them without a word."""


class Session:
    """One connection, and what it has been used for."""

    def __init__(self, smtp: SMTP, server: SmtpServer) -> None:
        self.smtp = smtp
        self.is_fresh = True
        """Nothing was asked on it before."""
        self.is_clean = True
        """No envelope was begun and left."""
        self._server = server
        self._mails = 0
        self._since: float = 0

    def rest(self, now: float) -> None:
        """It has carried one more mail, or tried to; ``now`` in seconds of the loop's clock."""
        self._mails += 1
        self._since, self.is_fresh = now, False

    def may_go_on(self, now: float) -> bool:
        """Whether one more mail may be tried on it."""
        is_awake = (now - self._since) * SECOND <= self._server.longest_rest
        return self.smtp.is_connected and is_awake and self._mails < self._server.most_mails

    async def leave(self) -> None:
        """Take leave of the server, if it still listens."""
        try:
            await self.smtp.quit(timeout=1)
        except (SMTPException, OSError):
            self.smtp.close()

    @property
    def most_bytes(self) -> int | None:
        """The largest mail the server takes (RFC 1870), if it says so."""
        stated = self.smtp.esmtp_extensions.get("size", "")
        is_number = stated.isascii() and stated.isdecimal() and len(stated) < _MOST_DIGITS
        return (int(stated) or None) if is_number else None


async def connected(server: SmtpServer) -> Session:
    """A new session, protected and logged in; raises ``Retryable``, as an outage, if there is none to be had."""
    smtp = SMTP(
        hostname=server.host,
        port=server.port,
        username=server.username,
        password=server.password,
        use_tls=server.tls == "tls",
        start_tls=server.tls == "starttls",
        timeout=server.patience / SECOND,
    )
    try:
        await smtp.connect()
        await _greet(smtp)
    except (SMTPException, OSError) as fault:
        smtp.close()
        raise Retryable(f"{server.host}:{server.port}: {fault}", code="unreachable", is_outage=True) from fault
    return Session(smtp, server)


async def _greet(smtp: SMTP) -> None:
    """Hears what the server can do, unless that was heard on the way; a server without EHLO can do nothing more."""
    if smtp.is_ehlo_or_helo_needed:
        try:
            await smtp.ehlo()
        except SMTPHeloError:
            await smtp.helo()


def refusal(answer: SMTPResponseException, phase: Phase) -> Rejected | Retryable:
    """5xx answers are final, others are not (RFC 5321, 4.2.1), with what they say of the user's address.

    An outage, which concerns everybody, is 421 (it closes), a 4xx to our own address, and the wish for a login.
    """
    found = bounce_of(str(answer.code), answer.message, phase=phase)
    reason, code = f"the server answered {answer.code} {found.status}", f"smtp_{answer.code}"
    if 500 <= answer.code < 600 and answer.code not in _LOGIN:
        return Rejected(reason, code=code, bounce=f"{found.type} {found.status}")
    is_outage = answer.code == 421 or answer.code in _LOGIN or phase == "mail"
    return Retryable(reason, code=code, is_outage=is_outage)
