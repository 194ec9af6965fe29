"""A server on loopback that answers byte for byte as a test says, and keeps what it was asked."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

from msgspec import Struct

OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"
GONE_QUIET = b""
"""No answer: the connection is closed once the whole request is there."""

Says = Callable[[asyncio.StreamWriter], Awaitable[None]]


class Asked(Struct):
    """One whole request."""

    line: str
    headers: dict[bytes, bytes]
    body: bytes


class Scripted:
    """Answers in turn; the last answer is given again. Something callable writes its answer itself."""

    def __init__(self, answers: Sequence[bytes | Says] = (OK,)) -> None:
        self.asked: list[Asked] = []
        self.connections = 0
        self.cut = 0
        """Requests whose end never came."""
        self._answers = list(answers)

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        try:
            while (asked := await self._request(reader)) is not None:
                self.asked.append(asked)
                answer = self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]
                if isinstance(answer, bytes):
                    writer.write(answer)
                else:
                    await answer(writer)
                if answer == GONE_QUIET:
                    break
        except (OSError, asyncio.CancelledError):  # the test is over, or the other end has hung up
            pass
        finally:
            writer.close()

    async def _request(self, reader: asyncio.StreamReader) -> Asked | None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            line, *lines = head[:-4].split(b"\r\n")
            headers = dict(each.split(b": ", 1) for each in lines)
            body = await reader.readexactly(int(headers[b"content-length"]))
        except asyncio.IncompleteReadError as rest:
            self.cut += bool(rest.partial) or "head" in locals()
            return None
        return Asked(line.decode(), headers, body)


@asynccontextmanager
async def serving(scripted: Scripted, tls: ssl.SSLContext | None = None) -> AsyncIterator[int]:
    """The port while the block runs."""
    server = await asyncio.start_server(scripted, "127.0.0.1", 0, ssl=tls)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
