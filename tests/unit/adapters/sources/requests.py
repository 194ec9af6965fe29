"""One request against an ASGI application, without a server."""

import asyncio
import json
from collections.abc import Collection, Iterator
from typing import Any

from msgspec import Struct

from opportune.adapters.sources.http import Application, Ingest
from opportune.adapters.sources.http_limits import Limits
from opportune.adapters.sources.keys import Keys
from opportune.events.batch import DEFAULT, Bounds
from opportune.events.event import Event
from opportune.events.wire import Read
from opportune.ports import DeadLetter, Taken

NOW = 1_795_298_880_000
BASIC = {"authorization": "Basic d2tfdGVzdDo="}  # wk_test

KEYS = Keys.of_texts(write=["other", "wk_test"], admin=["ak_test"])


class Response(Struct):
    status: int
    headers: dict[str, str]
    said: Any
    """The JSON of the body; None if it is empty."""


class Taker:
    """A host that keeps what it is handed, or fails as told."""

    def __init__(
        self, *, known: Collection[str] = (), erased: Collection[str] = (), failure: Exception | None = None
    ) -> None:
        self.now = NOW
        self.is_full = False
        self.reads: list[Read] = []
        self.dead: list[DeadLetter] = []
        self._known = known
        self._erased = erased
        self._failure = failure

    async def __call__(self, reads: list[Read], dead: list[DeadLetter]) -> Taken:
        if self._failure is not None:
            raise self._failure
        self.reads += reads
        self.dead += dead
        taken = Taken()
        taken += self._known
        taken.erased += [read.id for read in reads if isinstance(read, Event) and read.user in self._erased]
        return taken

    def app(self, bounds: Bounds = DEFAULT, **limits: Any) -> Application:
        return Ingest(self, keys=KEYS, now=lambda: self.now, limits=Limits(bounds=bounds, **limits), is_full=self.full)

    def full(self) -> bool:
        return self.is_full


def request(
    app: Application, path: str, body: object = b"", *, method: str = "POST", headers: dict[str, str] | None = None
) -> Response:
    """The answer to one request; a body that is not bytes goes out as JSON."""
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    response = streamed(app, path, iter([raw]), method=method, headers=BASIC if headers is None else headers)
    assert response is not None
    return response


def streamed(
    app: Application, path: str, parts: Iterator[bytes | None], *, method: str = "POST", headers: dict[str, str] = BASIC
) -> Response | None:
    """The answer to a body in parts, None if there is none; None among the parts is the client hanging up."""
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        part = next(parts, b"")
        if part is None:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": part, "more_body": bool(part)}

    async def send(message: Any) -> None:
        sent.append(dict(message))

    wire = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
    asyncio.run(app({"type": "http", "path": path, "method": method, "headers": wire}, receive, send))
    if not sent:
        return None
    start, end = sent
    named = {name.decode(): value.decode() for name, value in start["headers"]}
    assert len(named) == len(start["headers"])
    assert named["content-length"] == str(len(end["body"]))
    return Response(start["status"], named, json.loads(end["body"]) if end["body"] else None)
