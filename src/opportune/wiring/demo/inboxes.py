"""The shop's app: shows what is in a user's inbox, as a list when a page is opened, or as a stream that stays open."""

import asyncio
from collections.abc import Callable, Iterable

import msgspec
from msgspec import Struct

from opportune.ports import InboxItem
from opportune.units import DAY, Instant
from opportune.wiring.demo.client import Client


class Item(Struct, frozen=True, rename="camel"):
    """One message as the engine tells it."""

    key: str
    subject: str
    shown_at: Instant | None = None


class _List(Struct, frozen=True):
    messages: list[Item]


class Inboxes:
    """Everybody's, each with a token of its own."""

    def __init__(self, client: Client, now: Callable[[], Instant]) -> None:
        self.streams: dict[str, Stream] = {}
        self._client = client
        self._now = now
        self._tokens: dict[str, tuple[str, Instant]] = {}

    async def look(self, user: str) -> list[str]:
        """Shows what is there; the keys of what had not been shown before."""
        headers = {"Authorization": f"Bearer {await self._token(user)}", "Accept": "application/json"}
        found = await self._client.asked("GET", "/v1/inbox", b"", headers)
        new = [each.key for each in msgspec.json.decode(found.body, type=_List).messages if each.shown_at is None]
        for key in new:
            await self.say(user, key, "shown")
        return new

    async def listen(self, user: str) -> None:
        """Holds a stream open until ``hang_up``."""
        if user not in self.streams:
            self.streams[user] = stream = Stream()
            await stream.open(self._client, await self._token(user))

    def hang_up(self, user: str) -> None:
        """Whoever has left hears nothing more."""
        stream = self.streams.pop(user, None)
        if stream is not None:
            stream.close()

    async def show_news(self) -> list[tuple[str, str]]:
        """Shows what has come over the streams; user and key of each."""
        new = [(user, key) for user, stream in self.streams.items() for key in stream.news()]
        for user, key in new:
            await self.say(user, key, "shown")
        return new

    def has_heard(self, shelf: Callable[[str], Iterable[InboxItem]]) -> bool:
        """Whether the streams that stand have brought all that is on the shelf."""
        standing = [(user, stream) for user, stream in self.streams.items() if not stream.is_over]
        return all(item.key in stream.heard for user, stream in standing for item in shelf(user))

    async def say(self, user: str, key: str, what: str) -> None:
        """Says what became of a message: ``shown`` or ``clicked``."""
        token = {"Authorization": f"Bearer {await self._token(user)}"}
        await self._client.post(f"/v1/inbox/{key}/{what}", b"", token)

    def close(self) -> None:
        """Ends all streams."""
        for user in list(self.streams):
            self.hang_up(user)

    async def _token(self, user: str) -> str:
        token, until = self._tokens.get(user, ("", 0))
        if until <= self._now():
            token = await self._client.token(user)
            self._tokens[user] = token, self._now() + DAY // 2
        return token


class Stream:
    """One open stream of server-sent events."""

    def __init__(self) -> None:
        self.heard: dict[str, Item] = {}
        """All messages it has brought, by key."""
        self._told = 0
        self._writer: asyncio.StreamWriter | None = None
        self._reading: asyncio.Task[None] | None = None

    async def open(self, client: Client, token: str) -> None:
        """Returns once the engine has answered that the stream stands."""
        reader, self._writer = await asyncio.open_connection(client.host, client.port)
        head = f"GET /v1/inbox?token={token} HTTP/1.1\r\nHost: {client.host}:{client.port}\r\n\r\n"
        self._writer.write(head.encode())
        await reader.readuntil(b"\r\n\r\n")
        self._reading = asyncio.create_task(self._read(reader))

    @property
    def is_over(self) -> bool:
        """Whether the engine has ended it."""
        return self._reading is not None and self._reading.done()

    def news(self) -> list[str]:
        """The keys that came since the last time."""
        new = [key for key, item in list(self.heard.items())[self._told :] if item.shown_at is None]
        self._told = len(self.heard)
        return new

    def close(self) -> None:
        """Hangs up."""
        if self._reading is not None:
            self._reading.cancel()
        if self._writer is not None:
            self._writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        event = ""
        while line := await reader.readline():
            field, _, value = line.decode().strip().partition(": ")
            if field == "event":
                event = value
            elif field == "data" and event == "message":
                item = msgspec.json.decode(value, type=Item)
                self.heard.setdefault(item.key, item)
