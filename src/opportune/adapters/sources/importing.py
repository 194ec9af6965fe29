"""Imports into a running engine: calls line by line, made durable together with the mark that says how far they go."""

from collections.abc import Awaitable, Callable, Collection
from urllib.parse import parse_qs

from msgspec import Struct

from opportune.adapters.sources.http import Application, Scope
from opportune.adapters.sources.http_answer import Send
from opportune.adapters.sources.http_body import Packing, Receive, body_of
from opportune.adapters.sources.json_answer import Refused, tell, tell_refusal
from opportune.errors import EventError, Overloaded, Unavailable

PATH = "/v1/import"
MOST_BYTES = 8 * 1024 * 1024


class Marks(Struct, frozen=True):
    """Names of all marks that begin as was asked."""

    marks: list[str]


class Rejected(Struct, frozen=True):
    """One call that was not taken, by its line."""

    index: int
    code: str
    message: str


class Imported(Struct, frozen=True):
    """What became of the calls."""

    known: int
    rejected: list[Rejected]
    erased: int = 0
    """Calls of users who were erased: nothing of them was taken."""


class Delivered(Struct, frozen=True):
    """Calls of one import, and what stands for the file up to them."""

    calls: list[bytes]
    mark: str
    place: int
    is_history: bool


def import_app(
    take: Callable[[Delivered], Awaitable[Imported]],
    marks: Callable[[str], Collection[str]],
    pass_by: Callable[[Scope], object],
) -> Application:
    """``pass_by`` raises EventError, or Overloaded, for whoever may not ask: imports want the admin key."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            pass_by(scope)
        except (EventError, Overloaded) as error:
            return await tell_refusal(send, error, overload="too_many_attempts")
        try:
            asked = parse_qs(scope["query_string"].decode("latin-1"))
            if scope["method"] == "GET":
                await tell(send, 200, Marks(sorted(marks(asked.get("marks", [""])[0]))))
            elif scope["method"] != "POST":
                await tell(
                    send, 405, Refused("wrong_method", f"{PATH} takes GET and POST"), ((b"allow", b"GET, POST"),)
                )
            else:
                body = await body_of(receive, Packing(is_gzip=False), most_bytes=MOST_BYTES)
                if body is not None:
                    await tell(send, 200, await take(_delivered(body, asked)))
        except (EventError, Overloaded, Unavailable) as error:
            await tell_refusal(send, error)

    return app


def _delivered(body: bytes, asked: dict[str, list[str]]) -> Delivered:
    mark, place = asked.get("mark", [""])[0], asked.get("place", [""])[0]
    if not mark or not place.isdecimal() or len(place) > 18:
        raise EventError(
            "bad_mark", "an import says ?mark=NAME&place=NUMBER: what stands for the file up to these calls"
        )
    calls = [line for line in body.split(b"\n") if line.strip()]
    return Delivered(calls, mark, int(place), asked.get("history", ["0"])[0] == "1")
