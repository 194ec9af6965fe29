"""One user's inbox as server-sent events: the whole shelf first, then whatever comes to it or leaves it."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Final

from msgspec import Struct, json

from opportune.adapters.sources.http_answer import Send
from opportune.adapters.sources.http_body import Receive
from opportune.adapters.sources.inbox_hub import Hub, Listener
from opportune.adapters.sources.inbox_sending import hung_up_by, sent
from opportune.adapters.sources.json_answer import CORS
from opportune.adapters.sources.user_tokens import Grant
from opportune.ports import InboxItem, Timer
from opportune.units import SECOND, Instant, Millis

HEARTBEAT: Final[Millis] = 15 * SECOND
_BEAT: Final = ": still here\n\n"
_HEADERS: Final = [(b"content-type", b"text/event-stream; charset=utf-8"), (b"cache-control", b"no-store"), *CORS]


class Told(Struct, frozen=True, rename="camel", omit_defaults=True):
    """One message as an app gets it; instants in milliseconds since 1970 UTC."""

    key: str
    subject: str
    text: str
    at: Instant
    html: str = ""
    expires_at: Instant | None = None
    shown_at: Instant | None = None


def told(item: InboxItem) -> Told:
    """What the app is told of this item."""
    words = item.rendered
    return Told(item.key, words.subject, words.text, item.at, words.html, item.expires_at, item.shown_at)


class Stream:
    """What one client has in hand, brought up to what is on the shelf whenever it is woken."""

    def __init__(
        self, hub: Hub, grant: Grant, last: str, *, shelf: Callable[[], tuple[str, list[InboxItem]]], clock: Timer
    ) -> None:
        """``last`` is the message the client had last, or empty; ``shelf`` gives whose it is now, and what is on it."""
        self._hub, self._grant, self._last = hub, grant, last
        self._shelf, self._clock = shelf, clock
        held = hub.left.held(grant.user, last)
        self._has, self._may_have = set(held.all_have), set(held.some_have)
        self._next: Instant = grant.expires_at

    async def run(
        self, listener: Listener, receive: Receive, send: Send, *, abort: Callable[[], object] | None = None
    ) -> None:
        """Until the client hangs up, the token is no longer good, or the hub closes.

        ``abort`` ends the connection with whatever the client has not read when its token ended.
        """
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        hung_up = asyncio.ensure_future(hung_up_by(receive))
        text = "retry: 3000\n\n"
        try:
            while not hung_up.done() and not self._hub.is_closed and self._left() > 0:
                listener.woken.clear()
                text += "".join(self._news(listener))
                if text:
                    await sent(text, send, hung_up, self._clock.pause(max(1, self._left())))
                text = await self._beat(listener, hung_up)
        except TimeoutError:
            if abort is not None:
                abort()
                await hung_up
            return
        finally:
            hung_up.cancel()
            if self._last:
                self._hub.left.note(self._grant.user, self._last, self._has)
        await send({"type": "http.response.body", "body": b""})

    def _news(self, listener: Listener) -> Iterable[str]:
        """What came and what left since the client was last told."""
        user, items = self._shelf()
        if user != listener.user:
            self._hub.move(listener, user)
        there = {item.key for item in items}
        for key in sorted((self._has | self._may_have) - there):
            yield f"event: gone\ndata: {json.encode({'key': key}).decode()}\n\n"
        for item in reversed(items):
            if item.key not in self._has:
                self._last = item.key
                yield f"id: {item.key}\nevent: message\ndata: {json.encode(told(item)).decode()}\n\n"
        self._has, self._may_have = there, set()
        self._next = min((item.expires_at for item in items if item.expires_at), default=self._grant.expires_at)

    def _left(self) -> Millis:
        """What is left of the token's span."""
        return self._grant.expires_at - self._clock.now()

    async def _beat(self, listener: Listener, hung_up: "asyncio.Future[None]") -> str:
        """Waits for a reason to look again; a comment if it was only time, so that nothing between hangs up."""
        left = min(self._next - self._clock.now(), self._left())
        woken = asyncio.ensure_future(_woken(listener))
        beat_due = asyncio.ensure_future(self._clock.pause(max(1, min(HEARTBEAT, left))))
        try:
            done, _ = await asyncio.wait({woken, beat_due, hung_up}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            woken.cancel()
            beat_due.cancel()
        return _BEAT if done == {beat_due} else ""


async def _woken(listener: Listener) -> None:
    await listener.woken.wait()
