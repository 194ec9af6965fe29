"""What is written in one turn of the loop goes out in one piece, in order, and nothing is lost on closing."""

import asyncio
from collections.abc import Awaitable, Callable

from opportune.adapters.sources.http_joined import JoinedTransport


class Wire(asyncio.Transport):
    """A transport that remembers what went out."""

    def __init__(self) -> None:
        super().__init__({"peername": ("127.0.0.1", 9)})
        self.out: list[bytes] = []
        self.ended = ""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        self.out.append(bytes(data))

    def close(self) -> None:
        self.ended = "closed"

    def abort(self) -> None:
        self.ended = "aborted"

    def is_closing(self) -> bool:
        return bool(self.ended)

    def get_write_buffer_size(self) -> int:
        return 0


def on(work: Callable[[JoinedTransport, Wire], Awaitable[None]]) -> None:
    async def run() -> None:
        wire = Wire()
        await work(JoinedTransport(wire, asyncio.get_running_loop()), wire)

    asyncio.run(run())


def test_one_turn_is_one_write_and_the_next_turn_another() -> None:
    async def work(joined: JoinedTransport, wire: Wire) -> None:
        joined.write(b"head ")
        joined.writelines([b"bo", b"dy"])
        assert (wire.out, joined.get_write_buffer_size()) == ([], 9)
        await asyncio.sleep(0)
        assert (wire.out, joined.get_write_buffer_size()) == ([b"head body"], 0)
        joined.write(b"more")
        await asyncio.sleep(0)
        assert wire.out == [b"head body", b"more"]

    on(work)


def test_what_was_written_goes_out_before_the_end_unless_it_is_broken_off() -> None:
    async def work(joined: JoinedTransport, wire: Wire) -> None:
        joined.write(b"last words")
        joined.close()
        assert (wire.out, wire.ended, joined.is_closing()) == ([b"last words"], "closed", True)
        joined.write(b"too late")
        joined.abort()
        await asyncio.sleep(0)
        assert (wire.out, wire.ended) == ([b"last words"], "aborted")

    on(work)


def test_the_peer_is_that_of_the_transport_inside() -> None:
    async def work(joined: JoinedTransport, wire: Wire) -> None:
        assert joined.get_extra_info("peername") == ("127.0.0.1", 9)
        assert joined.get_extra_info("sslcontext", "none") == "none"

    on(work)
