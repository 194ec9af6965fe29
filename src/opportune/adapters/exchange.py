"""One open connection to one HTTP server: a request goes out, and of the answer no more comes back than a bound."""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, TypeAlias

import h11
from msgspec import Struct

from opportune.units import SECOND, Millis

MOST_BYTES: Final = 64 * 1024
"""How much of one answer is read; what is longer is cut, and the connection closed."""
_GOES_ON: Final = (h11.InformationalResponse, h11.Response, h11.Data)
"""What an answer holds before its end."""
_PART: Final = 16 * 1024

Header: TypeAlias = tuple[bytes, bytes]


class Answer(Struct, frozen=True):
    """What a server said: its status decides, its body is read past."""

    status: int
    retry_after: Millis | None = None
    """How long it asks to be left alone, if it says so in whole seconds."""


class Line:
    """A connection that carries one exchange after the other; ``close`` it after any that did not go well."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._found: Answer | None = None
        self._http = h11.Connection(our_role=h11.CLIENT)
        self._resting: asyncio.Task[bytes] | None = None
        self._rested_at = 0.0

    async def ask(self, target: str, headers: Sequence[Header], body: bytes) -> None:
        """Sends the whole request but its last byte, without which no server has it; raises OSError."""
        http = self._http
        head = http.send(h11.Request(method="POST", target=target, headers=list(headers)))
        self._writer.write((head or b"") + (http.send(h11.Data(data=body[:-1])) or b""))
        await self._writer.drain()

    @property
    def is_lost(self) -> bool:
        """Whether the server has hung up without a word."""
        return self._reader.at_eof() or self._writer.is_closing()

    async def answer(self, last: bytes, deadline: float) -> Answer | None:
        """Sends the last byte and waits for the answer, until the deadline on the loop's clock; None if there is none.

        An answer whose head has come counts, whatever becomes of its body.
        """
        self._found = None
        with suppress(OSError, h11.RemoteProtocolError):  # TimeoutError is an OSError
            async with asyncio.timeout_at(deadline):
                await self._hear(last)
        return self._found

    async def _hear(self, last: bytes) -> None:
        http, left = self._http, MOST_BYTES
        self._writer.write((http.send(h11.Data(data=last)) or b"") + (http.send(h11.EndOfMessage()) or b""))
        event = http.next_event()
        while isinstance(event, _GOES_ON) or (event is h11.NEED_DATA and left > 0):
            if event is h11.NEED_DATA:
                part = await self._reader.read(min(_PART, left))
                left -= len(part)
                http.receive_data(part)
            if isinstance(event, h11.Response):
                self._found = Answer(event.status_code, _retry_after(event))
            event = http.next_event()

    def may_rest(self) -> bool:
        """Whether the exchange ended as it should and another one may follow on this connection."""
        is_done = self._http.our_state is h11.DONE and self._http.their_state is h11.DONE
        if not is_done or self._http.trailing_data[0]:
            return False
        self._http.start_next_cycle()
        return True

    def rest(self) -> None:
        """Listens for what should not come: a server that speaks now, or hangs up, cannot be asked again here."""
        loop = asyncio.get_running_loop()
        self._rested_at = loop.time()
        self._resting = loop.create_task(self._reader.read(1))
        self._resting.add_done_callback(lambda task: task.cancelled() or task.exception())

    async def wake(self, longest: Millis) -> bool:
        """Whether the connection has rested undisturbed, and no longer than this."""
        resting, self._resting = self._resting, None
        if resting is None:
            return True
        is_fresh = (asyncio.get_running_loop().time() - self._rested_at) * SECOND <= longest
        is_quiet = not resting.done()
        resting.cancel()
        await asyncio.wait({resting})
        return is_fresh and is_quiet and resting.cancelled()

    def close(self) -> None:
        """Hangs up at once."""
        if self._resting is not None:
            self._resting.cancel()
        self._writer.transport.abort()


def _retry_after(response: h11.Response) -> Millis | None:
    for name, value in response.headers:
        if name == b"retry-after" and value.isdigit() and len(value) <= 9:
            return int(value) * SECOND
    return None
