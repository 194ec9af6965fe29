"""What providers tell us: ``/hooks/events`` takes JSON, ``/hooks/mail`` the mail that a mail server was sent.

Nothing is believed unless it is signed (Standard Webhooks) or comes with an admin key. The answer is given when
everything is durable; a bounce or a complaint is a stop, and holds from then on.
"""

from collections.abc import Awaitable, Callable, Sequence
from hashlib import sha256
from typing import Final

from msgspec import Struct

from opportune.adapters.sources.hooks_heard import hear, told_in_calls, told_in_mail
from opportune.adapters.sources.hooks_mail import MOST_BYTES
from opportune.adapters.sources.hooks_trust import Trust
from opportune.adapters.sources.http import Application, Scope
from opportune.adapters.sources.http_answer import Answer, Refusal, Send, answer, refused
from opportune.adapters.sources.http_body import Packing, Receive, body_of, check_length
from opportune.adapters.sources.http_limits import Place, Room
from opportune.adapters.sources.http_refusal import STATUSES, refusal_of
from opportune.errors import EventError, Overloaded, Unavailable
from opportune.events.event import Event
from opportune.events.names import HOOK_ID
from opportune.policies.decision import Decision
from opportune.ports import DeadLetter, Taken
from opportune.units import Instant

PREFIX: Final = "/hooks/"
PATHS: Final = (f"{PREFIX}events", f"{PREFIX}mail")
_STATUSES: Final = {**STATUSES, "bad_signature": 401, "repeated_hook": 409}
_MOST_KNOWN: Final = 10_000
_MOST_HELD: Final = 16 * MOST_BYTES
"""Bytes of all bodies together, for whoever states a signature may send a body before it is looked at."""


class Desk(Struct, frozen=True, kw_only=True):
    """What hooks need of the engine."""

    accept: Callable[[Sequence[Event], Sequence[DeadLetter]], Awaitable[Taken]]
    """Makes all of it durable before it returns what of it was known already."""
    decision: Callable[[str], Decision | None]
    trust: Trust
    now: Callable[[], Instant]


def hooks_app(desk: Desk) -> Application:
    """The ASGI application for the paths under ``/hooks/``."""
    known: dict[str, None] = {}
    room = Room(_MOST_HELD)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path, place = scope["path"], Place(room)
        if path not in PATHS:
            reason = f"there is no {path[:80]!r}; there are /hooks/events and /hooks/mail"
            await answer(send, 404, refused("unknown_path", reason))
        elif scope["method"] != "POST":
            await answer(send, 405, refused("wrong_method", f"{path} takes POST"), ((b"allow", b"POST"),))
        else:
            try:
                said = await _taken(desk, known, scope, receive, place)
            except (EventError, Overloaded, Unavailable) as error:
                await answer(send, *refusal_of(error, _STATUSES))
            else:
                if said is not None:
                    await answer(send, 200, said)
            finally:
                place.leave()

    return app


async def _taken(desk: Desk, known: dict[str, None], scope: Scope, receive: Receive, place: Place) -> Answer | None:
    """What became of one call; None if the caller hung up."""
    headers = dict(scope["headers"])
    is_key = desk.trust.has_key(scope, headers)
    check_length(headers, MOST_BYTES)
    body = await body_of(receive, Packing(is_gzip=False), most_bytes=MOST_BYTES, take=place.take)
    if body is None:
        return None
    key = sha256(body).hexdigest()[:32] if is_key else desk.trust.signed_id(headers, body, desk.now())
    if key in known:
        raise _repeated(key)
    found = await (told_in_mail(body) if scope["path"] == f"{PREFIX}mail" else told_in_calls(body))
    heard = hear(found, desk.decision, key=f"{HOOK_ID}{key}", now=desk.now())
    taken = await desk.accept(heard.events, heard.dead)
    while len(known) >= _MOST_KNOWN:
        del known[next(iter(known))]
    known[key] = None
    if heard.events and len(taken) == len(heard.events):
        raise _repeated(key)
    refusals = [*heard.refusals, *map(_erased, taken.erased)]
    return Answer(success=True, accepted=len(heard.events) - len(taken.erased), rejected=refusals)


def _erased(event_id: str) -> Refusal:
    return Refusal(int(event_id.rpartition("-")[2]), "erased_user", "this user was erased; nothing of it was kept")


def _repeated(key: str) -> EventError:
    return EventError("repeated_hook", f"the call {key[:80]!r} was taken before; nothing was changed")
