"""Posts events over raw sockets, in a process of its own, so that it is not what is measured.

Reads one ``Order`` as JSON from its input and prints, as JSON, one ``Outcome``.
"""

import selectors
import socket
import sys
import zlib
from base64 import b64encode
from collections import deque
from collections.abc import Iterator
from random import Random
from time import monotonic, perf_counter

import msgspec
from msgspec import Struct

from benchmarks.generic import START, Crowd

DISTINCT = 500
"""Bodies that differ in more than user and id."""
ASKS = b'{"type":"track","event":"Help Asked","properties":{"topic":"orders","value":42},"context":{},'


class Order(Struct, frozen=True, kw_only=True):
    """What to send, and how."""

    port: int = 0
    key: str = "key"
    nth: int = 0
    """Which of the senders this is: users and ids are its own."""
    seconds: float
    connections: int = 32
    rate: float | None = None
    """Requests a second, whatever becomes of them; None: each connection sends again once it is answered."""
    batch: int | None = None
    """Calls in one request; None: single posts."""
    is_packed: bool = False
    asking: float = 0.0
    """The share of events that ask for a decision at once."""
    triggers: float = 0.005


class Outcome(Struct):
    """What became of it."""

    answered: int = 0
    """Calls that were answered with success."""
    refused: int = 0
    spans: list[float] = []
    """Seconds from a request's first byte, or from the instant it was due at a rate, to its answer."""
    asking_spans: list[float] = []
    """The same of those that ask for a decision."""
    seconds: float = 0.0
    """Until the last answer."""


class Requests:
    """Requests of distinct users and ids; all but those is made before."""

    def __init__(self, order: Order) -> None:
        self._order = order
        self._dice = Random(order.nth)
        self._count = 0
        crowd = Crowd(users=DISTINCT, triggers=order.triggers, seed=order.nth)
        self._bodies = [
            b'{"type":"track","event":%s,"properties":%s,"context":%s,'
            % (msgspec.json.encode(event.name), event.properties, event.context)
            for event in crowd.events(DISTINCT, start=START, end=START + 1)
        ]
        self._run = b"%x" % Random(f"{order.nth} {monotonic()}").getrandbits(40)
        if order.batch is not None:
            first = iter(range(max(200, 40_000 // order.batch)))
            self._ready = deque(self._batch(order.batch) for _ in first)

    def next(self) -> tuple[bytes, bool]:
        """The next one, and whether it asks for a decision."""
        if self._order.batch is not None:
            return self._ready.popleft() if self._ready else self._batch(self._order.batch), False
        body, is_asking = self._call()
        return self._head(b"track", len(body)) + body, is_asking

    def _call(self) -> tuple[bytes, bool]:
        self._count += 1
        is_asking = bool(self._order.asking) and self._dice.random() < self._order.asking
        body = ASKS if is_asking else self._bodies[self._count % DISTINCT]
        told = (body, self._order.nth, self._count, self._run, self._count)
        return b'%b"userId":"user-%02d-%08d","messageId":"ajs-next-%b-%010d"}' % told, is_asking

    def _batch(self, calls: int) -> bytes:
        body = b'{"batch":[%b]}' % b",".join(self._call()[0] for _ in range(calls))
        extra = b""
        if self._order.is_packed:
            packer = zlib.compressobj(6, wbits=31)
            body, extra = packer.compress(body) + packer.flush(), b"Content-Encoding: gzip\r\n"
        return self._head(b"batch", len(body), extra) + body

    def _head(self, path: bytes, length: int, extra: bytes = b"") -> bytes:
        key = b64encode(self._order.key.encode() + b":")
        return (
            b"POST /v1/%b HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: sender\r\nAccept: */*\r\n"
            b"Authorization: Basic %b\r\nContent-Type: application/json\r\n%bContent-Length: %d\r\n\r\n"
            % (path, key, extra, length)
        )


class Line:
    """One connection that is kept, with at most one request under way."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.begun = 0.0
        self.is_asking = False

    def send(self, request: tuple[bytes, bool], begun: float) -> None:
        """Sends all of it; its span counts from ``begun``."""
        self.begun, self.is_asking = begun, request[1]
        self.socket.sendall(request[0])

    def answer(self) -> bytes:
        """The whole answer; they come in one packet, or nearly so."""
        found = self.socket.recv(65_536)
        while b"\r\n\r\n" not in found or not found.endswith(b"}"):
            more = self.socket.recv(65_536)
            if not more:
                raise ConnectionError("the server hung up")
            found += more
        return found


def sent(order: Order) -> Outcome:
    """Sends until the time is over, and waits for the answers under way."""
    requests, outcome = Requests(order), Outcome()
    lines = [Line(order.port) for _ in range(order.connections)]
    selector = selectors.EpollSelector()
    for line in lines:
        selector.register(line.socket, selectors.EVENT_READ, line)
    free, late = deque(lines), deque[float]()
    print("ready", flush=True)
    sys.stdin.readline()
    start = perf_counter()
    end, due = start + order.seconds, iter(_instants(order, start))
    coming = next(due)
    while True:
        now = perf_counter()
        while coming <= now and coming < end:
            late.append(coming)
            coming = next(due)
        while free and late:
            begun = late.popleft()
            free.popleft().send(requests.next(), now if order.rate is None else begun)
        if now >= end and len(free) == len(lines) and not late:
            break
        for key, _ in selector.select(max(0.0, min(coming, end) - perf_counter())):
            _heard(key.data, outcome, order)
            free.append(key.data)
            if order.rate is None and perf_counter() < end:
                late.append(0.0)
    outcome.seconds = perf_counter() - start
    return outcome


def _instants(order: Order, start: float) -> Iterator[float]:
    """When requests are due: at once for every connection, or evenly at a rate."""
    if order.rate is None:
        yield from [start] * order.connections
        while True:
            yield float("inf")
    number = 0
    while True:
        yield start + number / order.rate
        number += 1


def _heard(line: Line, outcome: Outcome, order: Order) -> None:
    answer, now = line.answer(), perf_counter()
    if not answer.startswith(b"HTTP/1.1 200"):
        outcome.refused += 1
        return
    outcome.answered += order.batch or 1
    (outcome.asking_spans if line.is_asking else outcome.spans).append(now - line.begun)


if __name__ == "__main__":
    told = sent(msgspec.json.decode(sys.stdin.readline(), type=Order))
    sys.stdout.buffer.write(msgspec.json.encode(told) + b"\n")
