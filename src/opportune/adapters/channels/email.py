"""Mail over SMTP: one envelope, one mail to one address, and what the server said of it."""

import asyncio
from collections.abc import Callable
from typing import ClassVar

from aiosmtplib import SMTPException, SMTPServerDisconnected
from msgspec.structs import replace

from opportune.adapters.channels.dialogue import envelope, hand_over, lost
from opportune.adapters.channels.mime import Sender, letter, nothing
from opportune.adapters.channels.smtp import Session, SmtpServer, connected
from opportune.errors import Rejected, Retryable
from opportune.messages.address import usable_email
from opportune.messages.template import Rendered
from opportune.ports import Commits, Delivery
from opportune.sending.receipt import Receipt

_CLOSING = "smtp_421"


class SmtpEmail:
    """Hands mail to one server; connections are kept and used again, within the server's bounds.

    ``unsubscribe`` gives the URL of the List-Unsubscribe header, or None if there is nothing to withdraw.
    """

    is_keyed: ClassVar[bool] = False

    def __init__(
        self, server: SmtpServer, sender: Sender, *, unsubscribe: Callable[[Delivery], str | None] = nothing
    ) -> None:
        self._server = server
        self._sender = sender
        self._unsubscribe = unsubscribe
        self._resting: list[Session] = []

    async def send(self, rendered: Rendered, delivery: Delivery, *, commits: Commits) -> Receipt:
        """Send once: a silence after the mail's first byte is ``unknown``, a 4xx is Retryable, a 5xx is Rejected."""
        address = usable_email(delivery.address)
        if address is None:
            raise Rejected("the address is not a plain local@domain", code="bad_address")
        url = self._unsubscribe(delivery)
        mail = letter(rendered, replace(delivery, address=address), sender=self._sender, unsubscribe_url=url)
        session = await self._addressed(address, len(mail))
        try:
            if not await commits():
                return Receipt("lapsed", "withdrawn")
            return await hand_over(session, mail)
        except (Rejected, Retryable):
            raise
        except BaseException:
            session.smtp.close()
            raise
        finally:
            self._rest(session)

    async def close(self) -> None:
        """Take leave of the server."""
        while self._resting:
            await self._resting.pop().leave()

    async def _addressed(self, address: str, size: int) -> Session:
        """A session with this envelope; nothing is sent yet, so one that has gone to sleep costs only another try."""
        while True:
            session = await self._session()
            try:
                await envelope(session, self._sender.address, address, size)
                return session
            except Rejected:
                self._rest(session)
                raise
            except Retryable as refused:
                self._rest(session)
                if session.is_fresh or refused.code != _CLOSING:
                    raise
            except SMTPServerDisconnected as fault:
                session.smtp.close()
                if session.is_fresh:
                    raise lost() from fault
            except (SMTPException, OSError) as fault:
                session.smtp.close()
                raise lost() from fault
            except BaseException:
                session.smtp.close()
                raise

    async def _session(self) -> Session:
        """One that rests and may go on, or a new one."""
        while self._resting:
            session = self._resting.pop()
            if session.may_go_on(asyncio.get_running_loop().time()):
                return session
            await session.leave()
        return await connected(self._server)

    def _rest(self, session: Session) -> None:
        if session.smtp.is_connected:
            session.rest(asyncio.get_running_loop().time())
            self._resting.append(session)
