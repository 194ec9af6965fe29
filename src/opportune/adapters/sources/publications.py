"""Publications over HTTP, for holders of an admin key: publish, go back, pause a journey, see what is in force.

What is asked of the engine comes in as functions; a write key never gets here.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Final, TypeVar

from msgspec import DecodeError, Meta, Struct, ValidationError, json

from opportune.adapters.sources.admin_requests import MOST_URL, segments
from opportune.adapters.sources.door import Door
from opportune.adapters.sources.http import Application, Scope
from opportune.adapters.sources.http_answer import Send
from opportune.adapters.sources.http_body import Receive, body_of, packing_of
from opportune.adapters.sources.json_answer import Refused, tell, tell_refusal
from opportune.errors import EventError, Overloaded, Unavailable
from opportune.units import Micros, micros

PATH: Final = "/v1/publications"
JOURNEYS: Final = "/v1/journeys/"
PATHS: Final = (PATH, PATH + "/", JOURNEYS)
MOST_BYTES: Final = 8 * 1024 * 1024
_ROUTES: Final = {"publications": "GET, POST", "publications/rollback": "POST", "journeys": "POST"}


class StatedPlaybook(Struct, frozen=True, rename="camel"):
    """The body of a publication: the playbook's files, path to text."""

    files: dict[str, str]
    share: Annotated[float, Meta(gt=0, le=1)] = 1.0
    """Of the users; the others keep the playbook that was in force for all."""
    dry_run: bool = False
    """Only say what would change."""


class StatedRollback(Struct, frozen=True, rename="camel"):
    """The body of a rollback."""

    playbook: str = ""
    """The hash of the playbook to go back to; empty: the one before."""
    dry_run: bool = False


class Acts(Struct, frozen=True, kw_only=True):
    """What the engine does; each answers with what is shown. All may raise EventError or Unavailable."""

    listed: Callable[[], object]
    publish: Callable[[Mapping[str, str], Micros, bool], Awaitable[object]]
    """These files, for such a share; true: only say what would change."""
    roll_back: Callable[[str, bool], Awaitable[object]]
    pause: Callable[[str], Awaitable[object]]
    resume: Callable[[str], Awaitable[object]]


Stated = TypeVar("Stated")
_playbook: Final = json.Decoder(StatedPlaybook)
_rollback: Final = json.Decoder(StatedRollback)


def publications_app(acts: Acts, door: Door) -> Application:
    """The ASGI application under ``PATHS``."""

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        try:
            who = door.pass_by(scope)
        except (EventError, Overloaded) as error:
            return await tell_refusal(send, error, overload="too_many_attempts")
        try:
            if len(scope.get("raw_path", b"")) + len(scope.get("query_string", b"")) > MOST_URL:
                return await tell(send, 414, Refused("url_too_long", f"an address has at most {MOST_URL} bytes"))
            await _answer(acts, scope, receive, send, lambda did: door.note(scope, who, did))
        except (EventError, Overloaded, Unavailable) as error:
            await tell_refusal(send, error)

    return app


async def _answer(acts: Acts, scope: Scope, receive: Receive, send: Send, note: Callable[[str], None]) -> None:
    match (scope["method"], *segments(scope)):
        case "GET", "publications":
            note("looked at publications")
            await tell(send, 200, {"publications": acts.listed()})
        case "POST", "publications":
            wish = await _body(scope, receive, _playbook, '{"files": {"opportune.yaml": "zone: UTC"}}')
            note("asked what a publication would change" if wish.dry_run else f"publishes for {wish.share:.2%}")
            await tell(send, 200, await acts.publish(wish.files, micros(wish.share), wish.dry_run))
        case "POST", "publications", "rollback":
            back = await _body(scope, receive, _rollback, "{}")
            note("asked what a rollback would change" if back.dry_run else "rolls back")
            await tell(send, 200, await acts.roll_back(back.playbook, back.dry_run))
        case "POST", "journeys", name, "pause" | "resume" as what if name:
            note(f"{what}s a journey")
            await tell(send, 200, await (acts.pause if what == "pause" else acts.resume)(name))
        case method, *parts:
            await _tell_nothing(send, method, parts)


async def _body(scope: Scope, receive: Receive, decoder: "json.Decoder[Stated]", example: str) -> Stated:
    body = await body_of(receive, packing_of(dict(scope["headers"])), most_bytes=MOST_BYTES)
    if not body:
        raise EventError("empty_body", f"body: nothing was sent; send {example}")
    try:
        return decoder.decode(body)
    except ValidationError as error:
        raise EventError("wrong_type", f"body: {error}; send {example}") from None
    except (DecodeError, UnicodeDecodeError):
        raise EventError("not_json", f"body: not JSON; send {example}") from None


async def _tell_nothing(send: Send, method: str, parts: list[str]) -> None:
    is_journey = len(parts) == 3 and parts[0] == "journeys" and parts[1] and parts[2] in ("pause", "resume")
    right = _ROUTES.get("journeys" if is_journey else "/".join(parts) if parts[0] == "publications" else "")
    if right is None:
        return await tell(
            send, 404, Refused("unknown_path", "there is no such path; see the reference of the HTTP API")
        )
    said = Refused("wrong_method", f"this path takes {right}, not {method[:20]}")
    await tell(send, 405, said, ((b"allow", right.encode()),))
