"""Answers as JSON to who asks by token or admin key: kept by nothing between, and with a code if refused."""

from typing import Final, TypeAlias

from msgspec import Struct, json

from opportune.adapters.sources.http_answer import Send
from opportune.adapters.sources.http_refusal import STATUSES
from opportune.errors import EventError, Overloaded, Unavailable

Headers: TypeAlias = tuple[tuple[bytes, bytes], ...]
CORS: Final[Headers] = (
    (b"access-control-allow-origin", b"*"),
    (b"access-control-allow-methods", b"GET, POST, OPTIONS"),
    (b"access-control-allow-headers", b"authorization, content-type, last-event-id"),
    (b"access-control-max-age", b"86400"),
)
"""For what a page may ask with a token of its user; no cookie is ever read."""
_JSON: Final[Headers] = ((b"content-type", b"application/json"), (b"x-content-type-options", b"nosniff"))
"""For an id or a name in it may be written as HTML."""
_STATUSES: Final = {
    **STATUSES,
    "bad_token": 401,
    "token_expired": 401,
    "wrong_key_kind": 403,
    "admin_key_needed": 403,
    "unknown_path": 404,
    "unknown_journey": 404,
    "unknown_playbook": 404,
    "nothing_before": 409,
    "unknown_channel": 409,
}


class Refused(Struct, frozen=True):
    """Why nothing was done: a code that stays, and what would be right."""

    code: str
    message: str
    success: bool = False


async def tell(send: Send, status: int, said: object, headers: Headers = ()) -> None:
    """Sends the whole response; None is an empty body."""
    body = b"" if said is None else json.encode(said)
    given = [(b"content-length", str(len(body)).encode()), (b"cache-control", b"no-store"), *headers]
    if said is not None:
        given[:0] = _JSON
    await send({"type": "http.response.start", "status": status, "headers": given})
    await send({"type": "http.response.body", "body": body})


async def tell_refusal(
    send: Send, error: EventError | Overloaded | Unavailable, *, overload: str = "overloaded", headers: Headers = ()
) -> None:
    """Sends what is wrong; ``overload`` is the code of an Overloaded, which is answered with 429."""
    match error:
        case EventError():
            status = _STATUSES.get(error.code, 400)
            asks = ((b"www-authenticate", b"Bearer"),) if status == 401 else ()
            await tell(send, status, Refused(error.code, str(error)), (*asks, *headers))
        case Overloaded():
            await tell(send, 429, Refused(overload, str(error)), ((b"retry-after", b"1"), *headers))
        case Unavailable():
            await tell(send, 503, Refused("unavailable", str(error)), ((b"retry-after", b"1"), *headers))
