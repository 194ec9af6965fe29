"""Asks an ASGI application as a browser would, and hears what it answers."""

from collections.abc import Mapping, MutableMapping
from typing import Any

from msgspec import Struct

from opportune.adapters.sources.http import Application
from opportune.events.event import Event


class Heard(Struct):
    """One whole answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


class Desk:
    """Takes events, or cannot."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.events: list[Event] = []
        self.fault = fault

    async def accept(self, events: list[Event]) -> None:
        if self.fault is not None:
            raise self.fault
        self.events += events


async def asked(
    app: Application,
    path: str,
    *,
    method: str = "GET",
    headers: Mapping[str, str] | None = None,
    body: bytes = b"",
    address: str = "203.0.113.7",
) -> Heard:
    """What the application answers to one request; returns when it has done all it does."""
    said: list[MutableMapping[str, Any]] = []

    async def send(message: MutableMapping[str, Any]) -> None:
        said.append(message)

    async def receive() -> MutableMapping[str, Any]:
        return {"type": "http.request", "body": body}

    stated = [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()]
    scope = {"type": "http", "path": path, "method": method, "headers": stated, "client": (address, 1)}
    await app(scope, receive, send)
    found = {name.decode(): value.decode() for name, value in said[0]["headers"]}
    return Heard(said[0]["status"], found, said[1]["body"])
