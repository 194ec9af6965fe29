"""Events by HTTP as Segment's and RudderStack's clients send them: change the host, and an unmodified client works.

A 200 means that everything is durable. A call that is refused costs only itself and becomes a dead letter.
"""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, Final, TypeAlias

from opportune.adapters.sources.http_answer import PREFLIGHT, Answer, Send, answer, refused
from opportune.adapters.sources.http_body import (
    Headers,
    Message,
    Receive,
    body_of,
    check_length,
    packing_of,
    stated_key,
)
from opportune.adapters.sources.http_limits import USUAL, Limits, Pace, Place, Room
from opportune.adapters.sources.http_refusal import Told, admitted, refusal_of, too_fast, wrong_method
from opportune.adapters.sources.keys import Keys
from opportune.adapters.sources.refusing import refuse
from opportune.adapters.sources.sifting import sift_in_turns
from opportune.errors import EventError, Overloaded, Unavailable
from opportune.events.batch import unpacked
from opportune.events.wire import KINDS, Arrival, Kind, Read
from opportune.ports import DeadLetter, Taken
from opportune.units import Instant

PATHS: Final[dict[str, Kind | None]] = {
    **{f"/v1/{kind}": kind for kind in KINDS},
    **{f"/v1/{kind[0]}": kind for kind in KINDS},
    "/v1/batch": None,
    "/v1/b": None,
}
"""What a call on each path is; None: a batch, whose calls say so themselves."""

Accept: TypeAlias = Callable[[list[Read], list[DeadLetter]], Awaitable[Taken]]
"""Makes all of it durable before it returns the ids that were known already; raises Overloaded if it takes nothing."""
Scope: TypeAlias = MutableMapping[str, Any]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]


class Ingest:
    """The ASGI application that takes events, for clients that know a write key."""

    def __init__(
        self,
        accept: Accept,
        *,
        keys: Keys,
        now: Callable[[], Instant],
        limits: Limits = USUAL,
        is_full: Callable[[], bool] = lambda: False,
    ) -> None:
        """``is_full`` is asked before a body is read: whether the host would take nothing now anyway."""
        self._accept = accept
        self._keys = keys
        self._now = now
        self._bounds = limits.bounds
        self._is_full = is_full
        self._room = Room(limits.held_bytes)
        self._pace = Pace(limits.rate, now)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        if method == "POST" and path in PATHS:
            told = await self._told(PATHS[path], dict(scope["headers"]), receive)
            if told is not None:
                await answer(send, *told)
        elif path == "/healthz" and method in ("GET", "HEAD"):
            await answer(send, 200, Answer(success=True))
        elif path not in PATHS and path != "/healthz":
            await answer(send, 404, refused("unknown_path", f"there is no {path[:80]!r}; events go to /v1/batch"))
        elif method == "OPTIONS":
            await answer(send, 204, None, PREFLIGHT)
        else:
            await answer(send, *wrong_method(path, method, "GET" if path == "/healthz" else "POST"))

    async def told(self, kind: Kind | None, headers: Headers, body: bytes) -> Told | None:
        """What to answer to a POST with this body on the path of this kind."""

        async def receive() -> Message:
            return {"type": "http.request", "body": body}

        return await self._told(kind, headers, receive)

    async def _told(self, kind: Kind | None, headers: Headers, receive: Receive) -> Told | None:
        """What to answer; None if the client hung up."""
        place = Place(self._room)
        try:
            return await self._taken(kind, headers, receive, place)
        except (EventError, Overloaded, Unavailable) as error:
            return refusal_of(error)
        finally:
            place.leave()

    async def _taken(self, kind: Kind | None, headers: Headers, receive: Receive, place: Place) -> Told | None:
        stated = stated_key(headers)
        key = None if stated is None else admitted(self._keys, stated)
        if key is not None and (wait := self._pace.wait(key)):
            return too_fast(wait)
        packing = packing_of(headers)
        check_length(headers, self._bounds.body_bytes)
        if self._is_full():
            raise Overloaded("too much is waiting; nothing was taken, send it again in a second")
        body = await body_of(receive, packing, most_bytes=self._bounds.body_bytes, take=place.take)
        if body is None:
            return None
        delivery = unpacked(body, self._bounds, is_batch=kind is None)
        if key is None:
            key = admitted(self._keys, delivery.write_key or "")
            if wait := self._pace.wait(key):
                return too_fast(wait)
        self._pace.count(key, len(delivery.calls))
        sifted = await sift_in_turns(delivery.calls, Arrival(self._now(), delivery.sent_at, kind, self._bounds))
        taken = await self._accept(sifted.reads, sifted.dead)
        refuse(sifted, taken)
        said = sifted.answer(taken, is_batch=kind is None)
        return 200 if said.success else 400, said, ()
