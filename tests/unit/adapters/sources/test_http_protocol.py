"""Senders who are slow, endless or hostile are answered and let go of, and the next one is served."""

import gzip
import itertools
import threading
import tracemalloc
from collections.abc import Iterator

import pytest

from opportune.adapters.sources.http import Application, Scope
from opportune.adapters.sources.http_answer import Send
from opportune.adapters.sources.http_body import Receive
from opportune.adapters.sources.http_protocol import MOST_AHEAD
from tests.unit.adapters.sources.requests import Taker
from tests.unit.adapters.sources.serving import SOUND, Served, answered, posted, serving

HEAD = b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer wk_test\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    with serving(Taker()) as place:
        yield place


@pytest.fixture(scope="module")
def impatient() -> Iterator[Served]:
    """Requests have a quarter of a second."""
    with serving(Taker(), within=250) as place:
        yield place


def takes_the_next(served: Served) -> bool:
    before = len(served.taker.reads)
    return served.answer(posted("/v1/track", SOUND)).status == 200 and len(served.taker.reads) == before + 1


@pytest.mark.parametrize(
    "lengths", [b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", b"Content-Length: 3\r\nContent-Length: 4\r\n"]
)
def test_two_lengths_of_one_body_are_refused_and_the_connection_closed(served: Served, lengths: bytes) -> None:
    said = served.answer(b"POST /v1/track HTTP/1.1\r\nHost: x\r\n" + lengths + b"\r\n3\r\n{}}\r\n0\r\n\r\n")
    assert (said.status, said.is_closed) == (400, True)
    assert takes_the_next(served)


def test_a_body_without_end_is_cut_off_at_the_bound_and_held_nowhere(served: Served) -> None:
    chunk = b"10000\r\n" + b"x" * 65_536 + b"\r\n"
    sent = itertools.count()
    tracemalloc.start()
    said = served.answer(CHUNKED, *itertools.islice((chunk for _ in sent), 4_096))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert (said.status, said.code, said.is_closed) == (413, "body_too_large", True)
    assert peak < 300 * 65_536
    assert takes_the_next(served)


def test_a_body_that_says_it_is_too_large_is_refused_before_it_comes(served: Served) -> None:
    for length in (b"4194305", b"9" * 40):
        said = served.answer(HEAD + b"Content-Length: " + length + b"\r\n\r\n")
        assert said.status in (400, 413)
        assert said.is_closed
    assert takes_the_next(served)


def test_a_bomb_is_refused(served: Served) -> None:
    said = served.answer(posted("/v1/batch", gzip.compress(bytes(2**26), 9), content_encoding="gzip"))
    assert (said.status, said.code) == (413, "body_too_large")
    assert takes_the_next(served)


def test_headers_without_end_are_refused(served: Served) -> None:
    for endless in (b"X-Long: " + b"x" * 2_000_000, b"".join(b"X-%d: y\r\n" % count for count in range(200_000))):
        said = served.answer(HEAD, endless)
        assert (said.status, said.code, said.is_closed) == (431, "head_too_large", True)
    assert takes_the_next(served)


@pytest.mark.parametrize(
    "path", ["/v1/%2e%2e%2fetc/passwd", "//v1/track", "/v1/track;x", "/v1/track%00", "/" + "x" * 65_000]
)
def test_a_strange_path_is_not_found(served: Served, path: str) -> None:
    assert served.answer(posted(path, SOUND)).status == 404
    assert takes_the_next(served)


def test_what_is_no_http_is_refused_and_the_connection_closed(served: Served) -> None:
    said = served.answer(b"\x16\x03\x01\x02\x00\x01\r\n\r\n")
    assert (said.status, said.is_closed) == (400, True)
    assert takes_the_next(served)


# Slow ones


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"POST /v1/tr",
        HEAD,
        HEAD + b"Content-Length: 9\r\n\r\n",
        HEAD + b"Content-Length: 9\r\n\r\n{",
        CHUNKED + b"1\r\n{\r\n",
    ],
)
def test_a_request_that_does_not_come_to_its_end_is_let_go(impatient: Served, begun: bytes) -> None:
    said = impatient.answer(begun)
    assert (said.status, said.code, said.is_closed) == (408, "too_slow", True)
    assert takes_the_next(impatient)


def test_a_body_that_trickles_is_let_go_however_often_a_byte_comes(impatient: Served) -> None:
    def trickle() -> Iterator[bytes]:
        yield HEAD + b"Content-Length: 4000000\r\n\r\n"
        with impatient.connected() as other:
            while True:
                assert answered(other, [posted("/v1/track", SOUND)]).status == 200  # takes a moment
                yield b"x"

    with impatient.connected() as connection:
        said = answered(connection, trickle())
    assert (said.status, said.code) == (408, "too_slow")


def test_a_slow_request_after_a_whole_one_is_let_go_too(impatient: Served) -> None:
    with impatient.connected() as connection:
        assert answered(connection, [posted("/v1/track", SOUND)]).status == 200
        assert answered(connection, [HEAD]).status == 408


def test_requests_in_a_row_are_answered_in_a_row(served: Served) -> None:
    with served.connected() as connection:
        first, second = posted("/v1/track", SOUND), posted("/v1/nowhere", SOUND)
        connection.sendall(first + second + first)
        raw = b""
        while raw.count(b'"success":') < 3:
            raw += connection.recv(65_536)
    assert [part[1:4] for part in raw.split(b"HTTP/1.1")[1:]] == [b"200", b"404", b"200"]


def test_who_was_answered_early_and_goes_on_sending_is_let_go(impatient: Served) -> None:
    with impatient.connected() as connection:
        said = answered(connection, [b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nContent-Length: 99999\r\n"
                                     b"Authorization: Bearer wrong\r\n\r\n{"])  # fmt: skip
        assert (said.status, said.code) == (401, "unknown_key")
        assert connection.recv(1) == b""


def test_of_requests_without_end_a_few_are_answered_and_the_connection_closed(served: Served) -> None:
    raw = b""
    with served.connected() as connection:
        try:
            connection.sendall(b"GET /healthz HTTP/1.1\r\n\r\n" * 20_000)
            while part := connection.recv(65_536):
                raw += part
        except (BrokenPipeError, ConnectionResetError):
            pass  # it has answered and closed
    assert raw.count(b"HTTP/1.1 ") <= 10 * (MOST_AHEAD + 1)
    assert takes_the_next(served)


def test_what_cannot_be_read_is_not_taken_for_the_answer_to_what_came_before_it(served: Served) -> None:
    with served.connected() as connection:
        connection.sendall(posted("/v1/track", SOUND) + b"\x00 is no HTTP\r\n\r\n")
        raw = b"".join(iter(lambda: connection.recv(65_536), b""))
    assert [part[1:4] for part in raw.split(b"HTTP/1.1")[1:]] == [b"200"]


def test_a_next_request_is_not_blamed_for_the_length_of_the_body_before_it(served: Served) -> None:
    large = posted("/v1/batch", {"batch": [SOUND], "context": {"long": "x" * 400_000}})
    with served.connected() as connection:
        for _ in range(5):
            connection.sendall(large + large[:30])
            assert answered(connection, []).status == 200
            assert answered(connection, [large[30:]]).status == 200


class Listening:
    """An application that answers only when the client has hung up."""

    def __init__(self) -> None:
        self.heard = threading.Event()

    def app(self) -> Application:
        async def app(scope: Scope, receive: Receive, send: Send) -> None:
            while (await receive())["type"] != "http.disconnect":
                pass
            self.heard.set()

        return app


def test_who_asked_for_more_and_hangs_up_is_heard_to_hang_up() -> None:
    listening = Listening()
    with serving(listening) as served:
        with served.connected() as connection:
            connection.sendall(b"GET /v1/inbox HTTP/1.1\r\n\r\nGET /healthz HTTP/1.1\r\n\r\n")
        assert listening.heard.wait(30)
