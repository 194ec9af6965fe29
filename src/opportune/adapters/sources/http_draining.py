"""Connections of clients that do not read: what was written to them must leave within a span."""

import asyncio
from typing import ClassVar, Final

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from opportune.units import SECOND, Millis

ABORT: Final = "opportune.abort"
"""The extension of a scope that ends the connection at once, with whatever was not read."""


class DrainingProtocol(HttpToolsProtocol):
    """Uvicorn's protocol that ends connections from which nothing is read while something waits to go out.

    It is looked at every ``drains_within``; a client that took some of it since has that long again, until the
    connection is being closed.
    """

    drains_within: ClassVar[Millis] = 30 * SECOND
    _draining: asyncio.TimerHandle | None = None
    _left = 0
    """Bytes that waited when it was last looked at."""

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Every byte that waits is known of from now on."""
        super().connection_made(transport)
        transport.set_write_buffer_limits(high=0)

    def connection_lost(self, exc: Exception | None) -> None:
        """Nothing is waited for any more."""
        self._drained()
        super().connection_lost(exc)

    def on_headers_complete(self) -> None:
        """Whoever answers may end the connection."""
        self.scope.setdefault("extensions", {})[ABORT] = {"abort": self.transport.abort}
        super().on_headers_complete()

    def pause_writing(self) -> None:
        """Something waits to go out."""
        super().pause_writing()
        self._left = self.transport.get_write_buffer_size()
        self._draining = self.loop.call_later(self.drains_within / SECOND, self._look_again)

    def resume_writing(self) -> None:
        """All of it has gone out."""
        self._drained()
        super().resume_writing()

    def _look_again(self) -> None:
        left = self.transport.get_write_buffer_size()
        if left >= self._left or self.transport.is_closing():
            self.transport.abort()
        else:
            self._left = left
            self._draining = self.loop.call_later(self.drains_within / SECOND, self._look_again)

    def _drained(self) -> None:
        if self._draining is not None:
            self._draining.cancel()
            self._draining = None
