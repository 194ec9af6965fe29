"""The whole engine in one process: store, host, dispatcher and HTTP, put together and taken down in order."""

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from typing import Final

import uvicorn

from opportune.adapters.clock import SystemClock
from opportune.adapters.sources.inbox_hub import Hub
from opportune.adapters.sources.keys import Keys
from opportune.adapters.sources.trail import Trail
from opportune.adapters.sources.unsubscribe import Links
from opportune.adapters.stores.key_table import KeyTable
from opportune.adapters.stores.secret import secret_of
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.errors import Unavailable
from opportune.events.schema import Violations
from opportune.playbook.definition import Playbook
from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Policy
from opportune.ports import Timer
from opportune.wiring.access import Access, Setup, access_to
from opportune.wiring.catalogue import Catalogue
from opportune.wiring.channels import inbox_of, lanes_of, words_of
from opportune.wiring.complaint_watch import watch_over
from opportune.wiring.dispatcher import Dispatcher
from opportune.wiring.embedded import Host, Terms
from opportune.wiring.faces import Faces, Parts
from opportune.wiring.fan_out import FanOut
from opportune.wiring.publications import Publications
from opportune.wiring.publisher import Publisher
from opportune.wiring.restoring import Restored
from opportune.wiring.retention import Retention
from opportune.wiring.settings import Settings as Settings
from opportune.wiring.starting import Ways, in_force, put_together

LONGEST_FAREWELL: Final = 10
"""Seconds that requests under way get to end when the engine stops."""
_log: Final = logging.getLogger("opportune.engine")


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A running engine: its host, and where it listens."""

    host: Host
    dispatcher: Dispatcher
    publications: Publications
    store: SqliteStore
    links: Links
    access: Access
    publisher: Publisher
    fan_out: FanOut
    url: str


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
    keys = KeyTable(settings.store)
    try:
        async with asyncio.TaskGroup() as group:
            publications = Publications(store, policies=policies)
            start = await in_force(store, publications, playbook, files, now=timer.now())
            engine, server, faces = await _started(settings, (store, keys), publications, start, clock=timer)
            serving = server.serve(sockets=[server.listener])
            works = (engine.host.run(), engine.dispatcher.run(), engine.access.run(), engine.fan_out.run(), serving)
            for work in works:
                group.create_task(work)
            _log.info("playbook %s is in force, the log is at %d", start.shard.playbook.hash, store.last_seq())
            try:
                yield engine
            finally:
                server.should_exit = True
                faces.close()
                engine.fan_out.stop()
                await engine.dispatcher.stop()
                engine.host.stop()
    finally:
        keys.close()
        store.close()


async def _started(
    settings: Settings,
    kept: tuple[SqliteStore, KeyTable],
    publications: Publications,
    start: Restored,
    *,
    clock: Timer,
) -> tuple[Engine, "Server", Faces]:
    """Everything made and recovered; nothing runs yet."""
    store, table = kept
    listener = _listener(settings)
    url = f"http://{settings.host}:{listener.getsockname()[1]}"
    secret = secret_of(settings.store)
    links = Links(settings.public_url or url, secret)
    trail = Trail(settings.public_url or url, secret, settings.tracking)
    keys = Keys.of_texts(settings.write_keys, settings.admin_keys, stored=table.known, now=clock.now)
    hub = Hub()
    lanes = lanes_of(settings, store, links=links, inbox=inbox_of(store, start.shard, hub), clock=clock)
    terms = Terms(settings.most_waiting, _retention(store, settings), settings.joins_known)
    ways = Ways(lanes, words_of(publications, links, trail))
    host, dispatcher = await put_together(store, start, ways, clock=clock, terms=terms)
    setup = Setup(path=settings.store, keys=keys, public_url=settings.public_url, policies=publications.policies)
    access = access_to(host, setup, hub=hub, clock=clock)
    parts = Parts(settings, store, host, dispatcher, clock)
    parts.violations = Violations(publications.playbook(start.shard.playbook.hash).schemas)
    publisher = parts.publisher = Publisher(host, publications, settings.store, channels=dispatcher.lanes)
    publisher.watchers.append(lambda playbook: parts.violations.declare(playbook.schemas))
    catalogue = Catalogue(store, now=clock.now)
    fan_out = FanOut(host, catalogue, items=lambda: publications.items_of(host.shard.playbook), clock=clock)
    parts.news = fan_out
    watch = watch_over(host, publications, clock)
    watch.pause = lambda breaches: publisher.pause_soon(each.journey for each in breaches)
    parts.metrics.gauges.append(lambda: watch.samples(clock.now()))
    faces = Faces(parts, access, keys=keys, links=links, trail=trail)
    engine = Engine(
        host=host,
        dispatcher=dispatcher,
        publications=publications,
        store=store,
        links=links,
        access=access,
        publisher=publisher,
        fan_out=fan_out,
        url=url,
    )
    return engine, Server(_served(faces), listener), faces


def _served(faces: Faces) -> uvicorn.Config:
    return uvicorn.Config(
        faces.app,
        http=faces.protocol,
        log_config=None,
        lifespan="off",
        ws="none",
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=LONGEST_FAREWELL,
    )


def _retention(store: SqliteStore, settings: Settings) -> Retention | None:
    if settings.keep is None:
        return None
    return Retention(store, settings.store, keep=settings.keep, to=settings.keep_to)


class Server(uvicorn.Server):
    """Uvicorn on a listener that is open already; it leaves signals to whoever runs the engine."""

    def __init__(self, config: uvicorn.Config, listener: socket.socket) -> None:
        super().__init__(config)
        self.listener = listener

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Nothing is captured."""
        yield


def _listener(settings: Settings) -> socket.socket:
    try:
        listener = socket.create_server((settings.host, settings.port), backlog=2_048)
    except OSError as refusal:
        place = f"{settings.host}:{settings.port}"
        raise Unavailable(f"{place}: {refusal.strerror}; choose another --port, or 0 for any") from refusal
    # Connections inherit it; asyncio would not set it on them, and each answer would wait 40 ms for the client's ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener
