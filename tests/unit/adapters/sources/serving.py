"""A real server in front of a taker, and what comes back on a socket of its own."""

import json
import socket
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from http.client import HTTPResponse
from typing import Any

import uvicorn
from msgspec import Struct

from opportune.adapters.sources.http import Ingest
from opportune.adapters.sources.http_protocol import PatientProtocol
from opportune.adapters.sources.http_quick import protocol_with
from opportune.units import Millis
from tests.unit.adapters.sources.requests import Taker

SOUND = {"type": "track", "userId": "next", "event": "Sound", "properties": {"a": 1}}


class Said(Struct):
    """One answer."""

    status: int
    code: str
    body: Any
    is_closed: bool
    """Whether the server closed the connection after it."""


class Served:
    """Where a taker listens."""

    def __init__(self, taker: Taker, port: int) -> None:
        self.taker = taker
        self.port = port

    def answer(self, *parts: bytes) -> Said:
        """What is answered to these bytes, sent one after the other as far as the server lets us."""
        with self.connected() as connection:
            return answered(connection, parts)

    def connected(self) -> socket.socket:
        """A connection of its own."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)


def answered(connection: socket.socket, parts: Iterable[bytes]) -> Said:
    """The next answer on this connection to these bytes."""
    try:
        for part in parts:
            connection.sendall(part)
    except (BrokenPipeError, ConnectionResetError):
        pass  # it has answered and closed
    response = HTTPResponse(connection)
    response.begin()
    raw = response.read()
    try:
        body = json.loads(raw)
    except ValueError:
        body = {}
    is_closed = response.getheader("connection") == "close"
    return Said(response.status, body.get("code", "") if isinstance(body, dict) else "", body, is_closed)


def posted(path: str, body: object, **headers: str) -> bytes:
    """A whole request; headers with underscores for hyphens; None leaves one out."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    said = {"host": "localhost", "authorization": "Bearer wk_test", "content_length": str(len(raw))} | headers
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in said.items() if value)
    return f"POST {path} HTTP/1.1\r\n{lines}\r\n".encode() + raw


@contextmanager
def serving(taker: Any, *, within: Millis | None = None, **limits: Any) -> Iterator[Served]:
    """The taker behind uvicorn with our protocol; requests have ``within`` to arrive if it is given."""

    app = taker.app(**limits)
    protocol: type[PatientProtocol] = type("Protocol", (PatientProtocol,), {})
    if isinstance(app, Ingest):
        protocol = protocol_with(app.told)
    if within is not None:
        protocol.within = within
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(
        app, http=protocol, lifespan="off", log_config=None, access_log=False, timeout_keep_alive=60
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        yield Served(taker, listening.getsockname()[1])
    finally:
        server.should_exit = True
        thread.join()
