"""A running engine as the place where an import goes: over HTTP, with the admin key."""

import asyncio
import http.client
from typing import Final
from urllib.parse import urlsplit

import msgspec

from opportune.adapters.sources.importing import Imported, Marks
from opportune.adapters.sources.items import Fed
from opportune.errors import Unavailable
from opportune.wiring.importing import MARK, Stretch, Taken

PATIENCE: Final = 60
MOST_TRIES: Final = 20
_marks: Final = msgspec.json.Decoder(Marks)
_fed: Final = msgspec.json.Decoder(Fed)
_imported: Final = msgspec.json.Decoder(Imported)


class IntoEngine:
    """Hands stretches, or items, to the engine at this address, one after the other; waits where it is busy."""

    def __init__(self, url: str, key: str, *, is_history: bool) -> None:
        self._url = urlsplit(url)
        self._key = key
        self._is_history = is_history

    async def known(self) -> frozenset[str]:
        """The marks of earlier imports."""
        return frozenset(_marks.decode(await self._asked("GET", f"/v1/import?marks={MARK}", b"")).marks)

    async def take(self, stretch: Stretch) -> Taken:
        """Returns once the engine says that all of it is durable."""
        place = f"mark={stretch.mark}&place={stretch.place}&history={int(self._is_history)}"
        found = _imported.decode(await self._asked("POST", f"/v1/import?{place}", b"\n".join(stretch.calls)))
        return Taken(found.known, [(each.index, each.code, each.message) for each in found.rejected], found.erased)

    async def feed(self, items: list[bytes], *, is_history: bool) -> Fed:
        """Returns once the engine says that its catalogue holds them."""
        path = f"/v1/items?history={int(is_history)}"
        return _fed.decode(await self._asked("POST", path, b"\n".join(items)))

    async def _asked(self, method: str, path: str, body: bytes) -> bytes:
        for _ in range(MOST_TRIES):
            status, wait, answer = await asyncio.to_thread(self._ask, method, path, body)
            if status == 200:
                return answer
            if status not in (429, 503):
                raise Unavailable(f"the engine answered {status}: {answer[:200].decode('utf-8', 'replace')}")
            await asyncio.sleep(wait)
        raise Unavailable("the engine is too busy for an import; try again later, it goes on where it stopped")

    def _ask(self, method: str, path: str, body: bytes) -> tuple[int, float, bytes]:
        kind = http.client.HTTPSConnection if self._url.scheme == "https" else http.client.HTTPConnection
        connection = kind(self._url.hostname or "", self._url.port, timeout=PATIENCE)
        headers = {"Authorization": f"Bearer {self._key}"} if self._key else {}
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            wait = answer.headers.get("Retry-After", "1")
            return answer.status, float(wait) if wait.isdecimal() else 1.0, answer.read()
        except (OSError, http.client.HTTPException) as fault:
            raise Unavailable(f"{self._url.geturl()}: {fault}; is the engine running there?") from None
        finally:
            connection.close()
