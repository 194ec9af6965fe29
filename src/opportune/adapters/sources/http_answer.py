"""Answers to analytics clients: short JSON, readable from every page."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from msgspec import UNSET, Struct, UnsetType, json

from opportune.adapters.sources.http_body import Message

Send: TypeAlias = Callable[[Message], Awaitable[None]]

_CORS = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"POST, OPTIONS"),
    (b"access-control-allow-headers", b"authorization, content-type, content-encoding, x-retry-count"),
    (b"access-control-expose-headers", b"retry-after"),
    (b"access-control-max-age", b"86400"),
)
"""Segment's client for browsers states its retries in a header of its own, and waits as long as Retry-After says."""


class Refusal(Struct, frozen=True):
    """One call of a batch that was not taken, by its place in the batch."""

    index: int
    code: str
    message: str


class MadeId(Struct, frozen=True, rename="camel"):
    """A call came without messageId and was given this one, by its place in the batch."""

    index: int
    message_id: str


class Answer(Struct, rename="camel", omit_defaults=True):
    """What became of a request. Clients of analytics read ``success`` only; the rest is for people."""

    success: bool
    accepted: int | UnsetType = UNSET
    duplicates: int | UnsetType = UNSET
    """Accepted calls whose id was known already; they have no effect."""
    rejected: list[Refusal] | UnsetType = UNSET
    made_ids: list[MadeId] | UnsetType = UNSET
    code: str | UnsetType = UNSET
    message: str | UnsetType = UNSET


def refused(code: str, message: str) -> Answer:
    """The answer to a request of which nothing was taken."""
    return Answer(success=False, code=code, message=message)


async def answer(send: Send, status: int, said: Answer | None, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
    """Sends the whole response; None is an empty body."""
    body = b"" if said is None else json.encode(said)
    kind = () if said is None else ((b"content-type", b"application/json"),)
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": status, "headers": [*kind, length, *_CORS, *headers]})
    await send({"type": "http.response.body", "body": body})
