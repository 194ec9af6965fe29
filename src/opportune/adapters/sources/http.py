"""Events by HTTP as Segment's and RudderStack's clients send them: change the host, and an unmodified client works.

A 200 means that everything is durable. Calls that are refused do not cost the others of their batch; they are kept as
dead letters with the reason.
"""

import hmac
from collections.abc import Awaitable, Callable, Collection, MutableMapping
from typing import Any, Final, TypeAlias

from msgspec import Struct

from opportune.adapters.sources.http_answer import Answer, Send, answer, refused
from opportune.adapters.sources.http_body import Headers, Receive, body_of, packing_of, stated_key
from opportune.adapters.sources.sifting import sift
from opportune.errors import EventError, Overloaded, Unavailable
from opportune.events.batch import DEFAULT, Bounds, unpacked
from opportune.events.wire import KINDS, Arrival, Kind, Read
from opportune.ports import DeadLetter
from opportune.units import Instant

PATHS: Final[dict[str, Kind | None]] = {
    **{f"/v1/{kind}": kind for kind in KINDS},
    **{f"/v1/{kind[0]}": kind for kind in KINDS},
    "/v1/batch": None,
    "/v1/b": None,
}
"""What a call on each path is; None: a batch, whose calls say so themselves."""

Accept: TypeAlias = Callable[[list[Read], list[DeadLetter]], Awaitable[Collection[str]]]
"""Makes all of it durable before it returns the ids that were known already; raises Overloaded if it takes nothing."""
Scope: TypeAlias = MutableMapping[str, Any]
Application: TypeAlias = Callable[[Scope, Receive, Send], Awaitable[None]]

STATUSES: Final = {"unknown_key": 401, "body_too_large": 413, "unsupported_encoding": 415, "unsupported_type": 415}
"""The HTTP status of a refusal, by its code; 400 for all others."""
_SAID_WITH: Final = {401: ((b"www-authenticate", b"Bearer"),), 413: ((b"connection", b"close"),)}


def ingest_app(
    accept: Accept, *, write_keys: Collection[str], now: Callable[[], Instant], bounds: Bounds = DEFAULT
) -> Application:
    """The ASGI application that takes events, for clients that know one of the write keys."""
    return _Ingest(accept, write_keys, now, bounds)


class _Ingest(Struct, frozen=True):
    accept: Accept
    write_keys: Collection[str]
    now: Callable[[], Instant]
    bounds: Bounds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        if path == "/healthz" and method in ("GET", "HEAD"):
            await answer(send, 200, Answer(success=True))
        elif path not in PATHS and path != "/healthz":
            await answer(send, 404, refused("unknown_path", f"there is no {path[:80]}; events go to /v1/batch"))
        elif method == "OPTIONS":
            await answer(send, 204, None)
        elif method != "POST" or path == "/healthz":
            allowed = "GET, OPTIONS" if path == "/healthz" else "POST, OPTIONS"
            said = refused("wrong_method", f"{path} takes {allowed}, not {method[:20]}")
            await answer(send, 405, said, ((b"allow", allowed.encode()),))
        else:
            await self._answered(PATHS[path], dict(scope["headers"]), receive, send)

    async def _answered(self, kind: Kind | None, headers: Headers, receive: Receive, send: Send) -> None:
        try:
            taken = await self._taken(kind, headers, receive)
        except EventError as error:
            status = STATUSES.get(error.code, 400)
            await answer(send, status, refused(error.code, str(error)), _SAID_WITH.get(status, ()))
        except Overloaded as error:
            await answer(send, 429, refused("overloaded", str(error)), ((b"retry-after", b"1"),))
        except Unavailable as error:
            await answer(send, 503, refused("unavailable", str(error)), ((b"retry-after", b"1"),))
        else:
            if taken is not None:
                await answer(send, 200 if taken.success else 400, taken)

    async def _taken(self, kind: Kind | None, headers: Headers, receive: Receive) -> Answer | None:
        """What became of the request; None if the client hung up."""
        key = stated_key(headers)
        if key is not None:
            self._admit(key)
        body = await body_of(receive, packing_of(headers), most_bytes=self.bounds.body_bytes)
        if body is None:
            return None
        delivery = unpacked(body, self.bounds, is_batch=kind is None)
        if key is None:
            self._admit(delivery.write_key or "")
        sifted = sift(delivery.calls, Arrival(self.now(), delivery.sent_at, kind, self.bounds))
        known = await self.accept(sifted.reads, sifted.dead)
        return sifted.answer(len(known), is_batch=kind is None)

    def _admit(self, key: str) -> None:
        stated = key.encode()
        if not sum(hmac.compare_digest(stated, known.encode()) for known in self.write_keys):
            reason = "unknown" if key else "missing"
            raise EventError("unknown_key", f"write key: {reason}; send one as Basic user, Bearer token or writeKey")
