"""A running engine with inboxes and an admin API: real file, real sockets, real clock."""

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn

from opportune.adapters.channels.inbox import Inbox
from opportune.adapters.clock import SystemClock
from opportune.adapters.sources.inbox_hub import Hub
from opportune.adapters.sources.keys import Keys
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event
from opportune.playbook.reading import playbook_from
from opportune.wiring.access import Access, Setup, access_to
from opportune.wiring.dispatcher import Dispatcher
from opportune.wiring.embedded import Host
from opportune.wiring.lane import Lane
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import publish, restored
from opportune.wiring.routes import routed
from opportune.wiring.service import Server
from tests.unit.adapters.sources.faces import Got, asked

GREETING = """
journey: greeting
enter: {on: Opened}
exit: {on: Closed}
reentry: always
steps:
  - send: hello
"""
TEXTS = {
    "opportune.yaml": "zone: UTC\nconsent: {in_app: always}\n",
    "journeys/greeting.yaml": GREETING,
    "messages/hello.yaml": "message: hello\ntopic: cart\nchannels: [in_app]\nuseful_for: 1 hour\n",
    "messages/hello.liquid": "subject: hello\n---\nThe words of hello. {{ unsubscribe_url }}\n",
}
PLAYBOOK = playbook_from(TEXTS)


@dataclass
class Town:
    """A running engine with inboxes and an admin API."""

    host: Host
    access: Access
    port: int
    app: Any
    pages: "list[Stream]" = field(default_factory=list)

    async def page(self, user: str) -> "Stream":
        """A page that this user has opened, until the engine stops."""
        self.pages.append(await Stream.open(self.port, await self.token(user)))
        return self.pages[-1]

    async def does(self, user: str, name: str, id: str) -> None:
        now = SystemClock().now()
        await self.host.accept([Event(id, user, name, now, now, is_anonymous=user == "visitor")], ())

    async def ask(self, method: str, url: str, body: bytes = b"") -> Got:
        return await asked(self.app, method, url, headers={"authorization": "Bearer adm"}, body=body)

    async def token(self, user: str) -> str:
        said = (await self.ask("POST", "/v1/user-tokens", json.dumps({"userId": user}).encode())).said
        return str(said["token"])


@asynccontextmanager
async def town(path: Path) -> AsyncIterator[Town]:
    store, clock, hub = SqliteStore(path), SystemClock(), Hub()
    publications = Publications(store)
    publish(store, publications, PLAYBOOK, TEXTS, now=clock.now())
    host = Host(store, restored(store, publications), clock=clock, claimed=lambda found: dispatcher.take(found))
    inbox = Inbox(store, changed=hub.changed, heir=host.shard.heir)
    dispatcher = Dispatcher(
        store,
        {"in_app": Lane(inbox)},
        render=lambda attempt: publications.rendered(attempt, unsubscribe_url="https://x"),
        report=host.report,
        clock=clock,
    )
    access = access_to(host, Setup(path=path, keys=Keys.of_texts(admin=["adm"])), hub=hub, clock=clock)
    listener = socket.create_server(("127.0.0.1", 0))
    app = routed(nothing, access.faces)
    server = Server(uvicorn.Config(app, log_config=None, lifespan="off", access_log=False), listener)
    async with asyncio.TaskGroup() as group:
        for work in (host.run(), dispatcher.run(), access.run(), server.serve(sockets=[listener])):
            group.create_task(work)
        at = Town(host, access, listener.getsockname()[1], app)
        try:
            yield at
        finally:
            server.should_exit = True
            access.close()
            await dispatcher.stop()
            host.stop()
    for page in at.pages:
        await page.close()
    store.close()


async def nothing(scope: Any, receive: Any, send: Any) -> None:
    raise AssertionError("no event is sent by HTTP here")


class Stream:
    """An open stream of events on a real socket."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self.left = b""

    @classmethod
    async def open(cls, port: int, token: str) -> "Stream":
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(f"GET /v1/inbox?token={token} HTTP/1.1\r\nhost: localhost\r\n\r\n".encode())
        assert b" 200 " in await reader.readline()
        return cls(reader, writer)

    async def next(self) -> tuple[str, Any]:
        """The next event: its name and data."""
        name = ""
        async with asyncio.timeout(20):
            while True:
                line = (await self._reader.readline()).decode().strip()
                if line.startswith("event: "):
                    name = line.removeprefix("event: ")
                elif line.startswith("data: "):
                    return name, json.loads(line.removeprefix("data: "))

    async def close(self) -> None:
        """What was left to read, once the engine has closed the connection."""
        async with asyncio.timeout(20):
            self.left = await self._reader.read()
        self._writer.close()
        await self._writer.wait_closed()
