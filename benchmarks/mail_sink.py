"""A mail server that takes everything at once, in a process of its own, so that it is not what is measured.

Prints its port and takes mail until its input ends; then it prints how many mails it took.
"""

import asyncio
import sys


class Sink(asyncio.Protocol):
    """Answers by the first letters of a line, and reads a mail up to its dot."""

    taken = 0

    def __init__(self) -> None:
        self.buffer = b""
        self.is_mail = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(b"220 sink\r\n")

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while True:
            mark = b"\r\n.\r\n" if self.is_mail else b"\r\n"
            found, end, rest = self.buffer.partition(mark)
            if not end:
                return
            self.buffer = rest
            self.transport.write(self.answer(found[:4].upper()))

    def answer(self, verb: bytes) -> bytes:
        if self.is_mail:
            Sink.taken += 1
            self.is_mail = False
            return b"250 taken\r\n"
        self.is_mail = verb == b"DATA"
        return {b"DATA": b"354 go on\r\n", b"EHLO": b"250-sink\r\n250 SIZE 1000000\r\n"}.get(verb, b"250 OK\r\n")


async def serve() -> None:
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Sink, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await loop.run_in_executor(None, sys.stdin.read)
    print(Sink.taken, flush=True)


if __name__ == "__main__":
    asyncio.run(serve())
