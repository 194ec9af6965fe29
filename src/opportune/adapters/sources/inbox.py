"""A user's in-app messages for the app: as a stream or as a list, and what became of each.

All of it needs a token of that user. A message of somebody else is answered as one that never was.
"""

from collections.abc import Awaitable, Callable, Sequence
from typing import Final
from urllib.parse import parse_qs

from msgspec import Struct

from opportune.adapters.sources.http import Scope
from opportune.adapters.sources.http_answer import Send
from opportune.adapters.sources.http_body import Receive, stated_key
from opportune.adapters.sources.http_draining import ABORT
from opportune.adapters.sources.inbox_events import SAID, inbox_event
from opportune.adapters.sources.inbox_hub import Hub
from opportune.adapters.sources.inbox_stream import Stream, Told, told
from opportune.adapters.sources.json_answer import CORS, Refused, tell, tell_refusal
from opportune.adapters.sources.user_tokens import Grant, UserTokens
from opportune.errors import EventError, Overloaded, Unavailable
from opportune.events.event import Event
from opportune.ports import InboxItem, InboxShelf, Timer

PATH: Final = "/v1/inbox"
MOST_TOLD: Final = 100
"""Messages of one user that are shown; the newest."""
_MOST_ASKED: Final = 20
"""Names and values in a query."""


class Listed(Struct, frozen=True):
    """The inbox for clients without streams, newest first."""

    messages: list[Told]


class InboxFace(Struct, frozen=True, kw_only=True):
    """The ASGI application under ``PATH``."""

    shelf: InboxShelf
    tokens: UserTokens
    hub: Hub
    accept: Callable[[Sequence[Event]], Awaitable[object]]
    """Makes the events durable; the same one twice counts once."""
    owner: Callable[[Grant], str]
    """Whose inbox is shown to whoever has this token."""
    clock: Timer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, rest = scope["method"], scope["path"].removeprefix(PATH).removeprefix("/")
        if method == "OPTIONS":
            return await tell(send, 204, None, CORS)
        if method != ("POST" if rest else "GET"):
            said = Refused("wrong_method", f"the inbox is read with GET {PATH}, and answered with POST below it")
            return await tell(send, 405, said, ((b"allow", b"POST" if rest else b"GET"), *CORS))
        try:
            grant = self.tokens.granted(_token(scope))
            if rest:
                await self._heard(grant, rest, send)
            elif _wants_list(scope):
                await tell(send, 200, Listed([told(item) for item in self._on_shelf(grant)[1]]), CORS)
            else:
                await self._streamed(grant, scope, receive, send)
        except Overloaded as error:
            await tell_refusal(send, error, overload="overloaded" if rest else "too_many_streams", headers=CORS)
        except (EventError, Unavailable) as error:
            await tell_refusal(send, error, headers=CORS)

    def _on_shelf(self, grant: Grant) -> tuple[str, list[InboxItem]]:
        """Whose inbox it is now, and what is useful on it, newest first."""
        user, now = self.owner(grant), self.clock.now()
        useful = [item for item in self.shelf.inbox(user) if item.expires_at is None or now < item.expires_at]
        return user, useful[:MOST_TOLD]

    async def _streamed(self, grant: Grant, scope: Scope, receive: Receive, send: Send) -> None:
        last = dict(scope["headers"]).get(b"last-event-id", b"").decode("latin-1")
        if self.hub.is_closed:
            raise Unavailable("the engine is stopping; come again in a moment")
        with self.hub.listening(self.owner(grant), grant.user) as listener:
            stream = Stream(self.hub, grant, last, shelf=lambda: self._on_shelf(grant), clock=self.clock)
            await stream.run(listener, receive, send, abort=scope.get("extensions", {}).get(ABORT, {}).get("abort"))

    async def _heard(self, grant: Grant, rest: str, send: Send) -> None:
        """What the app says of a message: durable when it is answered, once however often it is said."""
        key, _, what = rest.partition("/")
        user, now = self.owner(grant), self.clock.now()
        item = self.shelf.inbox_item(user, key) if what in SAID else None
        if item is None:
            said = Refused("unknown_message", f"no such message, or not one of {', '.join(SAID)}: /{{key}}/shown")
            return await tell(send, 404, said, CORS)
        words = [what] if what == "shown" else ["shown", what]  # who clicks or dismisses it has seen it
        settled = {"shown": item.shown_at, "dismissed": item.dismissed_at}
        events = [inbox_event(item, word, now) for word in words if settled.get(word) is None]
        if events:
            await self.accept(events)
        await self.shelf.mark_shown(user, key, now)
        if what == "dismissed":
            await self.shelf.mark_dismissed(user, key, now)
            self.hub.changed(user)
        await tell(send, 200, {"success": True}, CORS)


def _token(scope: Scope) -> str:
    """The token of the request: Bearer, or in the address, for a stream cannot set headers."""
    query = scope.get("query_string", b"").decode("latin-1")
    try:
        asked = parse_qs(query, max_num_fields=_MOST_ASKED).get("token", [""])
        return stated_key(dict(scope["headers"])) or asked[0]
    except (EventError, ValueError):
        raise EventError("bad_token", "authorization: send 'Bearer ' and the token, or ?token=") from None


def _wants_list(scope: Scope) -> bool:
    accepted = dict(scope["headers"]).get(b"accept", b"")
    return b"application/json" in accepted and b"text/event-stream" not in accepted
