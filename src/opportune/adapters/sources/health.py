"""What an operator's machines ask: is it alive, may it get work, and what does it count?"""

from collections.abc import Callable, Sequence
from typing import Final

from opportune.adapters.sources.http import Application, Scope
from opportune.adapters.sources.http_answer import Send
from opportune.adapters.sources.http_body import Receive
from opportune.adapters.sources.json_answer import Refused, tell, tell_refusal
from opportune.errors import EventError

PATHS: Final = ("/healthz", "/readyz", "/metrics")
KIND: Final = b"text/plain; version=0.0.4; charset=utf-8"


def health_app(
    obstacles: Callable[[], Sequence[str]], metrics: Callable[[], str], may_read: Callable[[Scope], bool]
) -> Application:
    """``/healthz``: 200 as long as the process answers. ``/readyz``: 503 with the reasons while there are obstacles.

    ``/metrics`` only for whom ``may_read`` lets: figures tell no user, but much of a business.
    """

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        path, method = scope["path"], scope["method"]
        if method not in ("GET", "HEAD"):
            said = Refused("wrong_method", f"{path} takes GET, not {method[:20]}")
            await tell(send, 405, said, ((b"allow", b"GET, HEAD"),))
        elif path == "/healthz":
            await tell(send, 200, {"success": True})
        elif path == "/readyz":
            reasons = list(obstacles())
            await tell(send, 503 if reasons else 200, {"success": not reasons, "reasons": reasons})
        elif not may_read(scope):
            await tell_refusal(send, EventError("unknown_key", "metrics: send the admin key as Bearer token"))
        else:
            body = metrics().encode()
            head = [(b"content-type", KIND), (b"content-length", str(len(body)).encode())]
            await send({"type": "http.response.start", "status": 200, "headers": head})
            await send({"type": "http.response.body", "body": body})

    return app
