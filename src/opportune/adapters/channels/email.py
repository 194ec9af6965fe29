"""Mail over SMTP: one envelope, one mail, and what the server said of it."""

from collections.abc import Callable
from typing import ClassVar

from aiosmtplib import SMTP, SMTPDataError, SMTPException, SMTPResponseException

from opportune.adapters.channels.mime import Sender, letter, nothing
from opportune.adapters.channels.smtp import SmtpServer, connected, refusal
from opportune.errors import Rejected, Retryable
from opportune.messages.address import usable_email
from opportune.messages.template import Rendered
from opportune.ports import Commits, Delivery
from opportune.sending.receipt import Receipt


class SmtpEmail:
    """Hands mail to one server; connections are kept and used again.

    ``unsubscribe`` gives the URL of the List-Unsubscribe header, or None if there is nothing to withdraw.
    """

    is_keyed: ClassVar[bool] = False

    def __init__(
        self, server: SmtpServer, sender: Sender, *, unsubscribe: Callable[[Delivery], str | None] = nothing
    ) -> None:
        self._server = server
        self._sender = sender
        self._unsubscribe = unsubscribe
        self._resting: list[SMTP] = []

    async def send(self, rendered: Rendered, delivery: Delivery, *, commits: Commits) -> Receipt:
        """Send once: a silence after the mail's first byte is ``unknown``, a 4xx is Retryable, a 5xx is Rejected."""
        address = usable_email(delivery.address)
        if address is None:
            raise Rejected("the address is not a plain local@domain", code="bad_address")
        mail = letter(rendered, delivery, sender=self._sender, unsubscribe_url=self._unsubscribe(delivery))
        session = await self._session()
        try:
            await _address(session, self._sender.address, address)
            if not await commits():
                return Receipt("lapsed", "withdrawn")
            return await _hand_over(session, mail)
        except (Rejected, Retryable):
            raise
        except BaseException:
            session.close()
            raise
        finally:
            if session.is_connected:
                self._resting.append(session)

    async def close(self) -> None:
        """Take leave of the server."""
        while self._resting:
            try:
                await self._resting.pop().quit()
            except (SMTPException, OSError):
                continue

    async def _session(self) -> SMTP:
        """A session with an empty envelope: one that rests, if the server still answers on it, or a new one."""
        while self._resting:
            session = self._resting.pop()
            try:
                await session.rset()
            except (SMTPException, OSError):
                session.close()
            else:
                return session
        return await connected(self._server)


async def _address(session: SMTP, sender: str, address: str) -> None:
    """The envelope; nothing is sent yet, so trouble with the connection can be tried again."""
    try:
        await session.mail(sender)
        await session.rcpt(address)
    except SMTPResponseException as answer:
        raise refusal(answer.code) from answer
    except (SMTPException, OSError) as fault:
        session.close()
        raise Retryable("the connection was lost", code="connection_lost", is_outage=True) from fault


async def _hand_over(session: SMTP, mail: bytes) -> Receipt:
    try:
        await session.data(mail)
    except SMTPDataError as answer:
        if 400 <= answer.code < 600:
            raise refusal(answer.code) from answer
        return Receipt("unknown", f"smtp_{answer.code}")
    except (SMTPException, OSError):
        session.close()
        return Receipt("unknown", "no_answer")
    return Receipt("sent", "accepted")
