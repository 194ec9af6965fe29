"""A whole engine on this machine that has something behind each of its paths: users, decisions, an inbox, links."""

import asyncio
import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPResponse
from pathlib import Path
from typing import Any

from opportune.adapters.channels.mime import Sender
from opportune.adapters.sources.trail import USUAL, Trail
from opportune.adapters.sources.unsubscribe import Subject
from opportune.adapters.stores.secret import secret_of
from opportune.playbook.reading import playbook_from
from opportune.wiring.service import Engine, Settings, running

WRITE, ADMIN = "wk_place", "ak_place"
PATIENCE = 60
TEXTS = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always, in_app: always}\n",
    "journeys/cart.yaml": "journey: cart\nkey: cart_id\nenter: {on: Cart Updated}\nsteps:\n  - send: reminder\n",
    "messages/reminder.yaml": "message: reminder\ntopic: cart\nchannels: [email]\n",
    "messages/reminder.liquid": "subject: Your cart\n---\nStill there. {{ unsubscribe_url }}\n",
    "journeys/help.yaml": "journey: help\nenter: {on: Help Searched}\nsteps:\n  - send: note\n",
    "messages/note.yaml": "message: note\ntopic: help\nchannels: [in_app]\n",
    "messages/note.liquid": "subject: Help\n---\nDid it help?\n",
}
CALLS: list[dict[str, object]] = [
    {"type": "identify", "userId": "ann", "traits": {"email": "ann@example.com"}, "messageId": "m1"},
    {"type": "track", "userId": "ann", "event": "Cart Updated", "properties": {"cart_id": "c1"}, "messageId": "m2"},
    {"type": "track", "userId": "ann", "event": "Help Searched", "messageId": "m3"},
    {"type": "alias", "userId": "ann", "previousId": "device-1", "messageId": "m4"},
    {"type": "track", "userId": "undefined", "event": "x", "messageId": "m5"},
]


@dataclass
class Said:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Place:
    """A running engine, and names of what is in it."""

    url: str
    names: dict[str, str] = field(default_factory=dict)
    """By path of the description: the address of something that is there."""
    token: str = ""
    decision: str = ""

    def ask(self, method: str, target: str, body: bytes | None = None, **headers: str) -> Said:
        """What is answered; of a stream only how it begins. Names of headers are written with underlines."""
        host, _, port = self.url.removeprefix("http://").partition(":")
        with closing(HTTPConnection(host, int(port), timeout=PATIENCE)) as connection:
            stated = {name.replace("_", "-"): said for name, said in headers.items()}
            with suppress(BrokenPipeError):  # what is too large is refused before all of it is sent
                connection.request(method, target, body, stated)
            response: HTTPResponse = connection.getresponse()
            named = {name.lower(): said for name, said in response.getheaders()}
            is_stream = "event-stream" in named.get("content-type", "")
            return Said(response.status, named, b"" if is_stream else response.read())

    def admin(self, method: str, target: str, body: bytes | None = None, **headers: str) -> Said:
        return self.ask(method, target, body, authorization=f"Bearer {ADMIN}", **headers)

    def write(self, path: str, call: object, **headers: str) -> Said:
        stated = {"authorization": f"Bearer {WRITE}", "content_type": "application/json"} | headers
        return self.ask("POST", path, json.dumps(call).encode(), **stated)


@contextmanager
def open_place(folder: Path) -> Iterator[Place]:
    """The place while the block runs."""
    loop, stop, engine = asyncio.new_event_loop(), asyncio.Event(), Future[Engine]()
    settings = Settings(
        store=folder / "place.db",
        port=0,
        write_keys=(WRITE,),
        admin_keys=(ADMIN,),
        sender=Sender("shop@example.com", "Fjord & Fern"),
        mail_folder=folder / "mails",
        tracking=USUAL,
    )

    async def live() -> None:
        async with running(settings, playbook_from(TEXTS), TEXTS) as started:
            engine.set_result(started)
            await stop.wait()

    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    living = asyncio.run_coroutine_threadsafe(live(), loop)
    living.add_done_callback(
        lambda done: done.exception() and not engine.done() and engine.set_exception(done.exception())
    )
    try:
        yield _furnished(engine.result(PATIENCE), settings.store)
    finally:
        loop.call_soon_threadsafe(stop.set)
        living.result(PATIENCE)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(PATIENCE)
        loop.close()


def _furnished(engine: Engine, store: Path) -> Place:
    place = Place(engine.url)
    assert place.write("/v1/batch", {"batch": CALLS}).json["accepted"] == 4
    assert place.admin("POST", "/v1/items", b'{"id": "p1", "price": 5}').json["changed"] == 1
    place.token = place.admin("POST", "/v1/user-tokens", b'{"userId": "ann", "seconds": 86400}').json["token"]
    place.decision = _decision(place)
    subject = Subject("ann", "email", "cart")
    click = Trail(engine.url, secret_of(store)).click(place.decision, "https://example.com/cart?a=1")
    links = {
        "/u/{token}": engine.links.url(subject),
        "/p/{token}": engine.links.preferences_url(subject),
        "/c/{token}": click,
        "/o/{token}": click.replace("/c/", "/o/"),
    }
    place.names = {path: url.removeprefix(engine.url) for path, url in links.items()} | {
        "/v1/users/{id}": "/v1/users/ann",
        "/v1/items/{id}": "/v1/items/p1",
        "/v1/users/{id}/timeline": "/v1/users/ann/timeline",
        "/v1/users/{id}/export": "/v1/users/ann/export",
        "/v1/decisions/{id}": f"/v1/decisions/{place.decision}",
        **{
            f"/v1/inbox/{{key}}/{what}": f"/v1/inbox/{_message(place)}/{what}"
            for what in ("shown", "clicked", "dismissed")
        },
    }
    return place


def _decision(place: Place) -> str:
    entries = place.admin("GET", "/v1/users/ann/timeline").json["entries"]
    return str(next(each["id"] for each in entries if each["kind"] == "decision" and each["message"] == "reminder"))


def _message(place: Place) -> str:
    """The key of the message in ann's inbox, as soon as it lies there."""
    for _ in range(1_000):
        stated = {"authorization": f"Bearer {place.token}", "accept": "application/json"}
        found = place.ask("GET", "/v1/inbox", **stated).json["messages"]
        if found:
            return str(found[0]["key"])
    raise AssertionError("no message came into the inbox")
