"""Pages and links on a real host: what is answered holds, for the next message and for one that is planned."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from urllib.parse import urlencode

import msgspec

from opportune.adapters.sources.choices import Choices, choices_of
from opportune.adapters.sources.http import Application
from opportune.adapters.sources.machines import shipped
from opportune.adapters.sources.noticing import sent_by
from opportune.adapters.sources.preferences import preferences_app
from opportune.adapters.sources.tracking import TrackingApp
from opportune.adapters.sources.trail import Trail
from opportune.adapters.sources.unsubscribe import Links, Subject, unsubscribe_app
from opportune.adapters.stores.memory import MemoryStore
from opportune.events.alias import Alias
from opportune.events.event import Event
from opportune.policies.decision import Ending
from opportune.sending.outbox import Claim
from opportune.sending.receipt import Receipt, event_of
from opportune.units import HOUR, Instant
from opportune.wiring.demo.clock import SimulatedClock
from opportune.wiring.embedded import Host
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import publish, restored
from opportune.wiring.routes import routed
from tests.stories.shop import shop
from tests.unit.adapters.sources.pages_asked import asked

NOON: Instant = 1_780_315_200_000
PING = "journey: ping\nkey: n\nenter: {on: Ping}\nsteps:\n  - send: reminder\n"
SIESTA = 'quiet_hours: {from: "12:00", to: "14:00"}'
FIREFOX = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"}
LINKS, TRAIL = Links("", b"s" * 32), Trail("", b"s" * 32)
ANN = Subject("ann", "email", "cart")


class Town:
    """A host in memory with its pages; nothing passes but what the story asks for."""

    def __init__(self, *policies: str) -> None:
        self.store, self.clock = MemoryStore(), SimulatedClock(NOON)
        self.claims: list[Claim] = []
        publications = Publications(self.store)
        publish(self.store, publications, shop(*policies, journeys=PING), {}, now=NOON)
        start = restored(self.store, publications)
        self.host = Host(self.store, start, clock=self.clock, claimed=self.claims.extend)
        self.tracking = TrackingApp(TRAIL, sent_by(self.store), self.accept, clock=self.clock, signs=shipped())
        self.tracking.moments.hurry()
        faces: dict[str, Application] = {
            "/u/": unsubscribe_app(LINKS, self.accept, now=self.clock.now),
            "/p/": preferences_app(LINKS, self.accept, choices=self.choices, now=self.clock.now),
            "/c/": self.tracking,
        }
        self.app = routed(self.tracking, faces)

    async def accept(self, reads: list[Event]) -> Collection[str]:
        return await self.host.accept(reads, ())

    def choices(self, subject: Subject) -> Choices:
        shard = self.host.shard
        return choices_of(shard.playbook, shard.memory(shard.heir(subject.user)), subject.channel, self.clock.now())

    @asynccontextmanager
    async def open(self) -> AsyncIterator["Town"]:
        work = asyncio.create_task(self.host.run())
        await self.does("Identified", email="ann@example.com")
        yield self
        self.host.stop()
        await work

    async def does(self, name: str, user: str = "ann", **properties: object) -> None:
        now, number = self.clock.now(), len(list(self.store.log()))
        await self.accept([Event(f"e{number}", user, name, now, now, properties=msgspec.json.encode(properties))])

    def endings(self) -> list[Ending]:
        return list(self.store.endings())

    def names(self) -> list[str]:
        return [each.name for each in self.store.log() if isinstance(each, Event)]


def test_a_stop_ends_what_was_planned_before_it_is_answered() -> None:
    async def told() -> None:
        async with Town(SIESTA).open() as town:
            await town.does("Ping", n=1)
            assert (town.endings(), town.claims) == ([], [])
            heard = await asked(town.app, LINKS.url(ANN), method="POST", body=b"List-Unsubscribe=One-Click")
            assert heard.status == 200
            assert [(each.outcome, each.code) for each in town.endings()] == [("not_sent", "no_consent")]
            town.clock.move(NOON + 3 * HOUR)
            await town.does("Ping", n=2)
            assert town.claims == []

    asyncio.run(told())


def test_a_choice_holds_for_the_next_message() -> None:
    async def told() -> None:
        async with Town().open() as town:
            body = urlencode([("shown", "cart"), ("topic", "cart"), ("pace", "1"), ("pause", "none"), ("do", "save")])
            heard = await asked(town.app, LINKS.preferences_url(ANN), method="POST", body=body.encode())
            assert "At most once a week." in heard.text
            await town.does("Ping", n=1)
            await town.does("Ping", n=2)
            assert [each.code for each in town.endings()] == ["pace"]
            assert len(town.claims) == 1

    asyncio.run(told())


def test_a_link_of_an_id_that_was_merged_is_about_the_user_it_belongs_to_now() -> None:
    async def told() -> None:
        async with Town().open() as town:
            now = town.clock.now()
            await town.host.accept([Alias("a1", "ann", "anna", now, now, is_trusted=True)], ())
            await asked(town.app, LINKS.preferences_url(ANN), method="POST", body=b"do=stop_all")
            await town.does("Identified", "anna", email="anna@example.com")
            await town.does("Ping", "anna", n=1)
            assert [each.code for each in town.endings()] == ["no_consent"]

    asyncio.run(told())


def test_a_click_is_written_down_for_the_decision_and_the_user_of_the_mail() -> None:
    async def told() -> None:
        async with Town().open() as town:
            await town.does("Ping", n=1)
            [claim] = town.claims
            decision = claim.attempt.decision
            await town.accept([event_of(claim, Receipt("sent", "accepted"), town.clock.now())])
            town.clock.move(NOON + HOUR)
            heard = await asked(town.app, TRAIL.click(decision, "https://x.example/"), headers=FIREFOX)
            assert (heard.status, heard.headers["location"]) == (302, "https://x.example/")
            [event] = [each for each in town.store.log() if isinstance(each, Event) and each.id.startswith("track-")]
            assert (event.user, event.name) == ("ann", "Email Link Clicked")
            assert town.host.shard.memory("ann").ledger.sent[0].is_noticed

    asyncio.run(told())


def test_when_the_host_has_stopped_a_click_leads_on_and_is_counted_as_lost() -> None:
    async def told() -> None:
        async with Town().open() as town:
            await town.does("Ping", n=1)
        heard = await asked(town.app, TRAIL.click(town.claims[0].attempt.decision, "https://x.example/"))
        assert (heard.status, town.tracking.lost) == (302, 1)
        assert (await asked(town.app, LINKS.url(ANN), method="POST")).status == 503

    asyncio.run(told())
