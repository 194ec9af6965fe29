"""What an operator's machines ask: is it alive, may it get work, and what does it count?"""

from collections.abc import Callable, Sequence
from typing import Final

from msgspec import json

from opportune.adapters.sources.http import Application, Scope
from opportune.adapters.sources.http_answer import Send
from opportune.adapters.sources.http_body import Receive

PATHS: Final = ("/healthz", "/readyz", "/metrics")


def health_app(
    obstacles: Callable[[], Sequence[str]], metrics: Callable[[], str], may_read: Callable[[Scope], bool]
) -> Application:
    """``/healthz``: 200 as long as the process answers. ``/readyz``: 503 with the reasons while there are obstacles.

    ``/metrics`` only for whom ``may_read`` lets: figures tell no user, but much of a business.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        if method not in ("GET", "HEAD"):
            said = {"success": False, "code": "wrong_method", "message": f"{path} takes GET, not {method[:20]}"}
            await _say(send, 405, json.encode(said), allow=b"GET, HEAD")
        elif path == "/healthz":
            await _say(send, 200, json.encode({"success": True}))
        elif path == "/readyz":
            reasons = list(obstacles())
            await _say(send, 503 if reasons else 200, json.encode({"success": not reasons, "reasons": reasons}))
        elif not may_read(scope):
            said = {"success": False, "code": "unknown_key", "message": "metrics: send the admin key as Bearer token"}
            await _say(send, 401, json.encode(said))
        else:
            await _say(send, 200, metrics().encode(), kind=b"text/plain; version=0.0.4; charset=utf-8")

    return app


async def _say(
    send: Send, status: int, body: bytes, *, kind: bytes = b"application/json", allow: bytes | None = None
) -> None:
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *([(b"allow", allow)] if allow else []),
    ]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
