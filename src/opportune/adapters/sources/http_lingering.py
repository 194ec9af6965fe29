"""Refusals that reach whoever is still sending: the connection is closed on our side only, until the rest has come.

A connection that is closed while bytes wait to be read is reset, and the client never sees why (RFC 9112, 9.6).
"""

import asyncio
from collections.abc import Callable

from opportune.adapters.sources.http_joined import JoinedTransport


class LingeringTransport(JoinedTransport):
    """A transport of which the first ``close`` ends only what we say, while the other side has not said all."""

    def __init__(
        self, inside: asyncio.Transport, loop: asyncio.AbstractEventLoop, *, is_unread: Callable[[], bool]
    ) -> None:
        """``is_unread``: whether more of a request is on its way."""
        super().__init__(inside, loop)
        self._is_unread = is_unread
        self.lingers = False
        """Whether nothing more is said, and what still comes is thrown away."""

    def close(self) -> None:
        """What was written still goes out; if more is on its way, the second call closes."""
        if self.lingers or self._inside.is_closing() or not self._is_unread() or not self._inside.can_write_eof():
            return super().close()
        self._flush()
        self.lingers = True
        self._inside.write_eof()
        self._inside.resume_reading()

    def heard_all(self) -> None:
        """The request has come whole: there is nothing to linger for."""
        if self.lingers:
            self.end()

    def end(self) -> None:
        """Closes at once, whatever is on its way."""
        super().close()

    def is_closing(self) -> bool:
        """Whether nothing more will be said."""
        return self.lingers or super().is_closing()
