"""Clients that do not read what is written to them, over a real connection."""

import asyncio
import socket
from collections.abc import MutableMapping
from threading import Event
from typing import Any

import uvicorn

from opportune.adapters.sources.http_draining import ABORT
from opportune.adapters.sources.http_protocol import PatientProtocol

ASKED = b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n"
PART = b"x" * 65_536


class Pouring:
    """Writes for as long as somebody reads, or a few parts and then no more."""

    def __init__(self, *, parts: int | None = None, aborts: bool = False) -> None:
        self.parts, self.aborts = parts, aborts
        self.has_ended = Event()

    async def __call__(self, scope: MutableMapping[str, Any], receive: Any, send: Any) -> None:
        await receive()
        gone = asyncio.ensure_future(receive())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        count = 0
        while not gone.done() and count != self.parts:
            await send({"type": "http.response.body", "body": PART, "more_body": True})
            await asyncio.sleep(0)  # what is written in one turn goes out together
            count += 1
        if self.aborts:
            scope["extensions"][ABORT]["abort"]()
            await gone
        elif not gone.done():
            await send({"type": "http.response.body", "body": b""})
        self.has_ended.set()


async def serving(app: Pouring, protocol: type[PatientProtocol], client: Any) -> None:
    """Lets a client in a thread of its own ask the application; it gets the port."""
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(app, http=protocol, lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    task = asyncio.ensure_future(server.serve([listening]))
    try:
        await asyncio.to_thread(client, listening.getsockname()[1])
    finally:
        server.should_exit = True
        await task


def within(millis: int) -> type[PatientProtocol]:
    return type("Protocol", (PatientProtocol,), {"drains_within": millis})


def test_a_client_that_never_reads_is_let_go() -> None:
    app = Pouring()

    def client(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port)) as connection:
            connection.sendall(ASKED)
            assert app.has_ended.wait(30)

    asyncio.run(serving(app, within(50), client))


def test_a_client_that_reads_gets_everything_however_much_waits_for_it() -> None:
    app = Pouring(parts=200)

    def client(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(ASKED)
            count = 0
            while count < 200 * len(PART):
                count += len(connection.recv(1_000_000))
        assert app.has_ended.wait(30)

    asyncio.run(serving(app, PatientProtocol, client))


def test_an_application_can_end_a_connection_with_what_was_not_read() -> None:
    app = Pouring(parts=1, aborts=True)

    def client(port: int) -> None:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.sendall(ASKED)
            assert app.has_ended.wait(30)
            try:
                while connection.recv(1_000_000):
                    pass
            except ConnectionResetError:
                pass

    asyncio.run(serving(app, PatientProtocol, client))
