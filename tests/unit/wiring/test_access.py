"""Inboxes and the admin API over a running engine: real file, real sockets, real clock."""

import asyncio
import json
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
from opportune.events.alias import Alias
from opportune.events.event import Event
from opportune.ports import DeadLetter
from opportune.wiring.access import Access, Setup, access_to
from opportune.wiring.dispatcher import Dispatcher
from opportune.wiring.embedded import Host
from opportune.wiring.lane import Lane
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import publish, restored
from opportune.wiring.routes import routed
from opportune.wiring.service import Server, _listener
from tests.stories.shop import shop
from tests.unit.adapters.sources.faces import Got, asked, lived

GREETING = """
journey: greeting
enter: {on: Opened}
exit: {on: Closed}
reentry: always
steps:
  - send: hello
"""
PLAYBOOK = shop(journeys=GREETING, messages={"hello": "channels: [in_app]\nuseful_for: 1 hour"})


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
        await self.host.accept([Event(id, user, name, now, now)], ())

    async def ask(self, method: str, url: str, body: bytes = b"") -> Got:
        return await asked(self.app, method, url, headers={"authorization": "Bearer adm"}, body=body)

    async def token(self, user: str) -> str:
        said = (await self.ask("POST", "/v1/user-tokens", json.dumps({"userId": user}).encode())).said
        return str(said["token"])


@asynccontextmanager
async def town(path: Path) -> AsyncIterator[Town]:
    store, clock, hub = SqliteStore(path), SystemClock(), Hub()
    publications = Publications(store)
    publish(store, publications, PLAYBOOK, {}, now=clock.now())
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
    listener = _listener_at_any_port()
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


def _listener_at_any_port() -> Any:
    from opportune.adapters.channels.mime import Sender
    from opportune.wiring.service import Settings

    return _listener(Settings(store=Path("none"), port=0, write_keys=("w",), sender=Sender("a@b.example")))


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


def test_a_message_reaches_an_open_page_and_what_is_said_of_it_reaches_the_log(tmp_path: Path) -> None:
    @lived
    async def story() -> None:
        async with town(tmp_path / "store.db") as at:
            token = await at.token("ann")
            page = await at.page("ann")
            await at.does("ann", "Opened", "e1")
            name, told = await page.next()
            assert name == "message"
            assert told["text"].startswith("The words of hello.")
            assert told["expiresAt"] - told["at"] == 3_600_000
            for _ in range(2):
                got = await asked(at.app, "POST", f"/v1/inbox/{told['key']}/clicked?token={token}")
                assert got.status == 200
            names = [entry.name for entry in at.host.store.log() if isinstance(entry, Event)]
            assert [name for name in names if name.startswith("In-App")] == ["In-App Shown", "In-App Clicked"]
            assert (await asked(at.app, "POST", f"/v1/inbox/{told['key']}/dismissed?token={token}")).status == 200
            assert await page.next() == ("gone", {"key": told["key"]})

    story()


def test_an_engine_stops_while_pages_are_open(tmp_path: Path) -> None:
    @lived
    async def story() -> None:
        async with asyncio.timeout(30):
            async with town(tmp_path / "store.db") as at:
                pages = [await at.page(f"user{count}") for count in range(5)]
                assert at.access.hub.streams == 5
            assert [page.left[-5:] for page in pages] == [b"0\r\n\r\n"] * 5

    story()


def test_a_page_of_an_anonymous_user_shows_the_inbox_of_whom_it_turned_out_to_be(tmp_path: Path) -> None:
    @lived
    async def story() -> None:
        async with town(tmp_path / "store.db") as at:
            page = await at.page("visitor")
            await at.does("visitor", "Opened", "e1")
            _, first = await page.next()
            now = SystemClock().now()
            await at.host.accept([Alias("a1", "visitor", "ann", now, now)], ())
            await at.does("ann", "Closed", "e2")
            await at.does("ann", "Opened", "e3")
            name, second = await page.next()
            assert (name, second["key"] != first["key"]) == ("message", True)
            assert sorted(item.key for item in at.host.store.inbox("ann")) == sorted([first["key"], second["key"]])

    story()


def test_an_id_that_changed_hands_shows_nobodys_inbox(tmp_path: Path) -> None:
    @lived
    async def story() -> None:
        async with town(tmp_path / "store.db") as at:
            page = await at.page("visitor")
            await at.does("visitor", "Opened", "e1")
            _, told = await page.next()
            now = SystemClock().now()
            await at.host.accept([Alias("a1", "visitor", "ann", now, now)], ())
            await at.host.accept([Alias("a2", "visitor", "bob", now, now)], ())
            assert await page.next() == ("gone", {"key": told["key"]})
            url = f"/v1/inbox/{told['key']}/shown?token={await at.token('visitor')}"
            assert (await asked(at.app, "POST", url)).status == 404
            url = f"/v1/inbox/{told['key']}/shown?token={await at.token('ann')}"
            assert (await asked(at.app, "POST", url)).status == 200

    story()


def test_an_operator_sees_a_user_why_and_when_and_forgets_it_for_good(tmp_path: Path) -> None:
    @lived
    async def story() -> None:
        async with town(tmp_path / "store.db") as at:
            page = await at.page("ann")
            await at.does("ann", "Opened", "e1")
            await page.next()
            user = (await at.ask("GET", "/v1/users/ann")).said
            assert (user["id"], user["isKnownAs"], user["zones"]) == ("ann", "ann", ["UTC"])
            told = (await at.ask("GET", "/v1/users/ann/timeline")).said
            kinds = [entry["kind"] for entry in told["entries"]]
            assert {"event", "decision"} <= set(kinds) and told["before"] is None
            (decision,) = [entry for entry in told["entries"] if entry["kind"] == "decision"]
            found = (await at.ask("GET", f"/v1/decisions/{decision['id']}")).said
            assert (found["message"], found["decision"]["chosen"]["channel"]) == ("hello", "in_app")
            why = (await at.ask("GET", "/v1/why?user=ann&message=hello")).said
            assert why["decisions"][0]["decision"]["id"] == decision["id"]
            assert (await at.ask("DELETE", "/v1/users/ann")).status == 200
            assert (await page.next())[0] == "gone"
            for url in ("users/ann", "users/ann/timeline", f"decisions/{decision['id']}"):
                assert (await at.ask("GET", f"/v1/{url}")).status == 404
            assert (await at.ask("DELETE", "/v1/users/ann")).status == 200

    story()


def test_a_timeline_comes_in_pages_that_hold_everything_once(tmp_path: Path) -> None:
    @lived
    async def story() -> None:
        async with town(tmp_path / "store.db") as at:
            for count in range(10):
                await at.does("ann", "Looked", f"e{count}")
            seen: list[str] = []
            before = ""
            for _ in range(10):
                page = (await at.ask("GET", f"/v1/users/ann/timeline?limit=3{before}")).said
                seen += [entry["id"] for entry in page["entries"]]
                if page["before"] is None:
                    break
                before = f"&before={page['before']}"
            assert seen == [f"e{count}" for count in reversed(range(10))]

    story()


def test_dead_letters_are_shown_and_sent_in_again_once(tmp_path: Path) -> None:
    @lived
    async def story() -> None:
        async with town(tmp_path / "store.db") as at:
            good = b'{"userId":"ann","event":"Opened","messageId":"m1"}'
            now = SystemClock().now()
            letters = [DeadLetter(now, "bad_name", "name", good, "track"), DeadLetter(2, "late", "late", b"7")]
            await at.host.accept((), letters)
            said = (await at.ask("GET", "/v1/dead-letters?limit=10")).said["letters"]
            assert [letter["code"] for letter in said] == ["late", "bad_name"]
            assert said[1]["body"] == good.decode()
            for taken in (1, 0):
                got = await at.ask("POST", "/v1/dead-letters/redrive")
                assert got.said == {"taken": taken, "refused": 1, "after": None}
            assert [entry.id for entry in at.host.store.log() if isinstance(entry, Event) and entry.id == "m1"] == [
                "m1"
            ]

    story()
