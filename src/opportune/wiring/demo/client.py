"""What websites, apps, mail programs and providers do: real HTTP to one engine, over a few kept connections."""

import asyncio
import base64
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import msgspec
from msgspec import Struct

from opportune.adapters.signatures import Secrets
from opportune.errors import Unavailable
from opportune.units import Instant

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MOST_CALLS: Final = 2_500
"""In one batch."""
MOST_CONNECTIONS: Final = 8
_Connection = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Answer(Struct, frozen=True):
    """What the engine answered."""

    status: int
    headers: dict[str, str]
    body: bytes


class Client:
    """Asks one engine, as whoever holds these keys."""

    def __init__(self, url: str, *, write_key: str, admin_key: str = "", secrets: Secrets | None = None) -> None:
        """``secrets`` sign what providers tell."""
        place = urlsplit(url)
        self.host, self.port = place.hostname or "", place.port or 80
        self.write_key, self.admin_key, self._secrets = write_key, admin_key, secrets
        self._resting: list[_Connection] = []
        self._turns = asyncio.Semaphore(MOST_CONNECTIONS)

    async def send(self, calls: Sequence[dict[str, object]], now: Instant) -> None:
        """Returns when the engine has made all of them durable; raises Unavailable if it has not."""
        for start in range(0, len(calls), MOST_CALLS):
            body = msgspec.json.encode({"batch": calls[start : start + MOST_CALLS], "sentAt": text_of(now)})
            found = await self.post("/v1/batch", body, {**basic(self.write_key), "Content-Type": "application/json"})
            refused = msgspec.json.decode(found.body).get("rejected")
            if refused:
                raise Unavailable(f"POST /v1/batch: the engine refused {refused[0]}")

    async def token(self, user: str) -> str:
        """A token for this user's inbox, as a backend asks for one."""
        said = msgspec.json.encode({"userId": user, "seconds": 86_400})
        found = await self.post("/v1/user-tokens", said, {"Authorization": f"Bearer {self.admin_key}"})
        return str(msgspec.json.decode(found.body)["token"])

    async def press(self, link: str) -> None:
        """Presses the button behind a link in a mail."""
        await self.post(urlsplit(link).path, b"List-Unsubscribe=One-Click", {})

    async def fetch(self, link: str, agent: str) -> None:
        """Fetches a picture, or follows a link as far as the engine goes."""
        found = await self.asked("GET", urlsplit(link).path, b"", {"User-Agent": agent})
        if found.status not in (200, 302):
            raise Unavailable(f"GET {urlsplit(link).path[:3]}...: the engine answered {found.status}")

    async def tell(self, id: str, body: bytes, now: Instant) -> None:
        """What became of a message, signed by a provider."""
        assert self._secrets is not None
        signed = {name.decode(): value.decode() for name, value in self._secrets.signed(id, body, now)}
        await self.post("/hooks/events", body, {**signed, "Content-Type": "application/json"})

    async def hand_on(self, mail: bytes) -> None:
        """A mail that came back, as a mail server's pipe hands it on."""
        await self.post("/hooks/mail", mail, basic(self.admin_key))

    async def post(self, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """Raises Unavailable unless the answer is 200."""
        found = await self.asked("POST", path, body, headers)
        if found.status != 200:
            raise Unavailable(f"POST {path}: the engine answered {found.status}, not 200: {found.body[:200]!r}")
        return found

    async def asked(self, method: str, path: str, body: bytes, headers: Mapping[str, str]) -> Answer:
        """One exchange; on a connection that the engine has meanwhile closed it is begun anew."""
        lines = [f"{method} {path} HTTP/1.1", f"Host: {self.host}:{self.port}", f"Content-Length: {len(body)}"]
        lines += [f"{name}: {value}" for name, value in headers.items()]
        request = "\r\n".join([*lines, "", ""]).encode() + body
        async with self._turns:
            while self._resting:
                try:
                    return await self._exchanged(self._resting.pop(), request)
                except (ConnectionError, asyncio.IncompleteReadError):
                    continue
            return await self._exchanged(await asyncio.open_connection(self.host, self.port), request)

    async def _exchanged(self, connection: _Connection, request: bytes) -> Answer:
        reader, writer = connection
        try:
            writer.write(request)
            found = await read_answer(reader)
        except BaseException:
            writer.close()
            raise
        self._resting.append(connection)
        return found

    def close(self) -> None:
        """Let go of the connections."""
        for _, writer in self._resting:
            writer.close()
        self._resting.clear()


async def read_answer(reader: asyncio.StreamReader) -> Answer:
    """One answer with a stated length."""
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in head[1:] if line)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Answer(int(head[0].split(" ")[1]), headers, body)


def basic(key: str) -> dict[str, str]:
    """The header of a caller who holds this key."""
    return {"Authorization": "Basic " + base64.b64encode(f"{key}:".encode()).decode()}


def text_of(at: Instant) -> str:
    """The instant as clients write it: ``2026-06-01T08:00:00.000Z``."""
    return (_EPOCH + timedelta(milliseconds=at)).isoformat(timespec="milliseconds").replace("+00:00", "Z")
