"""Text to a client that may not read it, and may hang up meanwhile."""

import asyncio
from collections.abc import Awaitable

from opportune.adapters.sources.http_answer import Send
from opportune.adapters.sources.http_body import Receive


async def sent(text: str, send: Send, hung_up: "asyncio.Future[None]", end: Awaitable[None]) -> None:
    """Returns when the client lets it go out, or hangs up; raises TimeoutError if ``end`` comes first."""
    told, over = asyncio.ensure_future(_body(text, send)), asyncio.ensure_future(end)
    try:
        await asyncio.wait({told, over, hung_up}, return_when=asyncio.FIRST_COMPLETED)
        if told.done():
            told.result()
        elif not hung_up.done():
            raise TimeoutError
    finally:
        told.cancel()
        over.cancel()


async def _body(text: str, send: Send) -> None:
    await send({"type": "http.response.body", "body": text.encode(), "more_body": True})


async def hung_up_by(receive: Receive) -> None:
    """Returns when the client has hung up."""
    while (await receive())["type"] != "http.disconnect":
        pass
