"""Opens and clicks: /o/ answers a picture, /c/ leads on, at once; who it was is looked at afterwards."""

from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from opportune.adapters.sources.fetches import Fetch, Kind, Moments
from opportune.adapters.sources.http import Scope
from opportune.adapters.sources.http_answer import Send
from opportune.adapters.sources.http_body import Message, Receive
from opportune.adapters.sources.machines import Signs
from opportune.adapters.sources.noticing import Sent, told
from opportune.adapters.sources.trail import CLICKS, OPENS, Mark, Trail
from opportune.errors import EventError, Overloaded, Unavailable
from opportune.events.event import Event
from opportune.ports import Timer

PICTURE: Final = bytes.fromhex(
    "47494638396101000100800000000000000000" + "21f90401000000002c00000000010001000002024401003b"
)
"""A GIF of one pixel that cannot be seen."""
_AHEAD: Final = (b"sec-purpose", b"purpose", b"x-purpose", b"x-moz")


class TrackingApp:
    """The ASGI application under /o/ and /c/. ``lost``: what could not be written down, for the engine was too busy."""

    def __init__(
        self,
        trail: Trail,
        sent: Callable[[str], Sent | None],
        accept: Callable[[list[Event]], Awaitable[object]],
        *,
        clock: Timer,
        signs: Signs,
    ) -> None:
        self.lost = 0
        self.moments = Moments(clock)
        self._trail, self._sent, self._accept = trail, sent, accept
        self._clock, self._signs = clock, signs

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers first: a click leads on however busy we are. No cookie is set, and HEAD alone says nothing."""
        path, method = scope["path"], scope["method"]
        kind: Kind = "open" if path.startswith(OPENS) else "click"
        mark = self._trail.read(path.removeprefix(OPENS if kind == "open" else CLICKS))
        if method not in ("GET", "HEAD"):
            await _answer(send, 405, {b"allow": b"GET, HEAD"})
        elif mark is None or (kind == "click" and not mark.url):
            await _answer(send, 404, {b"content-type": b"text/plain"}, b"This link is not valid.\n", method=method)
        elif kind == "open":
            await _answer(send, 200, {b"content-type": b"image/gif"}, PICTURE, method=method)
        else:
            await _answer(send, 302, {b"location": mark.url.encode("ascii")})
        if method in ("GET", "HEAD") and mark is not None:
            await self._noted(mark.decision, self._fetch(kind, mark, scope))

    def _fetch(self, kind: Kind, mark: Mark, scope: Scope) -> Fetch:
        headers = dict(scope["headers"])
        return Fetch(
            kind=kind,
            url=mark.url if kind == "click" else "",
            at=self._clock.now(),
            agent=headers.get(b"user-agent", b"").decode("latin-1"),
            address=(scope.get("client") or ("",))[0],
            is_prefetch=any(b"pre" in headers.get(name, b"").lower() for name in _AHEAD),
            is_head=scope["method"] == "HEAD",
        )

    async def _noted(self, decision: str, fetch: Fetch) -> None:
        moment = await self.moments.gathered(decision, fetch)
        sent = self._sent(decision) if moment else None
        events = [] if sent is None else list(told(decision, sent, moment, self._signs))
        try:
            await self._accept(events) if events else None
        except (Overloaded, Unavailable, EventError):
            self.lost += len(events)


async def _answer(
    send: Send, status: int, headers: Mapping[bytes, bytes], body: bytes = b"", *, method: str = "GET"
) -> None:
    """Never kept by anybody, so that the next fetch comes to us too."""
    said = {b"content-length": b"%d" % len(body), b"cache-control": b"no-store", b"x-robots-tag": b"noindex", **headers}
    await send({"type": "http.response.start", "status": status, "headers": list(said.items())})
    answer: Message = {"type": "http.response.body", "body": b"" if method == "HEAD" else body}
    await send(answer)
