"""Answers to analytics clients: short JSON, readable from every page."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

from msgspec import UNSET, Struct, UnsetType, json

from opportune.adapters.sources.http_body import Message

Send: TypeAlias = Callable[[Message], Awaitable[None]]

_ANY_PAGE = (b"access-control-allow-origin", b"*")
_WITH_MORE = (b"access-control-expose-headers", b"retry-after")
PREFLIGHT = (
    (b"access-control-allow-methods", b"POST, OPTIONS"),
    (b"access-control-allow-headers", b"authorization, content-type, content-encoding, x-retry-count"),
    (b"access-control-max-age", b"86400"),
)
"""What a browser is told before it sends; Segment's client states its retries in a header of its own."""


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
    conflicting: int | UnsetType = UNSET
    """Those of them that say something else than the call of this request that came first with that id."""
    rejected: list[Refusal] | UnsetType = UNSET
    made_ids: list[MadeId] | UnsetType = UNSET
    code: str | UnsetType = UNSET
    message: str | UnsetType = UNSET


def refused(code: str, message: str) -> Answer:
    """The answer to a request of which nothing was taken."""
    return Answer(success=False, code=code, message=message)


def composed(
    said: Answer | None, headers: tuple[tuple[bytes, bytes], ...] = ()
) -> tuple[list[tuple[bytes, bytes]], bytes]:
    """Headers and body of an answer; None is an empty body."""
    body = b"" if said is None else json.encode(said)
    stated = [(b"content-length", b"%d" % len(body)), _ANY_PAGE]
    if said is not None:
        stated.append((b"content-type", b"application/json"))
    if headers:
        stated += [_WITH_MORE, *headers]
    return stated, body


async def answer(send: Send, status: int, said: Answer | None, headers: tuple[tuple[bytes, bytes], ...] = ()) -> None:
    """Sends the whole response; None is an empty body."""
    stated, body = composed(said, headers)
    await send({"type": "http.response.start", "status": status, "headers": stated})
    await send({"type": "http.response.body", "body": body})
