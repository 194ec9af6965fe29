"""Over a real socket: an unmodified client, and what the server refuses before we see it."""

import socket
import threading
from collections.abc import Iterator

import pytest
import uvicorn
from segment.analytics.client import Client

from opportune.events.event import Event
from tests.unit.adapters.sources.requests import Taker


class Served:
    def __init__(self, taker: Taker, port: int) -> None:
        self.taker = taker
        self.port = port


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    taker = Taker()
    listening = socket.create_server(("127.0.0.1", 0))
    config = uvicorn.Config(taker.app(), http="httptools", lifespan="off", log_config=None, access_log=False)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield Served(taker, listening.getsockname()[1])
    server.should_exit = True
    thread.join()


@pytest.mark.parametrize("gzip", [False, True])
def test_segments_python_client_only_needs_another_host(served: Served, gzip: bool) -> None:
    failures: list[object] = []
    client = Client(
        "wk_test",
        host=f"http://127.0.0.1:{served.port}",
        sync_mode=True,
        gzip=gzip,
        on_error=lambda *failure: failures.append(failure),
    )
    client.track("ann", "Cart Updated", {"value": 20}, message_id=f"m-{gzip}")
    assert failures == []
    event = served.taker.reads[-1]
    assert isinstance(event, Event)
    assert (event.id, event.user, event.name, event.properties) == (
        f"m-{gzip}",
        "ann",
        "Cart Updated",
        b'{"value": 20}',
    )


@pytest.mark.parametrize(
    "lengths", [b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", b"Content-Length: 3\r\nContent-Length: 4\r\n"]
)
def test_two_lengths_of_one_body_are_refused_and_the_connection_closed(served: Served, lengths: bytes) -> None:
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as connection:
        connection.sendall(b"POST /v1/track HTTP/1.1\r\nHost: x\r\n" + lengths + b"\r\n3\r\n{}}\r\n0\r\n\r\n")
        answer = b""
        while part := connection.recv(4096):
            answer += part
    assert answer.startswith(b"HTTP/1.1 400 ")
    assert answer.count(b"HTTP/1.1") == 1
