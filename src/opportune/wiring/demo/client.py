"""What the shop's website does: sends events as any analytics client would, over one kept connection."""

import asyncio
import base64
import http.client
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

import msgspec

from opportune.errors import Unavailable
from opportune.units import Instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Client:
    """Posts to one engine, one request after the other."""

    def __init__(self, url: str, write_key: str) -> None:
        self._connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=30)
        key = base64.b64encode(f"{write_key}:".encode()).decode()
        self._headers = {"Authorization": f"Basic {key}", "Content-Type": "application/json"}

    async def send(self, calls: Sequence[dict[str, object]], now: Instant) -> None:
        """Returns when the engine has made all of them durable; raises Unavailable if it has not."""
        await self._post("/v1/batch", msgspec.json.encode({"batch": calls, "sentAt": text_of(now)}), self._headers)

    async def press(self, link: str) -> None:
        """Presses the button behind a link in a mail."""
        await self._post(urlsplit(link).path, b"", {})

    async def _post(self, path: str, body: bytes, headers: dict[str, str]) -> None:
        status = await asyncio.to_thread(self._answered, path, body, headers)
        if status != 200:
            raise Unavailable(f"POST {path}: the engine answered {status}, not 200")

    def _answered(self, path: str, body: bytes, headers: dict[str, str]) -> int:
        self._connection.request("POST", path, body, headers)
        answer = self._connection.getresponse()
        answer.read()
        return answer.status

    def close(self) -> None:
        """Let go of the connection."""
        self._connection.close()


def text_of(at: Instant) -> str:
    """The instant as clients write it: ``2026-06-01T08:00:00.000Z``."""
    return (_EPOCH + timedelta(milliseconds=at)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
