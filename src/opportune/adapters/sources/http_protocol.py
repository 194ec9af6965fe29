"""HTTP for senders who may be slow or hostile: a request has a bounded head, and arrives whole within a span."""

import asyncio
from typing import ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from opportune.adapters.sources.http_joined import JoinedTransport
from opportune.units import SECOND, Millis

MOST_HEAD: Final = 64 * 1024
"""Bytes of a request line and its headers, as far as they have come without an end."""
_TOO_SLOW = (b"408 Request Timeout", b"too_slow", b"the request did not arrive whole in time; nothing was taken")
_TOO_LONG = (b"431 Request Header Fields Too Large", b"head_too_large", b"the headers of a request are too long")


class PatientProtocol(HttpToolsProtocol):
    """Uvicorn's protocol that ends connections on which a request does not come to its end.

    The span counts from the first byte of the request, or from the connection if nothing comes; while an earlier
    request of the connection is still being answered, the next one may wait. It is looked at every ``within``, so that
    a slow request ends after one to two of them.
    """

    within: ClassVar[Millis] = 10 * SECOND
    _began: float | None
    """When the request under way began, on the loop's clock; None between requests."""
    _head: int | None
    """Bytes of the head that is under way; None while there is none."""
    _watching: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A sender has come, and has its span from now on."""
        super().connection_made(JoinedTransport(transport, self.loop))
        self._began, self._head = self.loop.time(), 0
        self._watch(self.within / SECOND)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is waited for any more."""
        if self._watching is not None:
            self._watching.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        super().data_received(data)
        if self._head is not None:
            self._head += len(data)
            if self._head > MOST_HEAD:
                self._end(_TOO_LONG)

    def on_message_begin(self) -> None:
        """A request begins."""
        if self._began is None:
            self._began = self.loop.time()
        self._head = 0
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The body begins."""
        self._head = None
        super().on_headers_complete()

    def on_message_complete(self) -> None:
        """The request has arrived whole."""
        self._began = None
        super().on_message_complete()

    def _watch(self, seconds: float) -> None:
        self._watching = self.loop.call_later(seconds, self._look)

    def _look(self) -> None:
        span, now = self.within / SECOND, self.loop.time()
        if self._began is None or self._has_earlier():
            self._watch(span)
        elif now - self._began >= span:
            self._end(_TOO_SLOW)
        else:
            self._watch(self._began + span - now)

    def _has_earlier(self) -> bool:
        """Whether an earlier request of the connection is still being answered."""
        is_answered = self.cycle is None or self.cycle.response_complete
        return bool(self.pipeline) or (self._head is not None and not is_answered)

    def _end(self, why: tuple[bytes, bytes, bytes]) -> None:
        """Answers, unless an answer is under way, and closes the connection."""
        if self.transport.is_closing():
            return
        is_begun = self._head is None and self.cycle is not None and self.cycle.response_started
        if not is_begun and not self._has_earlier():
            self.transport.write(_answer(*why))
        self.transport.close()


def _answer(status: bytes, code: bytes, message: bytes) -> bytes:
    body = b'{"success":false,"code":"%s","message":"%s"}' % (code, message)
    head = b"HTTP/1.1 %s\r\ncontent-type: application/json\r\naccess-control-allow-origin: *\r\nconnection: close\r\n"
    return head % status + b"content-length: %d\r\n\r\n" % len(body) + body
