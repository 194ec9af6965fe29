"""Imports into a running engine: calls line by line, made durable together with the mark that says how far they go."""

from collections.abc import Awaitable, Callable, Collection
from urllib.parse import parse_qs

from msgspec import Struct, json

from opportune.adapters.sources.http import Application, Scope
from opportune.adapters.sources.http_answer import Send
from opportune.adapters.sources.http_body import Packing, Receive, body_of
from opportune.errors import EventError, Overloaded, Unavailable

PATH = "/v1/import"
MOST_BYTES = 8 * 1024 * 1024
_STATUSES = {"wrong_key_kind": 403, "admin_key_needed": 403, "too_many_attempts": 429}


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
    refusal: Callable[[Scope], EventError | None],
) -> Application:
    """``refusal`` says of a request why it may not ask, if it may not: imports want the admin key."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        no = refusal(scope)
        asked = parse_qs(scope["query_string"].decode("latin-1"))
        try:
            if no is not None:
                await _say(send, _STATUSES.get(no.code, 401), _refused(no.code, str(no)))
            elif scope["method"] == "GET":
                await _say(send, 200, Marks(sorted(marks(asked.get("marks", [""])[0]))))
            elif scope["method"] != "POST":
                await _say(send, 405, _refused("wrong_method", f"{PATH} takes GET and POST"))
            else:
                body = await body_of(receive, Packing(is_gzip=False), most_bytes=MOST_BYTES)
                if body is not None:
                    await _say(send, 200, await take(_delivered(body, asked)))
        except EventError as error:
            await _say(send, 413 if error.code == "body_too_large" else 400, _refused(error.code, str(error)))
        except Overloaded as error:
            await _say(send, 429, _refused("overloaded", str(error)))
        except Unavailable as error:
            await _say(send, 503, _refused("unavailable", str(error)))

    return app


def _delivered(body: bytes, asked: dict[str, list[str]]) -> Delivered:
    mark, place = asked.get("mark", [""])[0], asked.get("place", [""])[0]
    if not mark or not place.isdecimal() or len(place) > 18:
        raise EventError(
            "bad_mark", "an import says ?mark=NAME&place=NUMBER: what stands for the file up to these calls"
        )
    calls = [line for line in body.split(b"\n") if line.strip()]
    return Delivered(calls, mark, int(place), asked.get("history", ["0"])[0] == "1")


def _refused(code: str, message: str) -> dict[str, object]:
    return {"success": False, "code": code, "message": message}


async def _say(send: Send, status: int, said: object) -> None:
    body = json.encode(said)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(body)).encode())]
    if status in (429, 503):
        headers.append((b"retry-after", b"1"))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
