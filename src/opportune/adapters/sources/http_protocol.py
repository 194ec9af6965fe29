"""HTTP for senders who may be slow or hostile: a request has a bounded head, and arrives whole within a span."""

import asyncio
from collections import deque
from typing import ClassVar, Final

from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

from opportune.adapters.sources.http_draining import DrainingProtocol
from opportune.adapters.sources.http_lingering import LingeringTransport
from opportune.adapters.sources.http_refusal import TOO_LONG, TOO_SLOW, written
from opportune.units import SECOND, Millis

MOST_HEAD: Final = 64 * 1024
"""Bytes of a request line and its headers, as far as they have come without an end."""
MOST_AHEAD: Final = 32
"""Requests of one connection that may wait for the answer to an earlier one; who sends more is let go after these."""


class PatientProtocol(DrainingProtocol):
    """Uvicorn's protocol that ends connections on which a request does not come to its end.

    The span counts from the first byte of the request, or from the connection if nothing comes; while an earlier
    request of the connection is being answered, the next may wait. A slow request ends after one to two ``within``.
    """

    within: ClassVar[Millis] = 10 * SECOND
    _began: float | None
    """When the request under way began, on the loop's clock; None between requests."""
    _head: int | None
    """Bytes of the head that is under way; None while there is none."""
    _is_mixed = False
    """Whether the bytes that are being read hold the end of a request, so that not all are of the head after it."""
    _watching: asyncio.TimerHandle | None = None
    _unanswered: deque[RequestResponseCycle]
    """Requests whose answer is not complete, oldest first."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A sender has come, and has its span from now on."""
        self._line = LingeringTransport(
            transport, self.loop, is_unread=lambda: self._began is not None and self._head is None
        )
        super().connection_made(self._line)
        self._began, self._head, self._unanswered = self.loop.time(), 0, deque()
        self._watch(self.within / SECOND)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nobody is waited for any more, and every request that is being answered hears of it, not only the newest."""
        if self._watching is not None:
            self._watching.cancel()
        super().connection_lost(exc)
        self.pipeline.clear()
        for each in self._unanswered:
            if not each.response_complete:
                each.disconnected = True
                each.message_event.set()

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        self._is_mixed = False
        super().data_received(data)
        if self._head is not None and not self._is_mixed:
            self._head += len(data)
            if self._head > MOST_HEAD:
                self._end(TOO_LONG)

    def on_message_begin(self) -> None:
        """A request begins; raises ValueError, which ends the reading, if nobody would answer it, or too many wait."""
        if self._line.is_closing():
            raise ValueError("the connection is at its end")
        if self._began is None:
            self._began = self.loop.time()
        self._head = 0
        if len(self.pipeline) >= MOST_AHEAD:
            raise ValueError("too many requests wait for the answer to an earlier one")
        super().on_message_begin()

    def on_headers_complete(self) -> None:
        """The body begins."""
        self._head = None
        super().on_headers_complete()
        self._unanswered = deque(each for each in (*self._unanswered, self.cycle) if not each.response_complete)

    def on_message_complete(self) -> None:
        """The request has arrived whole."""
        self._began, self._is_mixed = None, True
        super().on_message_complete()
        self._line.heard_all()

    def send_400_response(self, msg: str) -> None:
        """What cannot be read is answered after all that came before it: by closing, for nothing can follow it."""
        if self._has_earlier():
            (self.pipeline[0][0] if self.pipeline else self.cycle).keep_alive = False
            self.flow.pause_reading()
        elif not self._line.is_closing():
            super().send_400_response(msg)

    def _watch(self, seconds: float) -> None:
        self._watching = self.loop.call_later(seconds, self._look)

    def _look(self) -> None:
        span, now = self.within / SECOND, self.loop.time()
        if self._began is None or self._has_earlier():
            self._watch(span)
        elif now - self._began >= span:
            self._end(TOO_SLOW)
        else:
            self._watch(self._began + span - now)

    def _has_earlier(self) -> bool:
        """Whether an earlier request of the connection is still being answered."""
        is_asked = self.cycle is not None and not self.cycle.response_complete
        return bool(self.pipeline) or (self._head is not None and is_asked)

    def _end(self, why: tuple[bytes, bytes, bytes]) -> None:
        """Answers, unless an answer is under way, and closes the connection."""
        is_begun = self._head is None and self.cycle is not None and self.cycle.response_started
        if not is_begun and not self._has_earlier() and not self._line.is_closing():
            self.transport.write(written(*why))
        self._line.end()
