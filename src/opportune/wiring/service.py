"""The whole engine in one process: store, host, dispatcher and HTTP, put together and taken down in order."""

import asyncio
import os
import secrets
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import uvicorn

from opportune.adapters.channels.email import SmtpEmail
from opportune.adapters.channels.folder import FolderEmail
from opportune.adapters.channels.inbox import Inbox
from opportune.adapters.channels.mime import Sender
from opportune.adapters.channels.smtp import SmtpServer
from opportune.adapters.clock import SystemClock
from opportune.adapters.sources.http import Application, Scope, ingest_app
from opportune.adapters.sources.http_answer import Send
from opportune.adapters.sources.http_body import Receive
from opportune.adapters.sources.keys import Keys
from opportune.adapters.sources.unsubscribe import PREFIX, Links, Subject, unsubscribe_app
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.errors import Unavailable
from opportune.messages.template import Rendered
from opportune.playbook.definition import Playbook
from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Policy
from opportune.ports import Channel, Delivery, Timer
from opportune.sending.attempt import Attempt
from opportune.wiring.dispatcher import Dispatcher
from opportune.wiring.embedded import MOST_WAITING, Host
from opportune.wiring.lane import Lane
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import publish, restored


@dataclass(frozen=True, kw_only=True)
class Settings:
    """What an operator decides about one engine."""

    store: Path
    host: str = "127.0.0.1"
    port: int = 8080
    """0: any that is free."""
    write_keys: tuple[str, ...]
    sender: Sender
    smtp: SmtpServer | None = None
    mail_folder: Path | None = None
    """Where mail is written if there is no SMTP server."""
    public_url: str = ""
    """What unsubscribe links begin with; empty: the address that is listened on."""
    most_waiting: int = MOST_WAITING
    """Events that may wait to be decided before clients are told to come again."""


class Engine:
    """A running engine: its host, and where it listens."""

    def __init__(self, host: Host, dispatcher: Dispatcher, publications: Publications, *, url: str) -> None:
        self.host = host
        self.dispatcher = dispatcher
        self.publications = publications
        self.url = url


@asynccontextmanager
async def running(
    settings: Settings,
    playbook: Playbook,
    files: Mapping[str, str],
    *,
    clock: Timer | None = None,
    policies: Mapping[str, type[Policy]] = SHIPPED,
) -> AsyncIterator[Engine]:
    """The engine while the block runs; afterwards everything taken is durable and every call begun has ended.

    Raises Unavailable if the store, the port or, while running, the disk cannot be used.
    """
    timer = clock or SystemClock()
    store = SqliteStore(settings.store)
    try:
        async with asyncio.TaskGroup() as group:
            publications = Publications(store, policies=policies)
            engine, server = await _started(settings, store, publications, (playbook, files), clock=timer)
            for work in (engine.host.run(), engine.dispatcher.run(), server.serve(sockets=[server.listener])):
                group.create_task(work)
            try:
                yield engine
            finally:
                server.should_exit = True
                await engine.dispatcher.stop()
                engine.host.stop()
    finally:
        store.close()


async def _started(
    settings: Settings,
    store: SqliteStore,
    publications: Publications,
    published: tuple[Playbook, Mapping[str, str]],
    *,
    clock: Timer,
) -> tuple[Engine, "Server"]:
    """Everything made and recovered; nothing runs yet."""
    if store.last_seq() == 0:
        publish(store, publications, *published, now=clock.now())
    start = restored(store, publications)
    if start.shard.playbook.hash != published[0].hash:
        publish(store, publications, *published, now=max(clock.now(), start.clock))
        start = restored(store, publications)
    listener = _listener(settings)
    url = f"http://{settings.host}:{listener.getsockname()[1]}"
    links = Links(settings.public_url or url, _secret(settings.store))

    def render(attempt: Attempt) -> Rendered:
        link = links.url(Subject(attempt.user, attempt.channel, attempt.topic))
        return publications.rendered(attempt, unsubscribe_url=link)

    host = Host(
        store,
        start,
        clock=clock,
        claimed=lambda found: dispatcher.take(found),
        most_waiting=settings.most_waiting,
    )
    dispatcher = Dispatcher(store, lanes(settings, store, links), render=render, report=host.report, clock=clock)
    await dispatcher.recover()
    app = _app(settings, host, links, clock)
    server = Server(uvicorn.Config(app, log_config=None, lifespan="off", access_log=False), listener)
    return Engine(host, dispatcher, publications, url=url), server


class Server(uvicorn.Server):
    """Uvicorn on a listener that is open already; it leaves signals to whoever runs the engine."""

    def __init__(self, config: uvicorn.Config, listener: socket.socket) -> None:
        super().__init__(config)
        self.listener = listener

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing is captured."""
        yield


def lanes(settings: Settings, store: SqliteStore, links: Links) -> dict[str, Lane]:
    """The channels that this operator has set up."""

    def unsubscribe(delivery: Delivery) -> str | None:
        return links.url(Subject(delivery.user, "email", delivery.topic)) if delivery.topic else None

    found: dict[str, Channel] = {"in_app": Inbox(store)}
    if settings.smtp is not None:
        found["email"] = SmtpEmail(settings.smtp, settings.sender, unsubscribe=unsubscribe)
    elif settings.mail_folder is not None:
        found["email"] = FolderEmail(settings.mail_folder, settings.sender, unsubscribe=unsubscribe)
    return {name: Lane(channel) for name, channel in found.items()}


def _app(settings: Settings, host: Host, links: Links, clock: Timer) -> Application:
    """Events under /v1, and the pages behind the links in mails."""
    ingest = ingest_app(host.accept, keys=Keys.of_texts(write=settings.write_keys), now=clock.now)
    pages = unsubscribe_app(links, lambda events: host.accept(events, ()), now=clock.now)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            await (pages if scope["path"].startswith(PREFIX) else ingest)(scope, receive, send)

    return app


def _listener(settings: Settings) -> socket.socket:
    try:
        listener = socket.create_server((settings.host, settings.port), backlog=2_048)
    except OSError as refusal:
        place = f"{settings.host}:{settings.port}"
        raise Unavailable(f"{place}: {refusal.strerror}; choose another --port, or 0 for any") from refusal
    # Connections inherit it; asyncio would not set it on them, and each answer would wait 40 ms for the client's ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _secret(store: Path) -> bytes:
    """The secret that links are signed with, made once and kept beside the store."""
    path = store.with_name(f"{store.name}.secret")
    if not path.exists():
        hidden = path.with_name(f".{path.name}")
        with open(hidden, "wb", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            file.write(secrets.token_bytes(32))
            file.flush()
            os.fsync(file.fileno())
        hidden.replace(path)  # whole or not at all: nobody may guess an empty one
    return path.read_bytes()
