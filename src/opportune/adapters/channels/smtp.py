"""How to come to an SMTP server, and what its numbers mean."""

from typing import Literal

from aiosmtplib import SMTP, SMTPException
from msgspec import Struct

from opportune.errors import Rejected, Retryable
from opportune.units import SECOND, Millis


class SmtpServer(Struct, frozen=True):
    """Where mail is handed over, and how the connection is protected: refused if the server does not offer it."""

    host: str
    port: int
    tls: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: str | None = None
    patience: Millis = 30 * SECOND
    """How long one command may take."""


async def connected(server: SmtpServer) -> SMTP:
    """A new session, protected and logged in; raises ``Retryable``, as an outage, if there is none to be had."""
    session = SMTP(
        hostname=server.host,
        port=server.port,
        username=server.username,
        password=server.password,
        use_tls=server.tls == "tls",
        start_tls=server.tls == "starttls",
        timeout=server.patience / SECOND,
    )
    try:
        await session.connect()
    except (SMTPException, OSError) as fault:
        session.close()
        raise Retryable(f"{server.host}:{server.port}: {fault}", code="unreachable", is_outage=True) from fault
    return session


def refusal(code: int) -> Rejected | Retryable:
    """SMTP: 5xx answers are final, others are not (RFC 5321, 4.2.1); 421 closes the whole service."""
    if 500 <= code < 600:
        return Rejected(f"the server answered {code}", code=f"smtp_{code}")
    return Retryable(f"the server answered {code}", code=f"smtp_{code}", is_outage=code == 421)
