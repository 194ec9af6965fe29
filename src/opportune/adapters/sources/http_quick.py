"""The short way for what comes thousands of times a second: a small request with events, answered in one piece.

Such a request is read whole, bounded by its stated length, before anything looks at it; so it needs no stream, no scope
and no layers of applications. Whatever is not plainly one of these takes the ordinary way, and gets the same answer.
"""

import logging
from collections.abc import Awaitable, Callable
from typing import ClassVar, Final, TypeAlias

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from opportune.adapters.sources.http import PATHS
from opportune.adapters.sources.http_answer import Answer, composed
from opportune.adapters.sources.http_body import Headers
from opportune.adapters.sources.http_protocol import PatientProtocol
from opportune.adapters.sources.http_refusal import Told
from opportune.events.wire import Kind

MOST_BYTES: Final = 16 * 1024
"""Of the body of a request that goes the short way."""
Take: TypeAlias = Callable[[Kind | None, Headers, bytes], Awaitable[Told | None]]
"""What is answered to a body on the path of this kind."""
_KINDS: Final = {path.encode(): kind for path, kind in PATHS.items()}
_FAILED: Final[Told] = (500, Answer(success=False, code="failed", message="our fault; send it again"), ())
_log: Final = logging.getLogger("opportune.http")


class _Nobody:
    """In place of the event on which an application waits for the body."""

    def set(self) -> None:
        """Nobody waits."""


class Exchange:
    """One request on the short way, with what the protocol looks at in every request."""

    message_event: Final = _Nobody()

    def __init__(self, kind: Kind | None, headers: list[tuple[bytes, bytes]]) -> None:
        self.kind = kind
        self.headers = headers
        self.body = b""
        self.more_body = True
        self.keep_alive = True
        self.disconnected = self.response_started = self.response_complete = False


class _Quick(HttpToolsProtocol):
    take: ClassVar[Take]

    def on_headers_complete(self) -> None:
        if self._is_plain():
            self.cycle = Exchange(_KINDS[self.url], self.headers)  # type: ignore[assignment]
        else:
            super().on_headers_complete()

    def on_message_complete(self) -> None:
        super().on_message_complete()
        exchange: object = self.cycle
        if isinstance(exchange, Exchange) and not exchange.response_started:
            task = self.loop.create_task(self._answer(exchange))
            self.tasks.add(task)
            task.add_done_callback(self.tasks.discard)

    def _is_plain(self) -> bool:
        """Whether this is a POST with events, of a small stated length, and no earlier request is unanswered."""
        is_first = self.cycle is None or self.cycle.response_complete
        if not is_first or self.url not in _KINDS or self.expect_100_continue:
            return False
        parser, length = self.parser, b""
        for name, value in self.headers:
            if name == b"content-length":
                length = value
            elif name == b"transfer-encoding":
                return False
        is_small = length.isdigit() and len(length) < 6 and int(length) <= MOST_BYTES
        is_usual = parser.get_method() == b"POST" and parser.get_http_version() == "1.1" and not parser.should_upgrade()
        return is_small and is_usual and parser.should_keep_alive()

    async def _answer(self, exchange: Exchange) -> None:
        try:
            told = await type(self).take(exchange.kind, dict(exchange.headers), bytes(exchange.body))
        except Exception:  # noqa: BLE001 the boundary around one request: told, and the next one is taken
            _log.exception("a request failed")
            told = _FAILED
        if self.flow.write_paused and not exchange.disconnected:
            await self.flow.drain()
        if told is None or exchange.disconnected:
            return
        status, said, stated = told
        headers, body = composed(said, stated)
        if (b"connection", b"close") in headers:
            exchange.keep_alive = False
        elif not exchange.keep_alive:
            headers.append((b"connection", b"close"))
        lines = [b"%b: %b\r\n" % header for header in (*self.server_state.default_headers, *headers)]
        self.transport.write(b"".join((STATUS_LINE[status], *lines, b"\r\n", body)))
        exchange.response_started = exchange.response_complete = True
        if not exchange.keep_alive:
            self.transport.close()
        self.on_response_complete()


class QuickProtocol(PatientProtocol, _Quick):
    """Uvicorn's protocol with our bounds, and the short way inside them."""


def protocol_with(take: Take, answered: Callable[[int], None] = lambda status: None) -> type[QuickProtocol]:
    """The protocol of a server that takes events by ``take``; ``answered`` gets the status of each answer."""

    async def counted(kind: Kind | None, headers: Headers, body: bytes) -> Told | None:
        told = await take(kind, headers, body)
        if told is not None:
            answered(told[0])
        return told

    return type("QuickProtocol", (QuickProtocol,), {"take": staticmethod(counted)})
