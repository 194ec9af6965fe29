"""What an operator's request says: its path, its query and its body, strictly read."""

from typing import Annotated, Final
from urllib.parse import parse_qsl, quote, unquote_to_bytes

from msgspec import DecodeError, Meta, Struct, ValidationError, json

from opportune.adapters.sources.http import Scope
from opportune.adapters.sources.http_body import Receive, body_of, packing_of
from opportune.adapters.sources.user_tokens import MOST_SECONDS
from opportune.errors import EventError
from opportune.events.batch import DEFAULT
from opportune.events.identity import stated_user

MOST_URL: Final = 8_192
MOST_BODY: Final = 4_096
ROUTES: Final = {
    "user-tokens": ("POST",),
    "users/{id}": ("GET", "DELETE"),
    "users/{id}/timeline": ("GET",),
    "users/{id}/export": ("GET",),
    "decisions/{id}": ("GET",),
    "why": ("GET",),
    "dead-letters": ("GET",),
    "dead-letters/redrive": ("POST",),
}
"""The methods of each path after /v1/: nothing else is answered."""


class Wish(Struct, frozen=True):
    """For whom a token is wished, and for how long."""

    user: str
    seconds: int


class StatedWish(Struct, rename="camel"):
    """The body of a request for a token, as it is written."""

    user_id: str | int | None = None
    seconds: Annotated[int, Meta(ge=1, le=MOST_SECONDS)] = 3_600


_decoder: Final = json.Decoder(StatedWish)


def segments(scope: Scope) -> tuple[str, ...]:
    """The parts of the path after /v1/, each decoded for itself, so that an id may hold a slash.

    Raises EventError ``bad_id`` if one is not UTF-8 or holds a control character.
    """
    raw = scope.get("raw_path") or quote(scope["path"]).encode()
    return tuple(_decoded(part) for part in raw.decode("latin-1").removeprefix("/v1/").split("/"))


def methods_of(parts: tuple[str, ...]) -> tuple[str, ...]:
    """The methods of this path; none if there is no such path, or an id in it is empty."""
    for route, methods in ROUTES.items():
        names = route.split("/")
        if len(names) == len(parts) and all(map(_is_meant, names, parts)):
            return methods
    return ()


def query_of(scope: Scope) -> dict[str, str]:
    """The query by name; of what is said twice, the last. Raises EventError ``bad_query``."""
    try:
        said = scope.get("query_string", b"").decode("ascii")
        return dict(parse_qsl(said, keep_blank_values=True, errors="strict", max_num_fields=20))
    except ValueError:
        raise EventError("bad_query", "query: not readable; names and values are UTF-8, percent-encoded") from None


async def wish_of(scope: Scope, receive: Receive) -> Wish:
    """The body of a request for a token; raises EventError if it is not one."""
    body = await body_of(receive, packing_of(dict(scope["headers"])), most_bytes=MOST_BODY)
    if not body:
        raise EventError("empty_body", 'body: nothing was sent; send {"userId": "..."}')
    try:
        stated = _decoder.decode(body)
    except ValidationError as error:
        raise EventError("wrong_type", f"body: {error}; userId is text, seconds is 1 to {MOST_SECONDS}") from None
    except (DecodeError, UnicodeDecodeError):
        raise EventError("not_json", 'body: not JSON; send {"userId": "...", "seconds": 3600}') from None
    user = stated_user(stated.user_id, "userId", DEFAULT.placeholders)
    if user is None:
        raise EventError("missing_user", "userId: missing; a token is for one user")
    return Wish(user, stated.seconds)


def _is_meant(name: str, part: str) -> bool:
    return part != "" and name in ("{id}", part)


def _decoded(part: str) -> str:
    try:
        text = unquote_to_bytes(part).decode()
    except UnicodeDecodeError:
        raise EventError("bad_id", "path: not UTF-8; percent-encode the id as UTF-8") from None
    if any(letter < " " or letter == "\x7f" for letter in text):
        raise EventError("bad_id", "path: control character; no id has one")
    return text
