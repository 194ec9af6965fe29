"""The catalogue over HTTP, for holders of an admin key: items come in, one can be looked at.

Whoever can change an item can have messages sent to everybody whom it concerns; so no write key may.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final, TypeAlias

from msgspec import Struct

from opportune.adapters.sources.admin_requests import MOST_URL, query_of, segments
from opportune.adapters.sources.door import Door
from opportune.adapters.sources.http import Application, Scope
from opportune.adapters.sources.http_answer import Send
from opportune.adapters.sources.http_body import Receive, body_of, packing_of
from opportune.adapters.sources.item_bodies import split
from opportune.adapters.sources.json_answer import Refused, tell, tell_refusal
from opportune.errors import EventError, Overloaded, Unavailable

PATH: Final = "/v1/items"
PATHS: Final = (PATH, PATH + "/")
MOST_BYTES: Final = 4 * 1024 * 1024
_LINES: Final = (b"application/x-ndjson", b"application/jsonl")


class RejectedItem(Struct, frozen=True):
    """One item that was not taken, by its place."""

    index: int
    code: str
    message: str


class Fed(Struct, frozen=True):
    """What became of items."""

    accepted: int
    changed: int
    """Of these: how many say something that the catalogue did not hold."""
    announced: int
    """How many changes are told to the users whom they concern."""
    rejected: list[RejectedItem] = []


Feed: TypeAlias = Callable[[Sequence[bytes], bool], Awaitable[Fed]]
"""Takes items as they came; true: nobody is to be told of any change."""


def items_app(feed: Feed, find: Callable[[str], object | None], door: Door) -> Application:
    """``find`` gives the item of an id."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            who = door.pass_by(scope)
        except (EventError, Overloaded) as error:
            return await tell_refusal(send, error, overload="too_many_attempts")
        try:
            if len(scope.get("raw_path", b"")) + len(scope.get("query_string", b"")) > MOST_URL:
                return await tell(send, 414, Refused("url_too_long", f"an address has at most {MOST_URL} bytes"))
            match (scope["method"], *segments(scope)):
                case "POST", "items":
                    door.note(scope, who, "feeds the catalogue")
                    is_history = query_of(scope).get("history", "0") == "1"
                    raws = await _items(scope, receive)
                    if raws is not None:
                        await tell(send, 200, await feed(raws, is_history))
                case "GET", "items", name if name:
                    found = find(name)
                    said = found or Refused("unknown_item", "there is none with this id")
                    await tell(send, 404 if found is None else 200, said)
                case _, "items", *rest if not rest or (rest[0] and len(rest) == 1):
                    right = "GET" if rest else "POST"
                    refused = Refused("wrong_method", f"this path takes {right}, not {scope['method'][:20]}")
                    await tell(send, 405, refused, ((b"allow", right.encode()),))
                case _:
                    await tell(send, 404, Refused("unknown_path", f"items are at {PATH} and {PATH}/ID"))
        except (EventError, Overloaded, Unavailable) as error:
            await tell_refusal(send, error)

    return app


async def _items(scope: Scope, receive: Receive) -> list[bytes] | None:
    """The items that the body brings, each as it was written; None if the client hung up."""
    stated = dict(scope["headers"])
    if stated.get(b"content-type", b"").partition(b";")[0].strip().lower() in _LINES:
        stated[b"content-type"] = b"application/json"
    body = await body_of(receive, packing_of(stated), most_bytes=MOST_BYTES)
    return None if body is None else split(body)
