"""A provider of push: a small HTTP server on loopback that takes signed calls and remembers the devices they reach."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

import msgspec
from msgspec import Struct

from opportune.adapters.signatures import Secrets
from opportune.units import Instant


class Push(Struct, frozen=True):
    """What the call says of one message."""

    decision: str
    user: str
    address: str


class _Call(Struct, frozen=True):
    data: Push


class Provider:
    """Counts the pushes it has taken, each once, and tells who got them."""

    def __init__(self, secrets: Secrets, now: Callable[[], Instant], arrived: Callable[[Push], None]) -> None:
        self.taken: set[str] = set()
        self._secrets, self._now, self._arrived = secrets, now, arrived

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answers call after call on one connection."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).split(b"\r\n")
                headers = dict(_header(line) for line in head[1:] if line)
                body = await reader.readexactly(int(headers.get(b"content-length", b"0")))
                status = self._judged(headers, body)
                writer.write(b"HTTP/1.1 %d Told\r\ncontent-length: 0\r\n\r\n" % status)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _judged(self, headers: dict[bytes, bytes], body: bytes) -> int:
        if self._secrets.fault(headers, body, self._now()) is not None:
            return 401
        push = msgspec.json.decode(body, type=_Call).data
        if push.decision not in self.taken:
            self.taken.add(push.decision)
            self._arrived(push)
        return 200


@asynccontextmanager
async def providing(provider: Provider) -> AsyncIterator[int]:
    """The port of the provider while the block runs."""
    server = await asyncio.start_server(provider.serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


def _header(line: bytes) -> tuple[bytes, bytes]:
    name, _, value = line.partition(b":")
    return name.lower(), value.strip()
