"""One request against an ASGI application inside a running loop, whole or as a stream that is read bit by bit."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from functools import wraps
from typing import Any, ParamSpec
from urllib.parse import unquote

from msgspec import Struct

from opportune.adapters.sources.http import Application

LOCAL = "127.0.0.1"
Given = ParamSpec("Given")


def lived(test: Callable[Given, Coroutine[Any, Any, None]]) -> Callable[Given, None]:
    """The test in a loop of its own."""

    @wraps(test)
    def run(*given: Given.args, **named: Given.kwargs) -> None:
        asyncio.run(test(*given, **named))

    return run


class Got(Struct):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> Any:
        return json.loads(self.body)


def scope_of(
    method: str, url: str, headers: dict[str, str] | None = None, *, peer: str | None = LOCAL
) -> dict[str, Any]:
    """What a server hands to the application for this request line."""
    raw, _, query = url.partition("?")
    return {
        "type": "http",
        "method": method,
        "path": unquote(raw),
        "raw_path": raw.encode(),
        "query_string": query.encode(),
        "headers": [
            (name.lower().encode(), value.encode()) for name, value in {"host": "localhost", **(headers or {})}.items()
        ],
        "client": None if peer is None else (peer, 40_000),
    }


async def asked(
    app: Application,
    method: str,
    url: str,
    *,
    headers: dict[str, str] | None = None,
    body: bytes = b"",
    peer: str | None = LOCAL,
) -> Got:
    """The answer to one request."""
    sent: list[Any] = []
    waiting = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> Any:
        return waiting.pop(0) if waiting else {"type": "http.disconnect"}

    async def send(message: Any) -> None:
        sent.append(message)

    await app(scope_of(method, url, headers, peer=peer), receive, send)
    whole = b"".join(each.get("body", b"") for each in sent[1:])
    return Got(sent[0]["status"], {name.decode(): value.decode() for name, value in sent[0]["headers"]}, whole)


class Reading:
    """One open stream of events, as an app sees it."""

    def __init__(self) -> None:
        self.status = 0
        self.headers: dict[str, str] = {}
        self.text = ""
        self.has_ended = False
        self._hangs_up = asyncio.Event()
        self._is_open = True

    async def receive(self) -> Any:
        if self._is_open:
            self._is_open = False
            return {"type": "http.request", "body": b"", "more_body": False}
        await self._hangs_up.wait()
        return {"type": "http.disconnect"}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode(): value.decode() for name, value in message["headers"]}
        else:
            self.text += message.get("body", b"").decode()
            self.has_ended = not message.get("more_body", False)

    def hang_up(self) -> None:
        self._hangs_up.set()

    @property
    def events(self) -> list[tuple[str, str]]:
        """Name and key of each event so far."""
        found = []
        for block in self.text.split("\n\n"):
            fields = dict(line.partition(": ")[::2] for line in block.splitlines())
            if "event" in fields:
                found.append((fields["event"], json.loads(fields["data"])["key"]))
        return found


async def at_rest() -> None:
    """Lets everything that can happen now happen."""
    for _ in range(30):
        await asyncio.sleep(0)


@asynccontextmanager
async def streaming(app: Application, url: str, headers: dict[str, str] | None = None) -> AsyncIterator[Reading]:
    """A stream while the block runs; then its client has hung up."""
    reading = Reading()
    task = asyncio.ensure_future(app(scope_of("GET", url, headers), reading.receive, reading.send))
    await at_rest()
    try:
        yield reading
    finally:
        reading.hang_up()
        await task
