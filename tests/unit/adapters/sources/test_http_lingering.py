"""Who is still sending hears why it was refused, and is let go in the end."""

import socket
from http.client import HTTPConnection, HTTPResponse

from tests.unit.adapters.sources.requests import Taker
from tests.unit.adapters.sources.serving import posted, serving

LARGE = b'{"batch":["' + b"x" * (9 * 1024 * 1024) + b'"]}'


def test_who_sends_all_of_it_before_it_reads_hears_why_it_was_too_large() -> None:
    with serving(Taker()) as served:
        client = HTTPConnection("127.0.0.1", served.port, timeout=30)
        client.request("POST", "/v1/batch", LARGE, {"authorization": "Bearer wk_test"})
        response = client.getresponse()
        assert (response.status, response.getheader("connection")) == (413, "close")
        assert b"send smaller batches" in response.read()
        client.close()


def test_nothing_of_what_comes_after_it_is_taken_or_answered() -> None:
    taker = Taker()
    with serving(taker) as served, served.connected() as connection:
        connection.sendall(posted("/v1/batch", LARGE) + posted("/v1/track", {"userId": "u", "event": "x"}))
        response = HTTPResponse(connection)
        response.begin()
        assert response.status == 413
        response.read()
        assert connection.recv(1) == b""
        assert taker.reads == []


def test_what_comes_in_one_piece_with_the_end_of_it_is_not_taken_either() -> None:
    taker = Taker()
    refused = posted("/v1/batch", LARGE)
    with serving(taker) as served, served.connected() as connection:
        connection.sendall(refused[:-1_000])
        response = HTTPResponse(connection)
        response.begin()
        assert response.status == 413
        response.read()
        connection.sendall(refused[-1_000:] + posted("/v1/track", {"userId": "u", "event": "x"}))
        assert connection.recv(1) == b""
        with served.connected() as other:  # when it is answered, all that came before has been looked at
            other.sendall(posted("/v1/track", {"userId": "u", "event": "y"}))
            assert other.recv(12) == b"HTTP/1.1 200"
    assert [event.name for event in taker.reads] == ["y"]


def test_who_does_not_come_to_an_end_is_let_go() -> None:
    with serving(Taker(), within=250) as served, served.connected() as connection:
        begun = posted("/v1/batch", LARGE)[:200_000]
        connection.sendall(begun)
        response = HTTPResponse(connection)
        response.begin()
        assert response.status == 413
        try:
            while True:
                connection.sendall(b"x" * 1_000)
        except OSError:
            pass  # the connection is gone


def test_an_engine_that_stops_does_not_wait_for_it() -> None:
    with serving(Taker()) as served:
        connection = served.connected()
        connection.sendall(posted("/v1/batch", LARGE)[:200_000])
        response = HTTPResponse(connection)
        response.begin()
        assert response.status == 413
    connection.settimeout(30)
    connection.shutdown(socket.SHUT_WR)
    connection.close()
