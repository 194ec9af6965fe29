"""Sockets that tell when the kernel got what is read from them: one clock for everything that this machine sends.

Over loopback the kernel stamps a packet while its sender is still inside ``send``. So of two things that one process
sends, one after the other, the second never has the earlier stamp, however late whoever reads them wakes up.
"""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Final, TypeAlias

from tests.faults.pausing import pause

SO_TIMESTAMPNS: Final = 35
"""Linux: socket(7) calls it so, Python has no name for it."""
Nanos: TypeAlias = int
"""Since 1970, as the kernel of this machine counts them."""
_ROOM: Final = 65_536


class Stamped:
    """One connection; ``heard`` gets what comes, and when its last byte came."""

    def __init__(self, connection: socket.socket, heard: Callable[[bytes, Nanos], None]) -> None:
        connection.setblocking(False)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connection.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
        self.heard = heard
        self._socket = connection
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(connection.fileno(), self._read)

    def send(self, text: bytes) -> None:
        """All of it, at once; short texts always fit."""
        assert self._socket.send(text) == len(text)

    def close(self) -> None:
        """Hangs up."""
        if self._socket.fileno() >= 0:
            self._loop.remove_reader(self._socket.fileno())
            self._socket.close()

    def _read(self) -> None:
        try:
            found, ancillary, _, _ = self._socket.recvmsg(_ROOM, 64)
        except OSError:
            found, ancillary = b"", []
        if not found:
            self.close()
            return
        ((seconds, nanos),) = (struct.unpack("qq", raw) for _, kind, raw in ancillary if kind == SO_TIMESTAMPNS)
        self.heard(found, seconds * 1_000_000_000 + nanos)


@asynccontextmanager
async def stamping() -> AsyncIterator[None]:
    """While this lasts the kernel stamps all that comes; it begins to some time after the first socket asked for it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        with socket.create_connection(listener.getsockname()) as near, listener.accept()[0] as far:
            far.setsockopt(socket.SOL_SOCKET, SO_TIMESTAMPNS, 1)
            while True:
                near.send(b"?")
                if far.recvmsg(1, 64)[1]:
                    break
                await pause(0.01)
            yield


class Listener:
    """Takes connections and hands each to ``taken``."""

    def __init__(self, taken: Callable[[socket.socket], None]) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=256)
        self._socket.setblocking(False)
        self._taken = taken
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(self._socket.fileno(), self._take)
        self.port: int = self._socket.getsockname()[1]

    def close(self) -> None:
        """Takes no more."""
        self._loop.remove_reader(self._socket.fileno())
        self._socket.close()

    def _take(self) -> None:
        connection, _ = self._socket.accept()
        self._taken(connection)


class Asking:
    """One kept connection to an HTTP server that is asked one thing at a time."""

    def __init__(self, port: int) -> None:
        self._line = Stamped(socket.create_connection(("127.0.0.1", port)), self._hear)
        self._answer: asyncio.Future[tuple[int, Nanos]] | None = None
        self._found = b""

    def post(
        self, method: str, path: str, body: bytes = b"", *, key: str = "wk"
    ) -> "asyncio.Future[tuple[int, Nanos]]":
        """Sends it now; done with the status and when the last byte of the answer came."""
        assert self._answer is None or self._answer.done()
        self._answer = asyncio.get_running_loop().create_future()
        head = (
            f"{method} {path} HTTP/1.1\r\nHost: race\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json"
        )
        self._line.send(f"{head}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        return self._answer

    def close(self) -> None:
        """Hangs up."""
        self._line.close()

    def _hear(self, part: bytes, at: Nanos) -> None:
        self._found += part
        head, end, body = self._found.partition(b"\r\n\r\n")
        if not end:
            return
        (length,) = (
            int(line.split(b":")[1]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")
        )
        if len(body) >= length and self._answer is not None:
            self._found = b""
            self._answer.set_result((int(head.split()[1]), at))
