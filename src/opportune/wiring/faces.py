"""All that can be reached of a running engine over HTTP, put together behind one port."""

import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from opportune.adapters.sources import health, hooks, items, publications, unsubscribe
from opportune.adapters.sources import importing as imports
from opportune.adapters.sources.choices import Choices, choices_of
from opportune.adapters.sources.health import health_app
from opportune.adapters.sources.hooks import Desk, hooks_app
from opportune.adapters.sources.hooks_trust import Trust
from opportune.adapters.sources.http import Application, Ingest, Scope
from opportune.adapters.sources.http_quick import protocol_with
from opportune.adapters.sources.http_watched import watched
from opportune.adapters.sources.importing import Delivered, Imported, Rejected, import_app
from opportune.adapters.sources.keys import Keys
from opportune.adapters.sources.machines import shipped
from opportune.adapters.sources.noticing import sent_by
from opportune.adapters.sources.peers import Guesses
from opportune.adapters.sources.preferences import preferences_app
from opportune.adapters.sources.publications import publications_app
from opportune.adapters.sources.tracking import TrackingApp
from opportune.adapters.sources.trail import CLICKS, OPENS, Trail
from opportune.adapters.sources.unsubscribe import Links, Subject, unsubscribe_app
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.errors import EventError, Overloaded
from opportune.events.event import Event
from opportune.events.schema import Violations
from opportune.events.wire import Read
from opportune.ports import DeadLetter, Taken, Timer
from opportune.wiring import openapi
from opportune.wiring.access import Access
from opportune.wiring.dispatcher import Dispatcher
from opportune.wiring.embedded import Host
from opportune.wiring.fan_out import FanOut
from opportune.wiring.importing import IntoHost, Stretch
from opportune.wiring.intake import KNOWN_USER
from opportune.wiring.item_face import item_face
from opportune.wiring.metrics import Metrics, Sample
from opportune.wiring.publication_acts import acts_of
from opportune.wiring.publisher import Publisher
from opportune.wiring.routes import routed
from opportune.wiring.settings import Settings


class Parts:
    """What the faces speak for."""

    def __init__(
        self, settings: Settings, store: SqliteStore, host: Host, dispatcher: Dispatcher, clock: Timer
    ) -> None:
        self.settings = settings
        self.store = store
        self.host = host
        self.dispatcher = dispatcher
        self.clock = clock
        self.metrics = Metrics(clock)
        self.violations = Violations()
        self.news: FanOut | None = None
        """What tells of items, if anything does."""
        self.publisher: Publisher | None = None
        host.watchers.append(self.metrics.watch)

    async def accept(self, events: Sequence[Event]) -> object:
        """Makes our own events durable."""
        return await self.host.accept(events, ())

    async def take(self, reads: Sequence[Read], dead: Sequence[DeadLetter]) -> Taken:
        """Makes what came over HTTP durable, and counts what was refused."""
        taken = await self.host.accept(reads, dead)
        for letter in dead:
            self.metrics.count("opportune_dead_letters_total", letter.code)
        for _ in taken.known_users:
            self.metrics.count("opportune_dead_letters_total", KNOWN_USER)
        return taken


class Faces:
    """The application, and what of it has to end before the server can."""

    def __init__(self, parts: Parts, access: Access, *, keys: Keys, links: Links, trail: Trail) -> None:
        settings, host, clock = parts.settings, parts.host, parts.clock
        self._access = access
        self._publisher = parts.publisher
        self._tracking = TrackingApp(trail, sent_by(parts.store), parts.accept, clock=clock, signs=shipped())
        ingest = Ingest(
            watched(parts.take, parts.violations),
            keys=keys,
            now=clock.now,
            limits=settings.limits,
            is_full=lambda: host.is_full,
        )
        trust = Trust(keys, settings.hook_secrets, Guesses(clock.now))
        desk = Desk(accept=parts.take, decision=parts.store.decision, trust=trust, now=clock.now)

        def choices(subject: Subject) -> Choices:
            user = host.shard.heir(subject.user)
            memory = host.shard.memory(user)
            return choices_of(host.shard.playbook_of(memory), memory, subject.channel, clock.now())

        faces: dict[str, Application] = {
            **access.faces,
            unsubscribe.PREFIX: unsubscribe_app(links, parts.accept, now=clock.now),
            unsubscribe.PREFERENCES: preferences_app(links, parts.accept, choices=choices, now=clock.now),
            OPENS: self._tracking,
            CLICKS: self._tracking,
            hooks.PREFIX: hooks_app(desk),
            imports.PATH: _import_face(parts, access),
        }
        if parts.publisher is not None:
            faces |= dict.fromkeys(publications.PATHS, publications_app(acts_of(parts.publisher), access.door))
        if parts.news is not None:
            faces |= dict.fromkeys(items.PATHS, _item_face(parts, parts.news, access))
        healthy = health_app(lambda: obstacles(parts), parts.metrics.text, lambda scope: _is_operator(access, scope))
        faces |= dict.fromkeys(health.PATHS, healthy)
        faces[openapi.PATH] = openapi.openapi_app()
        parts.metrics.gauges.append(lambda: standing(parts, access, self._tracking))

        def answered(status: int) -> None:
            parts.metrics.count("opportune_requests_total", str(status))

        self.app = routed(ingest, faces, answered)
        self.protocol = protocol_with(ingest.told, answered)

    def close(self) -> None:
        """Ends streams and waiting, so that the server can stop."""
        self._tracking.moments.hurry()
        self._access.close()
        if self._publisher is not None:
            self._publisher.close()


def obstacles(parts: Parts) -> list[str]:
    """Why this engine should get no work now, or sends nothing."""
    found = []
    if parts.host.is_stopping:
        found.append("the engine is stopping")
    if parts.host.is_full:
        found.append("more events wait than can be taken")
    if parts.store.held is not None:
        found.append(f"sending is held: {parts.store.held}")
    return found


def standing(parts: Parts, access: Access, tracking: TrackingApp) -> Iterator[Sample]:
    """The figures that are read off."""
    host, path = parts.host, parts.settings.store
    yield "opportune_waiting_events", (), host.waiting
    yield "opportune_users", (), len(host.shard.memories)
    yield "opportune_log_position", (), parts.store.last_seq()
    yield "opportune_dead_letters_dropped_total", (), parts.store.letters.dropped
    yield "opportune_held", (), parts.store.held is not None
    yield "opportune_inbox_connections", (), access.hub.streams
    yield "opportune_lost_clicks", (), tracking.lost
    for channel, lane in sorted(parts.dispatcher.lanes().items()):
        yield "opportune_lane_waiting", (channel,), lane.waiting
        yield "opportune_lane_open", (channel,), lane.breaker != "closed"
    if parts.news is not None:
        yield "opportune_announcements", (), parts.news.waiting
        yield "opportune_item_pairs", (), parts.news.index.pairs
    for file in (path, path.with_name(f"{path.name}-wal")):
        yield "opportune_file_bytes", (file.name,), _bytes_of(file)
    yield "opportune_disk_free_bytes", (), shutil.disk_usage(path.resolve().parent).free
    for offence, count in sorted(parts.violations.counts.items()):
        yield "opportune_schema_violations_total", offence, count


def _bytes_of(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _import_face(parts: Parts, access: Access) -> Application:
    async def take(delivered: Delivered) -> Imported:
        target = IntoHost(parts.host.accept, now=parts.clock.now, is_history=delivered.is_history)
        taken = await target.take(Stretch(delivered.calls, [], delivered.mark, delivered.place))
        return Imported(taken.known, [Rejected(*each) for each in taken.refused], taken.erased)

    def pass_by(scope: Scope) -> None:
        who = access.door.pass_by(scope)
        if scope["method"] == "POST":
            access.door.note(scope, who, "imports events")

    return import_app(take, parts.store.offsets, pass_by)


def _item_face(parts: Parts, news: FanOut, access: Access) -> Application:
    async def refuse(dead: Sequence[DeadLetter]) -> object:
        return await parts.take((), dead)

    news.told = lambda name, count: parts.metrics.count("opportune_item_news_total", name, by=count)
    return item_face(news.catalogue, refuse, access.door, now=parts.clock.now)


def _is_operator(access: Access, scope: Scope) -> bool:
    try:
        access.door.pass_by(scope)
    except (EventError, Overloaded):
        return False
    return True
