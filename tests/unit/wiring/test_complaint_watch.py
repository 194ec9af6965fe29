"""Who complains is counted for the message that it is about, once; who has too many is paused, on the real host."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Coroutine, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import wraps
from pathlib import Path
from typing import ParamSpec

import pytest

from opportune.adapters.stores.memory import MemoryStore
from opportune.events import names
from opportune.events.event import Event
from opportune.ports import Batch
from opportune.sending.outbox import Claim
from opportune.sending.receipt import Answer, Receipt, event_of
from opportune.sending.tally import Tallied, Tally
from opportune.units import DAY, HOUR, MINUTE, Instant
from opportune.wiring.complaint_watch import Breach, watch_over
from opportune.wiring.demo.clock import SimulatedClock
from opportune.wiring.embedded import Host
from opportune.wiring.metrics import Sample
from opportune.wiring.publications import Publications
from opportune.wiring.publisher import Publisher
from opportune.wiring.restoring import publish, restored
from tests.stories.shop import shop

Given = ParamSpec("Given")
NOW: Instant = 1_780_315_200_000
JOURNEYS = {
    "news": "journey: news\nenter: Paper Published\nsteps: [send: paper]\n",
    "offers": "journey: offers\nenter: Price Dropped\nsteps: [send: offer]\n",
}
WATCH = "watch: {complaints: 1%, unsubscribes: 10%, at_least: 10}"
BOOK = shop(journeys=JOURNEYS, messages={"paper": "", "offer": "channels: [email, sms]"}, main=WATCH)


def played(test: Callable[Given, Coroutine[None, None, None]]) -> Callable[Given, None]:
    """The test, in a loop of its own."""

    @wraps(test)
    def run(*args: Given.args, **kwargs: Given.kwargs) -> None:
        asyncio.run(test(*args, **kwargs))

    return run


@dataclass
class Scene:
    """A host under watch, its users, and a mail server that takes everything."""

    store: MemoryStore = field(default_factory=MemoryStore)
    clock: SimulatedClock = field(default_factory=lambda: SimulatedClock(NOW))
    claims: list[Claim] = field(default_factory=list)
    found: list[Breach] = field(default_factory=list)
    count: int = 0

    def __post_init__(self) -> None:
        self.publications = Publications(self.store)
        publish(self.store, self.publications, BOOK, {}, now=NOW)

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """The host runs while the block does; each life is a new start."""
        start = restored(self.store, self.publications)
        self.host = Host(self.store, start, clock=self.clock, claimed=self.claims.extend)
        self.watch = watch_over(self.host, self.publications, self.clock)
        self.publisher = Publisher(self.host, self.publications, Path(), channels=lambda: {"email", "sms"})
        self.watch.pause = self._pause
        work = asyncio.create_task(self.host.run())
        yield
        self.host.stop()
        await work

    def _pause(self, breaches: Sequence[Breach]) -> None:
        self.found += breaches
        self.publisher.pause_soon(each.journey for each in breaches)

    async def hears(self, user: str, name: str, *, is_history: bool = False, **said: object) -> None:
        """An event of this user, now."""
        self.count += 1
        event = Event(f"e{self.count}", user, name, self.clock.now(), self.clock.now(), is_history=is_history,
                      properties=json.dumps(said).encode())  # fmt: skip
        await self.host.accept([event], ())

    async def sends(self, name: str, users: Sequence[str], *, answer: Answer = "sent") -> list[str]:
        """The event enters these users into its journey; the decisions, once the mail is accepted."""
        for user in users:
            await self.hears(user, names.IDENTIFIED, email=f"{user}@example.com")
            await self.hears(user, name)
        claims, self.claims[:] = list(self.claims), []
        await self.host.accept([event_of(each, Receipt(answer, "x"), self.clock.now()) for each in claims], ())
        return [each.attempt.decision for each in claims]

    async def is_paused(self, journey: str) -> None:
        """Returns once the log says so."""
        for _ in range(1_000):
            if journey in self.store.published()[-1].paused:
                return
            await asyncio.sleep(0)
        raise AssertionError(f"{journey} was not paused")

    @property
    def paper(self) -> tuple[int, int, int]:
        """What came of the papers by mail."""
        sums = self.watch._tallying.within(("news", "email"), self.clock.now(), 7 * DAY)
        return sums.sends, sums.complaints, sums.unsubscribes


def users(count: int) -> list[str]:
    return [f"u{number}" for number in range(count)]


@played
async def test_a_complaint_counts_for_the_journey_whose_message_it_names() -> None:
    scene = Scene()
    async with scene.watched():
        papers = await scene.sends("Paper Published", users(3))
        await scene.sends("Price Dropped", users(3))
        scene.clock.move(NOW + 2 * DAY)
        await scene.hears("u0", names.EMAIL_COMPLAINED, decision=papers[0])
        await scene.hears("u1", names.SUPPRESSED, decision=papers[1], channel="email", reason="complained")
        await scene.hears("u2", names.SUPPRESSED, decision=papers[2], channel="email", reason="bounced")
        assert scene.paper == (3, 2, 0)
    here = NOW // HOUR
    assert scene.store.tallied().tallies == (Tally("news", "email", here, 3, 2), Tally("offers", "email", here, 3))


@played
async def test_without_a_decision_the_newest_message_on_that_channel_is_meant() -> None:
    scene = Scene()
    async with scene.watched():
        await scene.sends("Price Dropped", ["u0", "u1"])
        await scene.sends("Paper Published", ["u0"])
        await scene.hears("u0", names.UNSUBSCRIBED)
        await scene.hears("u1", names.UNSUBSCRIBED, channel="sms")
        await scene.hears("stranger", names.EMAIL_COMPLAINED)
        assert scene.paper == (1, 0, 1)
        scene.clock.move(NOW + MINUTE)
        await scene.hears("u1", names.MESSAGE_SENT, channel="email", message="of another system")
        await scene.hears("u1", names.UNSUBSCRIBED)
    assert sum(each.unsubscribes for each in scene.store.tallied().tallies) == 1


@played
async def test_one_message_counts_once_for_each_kind_also_after_a_restart() -> None:
    scene = Scene()
    async with scene.watched():
        [paper] = await scene.sends("Paper Published", ["u0"])
        await scene.hears("u0", names.UNSUBSCRIBED, decision=paper)
        await scene.hears("u0", names.UNSUBSCRIBED, decision=paper)
        await scene.hears("u0", names.CONSENT_WITHDRAWN, decision=paper)
        await scene.hears("u0", names.EMAIL_COMPLAINED, decision=paper)
    async with scene.watched():
        await scene.hears("u0", names.UNSUBSCRIBED)
        assert scene.paper == (1, 1, 1)


@played
async def test_what_says_nothing_about_a_message_of_ours_counts_nowhere() -> None:
    scene = Scene()
    async with scene.watched():
        [paper] = await scene.sends("Paper Published", ["u0"])
        [refused] = await scene.sends("Price Dropped", ["u1"], answer="failed")
        await scene.hears("u0", names.CONSENT_WITHDRAWN, channel="email")
        await scene.hears("u1", names.UNSUBSCRIBED, decision=paper)
        await scene.hears("u1", names.UNSUBSCRIBED, decision=refused)
        await scene.hears("u1", names.UNSUBSCRIBED, decision="nobody's")
        await scene.hears("u0", names.UNSUBSCRIBED, decision=paper, is_history=True)
        assert scene.paper == (1, 0, 0)
    assert scene.store.tallied().stopped == ()


@played
async def test_a_message_that_may_have_gone_out_counts() -> None:
    scene = Scene()
    async with scene.watched():
        await scene.sends("Paper Published", users(2), answer="unknown")
        assert scene.paper == (2, 0, 0)


@played
async def test_a_journey_with_too_many_complaints_is_paused_once_and_said_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    scene = Scene()
    async with scene.watched():
        papers = await scene.sends("Paper Published", users(20))
        for user, paper in enumerate(papers[:6]):
            await scene.hears(f"u{user}", names.EMAIL_COMPLAINED, decision=paper)
            assert len(scene.found) == (user >= 3)
        assert scene.found == [Breach("news", "email", "complaints", 4, 20, 10_000, 7 * DAY)]
        told: list[Sample] = list(scene.watch.samples(scene.clock.now()))
    assert ("opportune_watch_pauses_total", ("news", "complaints"), 1) in told
    assert ("opportune_watched_messages", ("news", "email"), 20) in told
    assert ("opportune_watched_stops", ("news", "email", "complaints"), 6) in told
    [line] = [each.getMessage() for each in caplog.records if each.name == "opportune.watch"]
    assert line == (
        "journey 'news': 4 complaints of 20 messages on email within 1 week, surely more than 2.29%; 'watch' allows "
        "1.00%: the journey is paused until somebody resumes it"
    )


@played
async def test_few_messages_pause_nothing() -> None:
    scene = Scene()
    async with scene.watched():
        for user, paper in enumerate(await scene.sends("Paper Published", users(9))):
            await scene.hears(f"u{user}", names.EMAIL_COMPLAINED, decision=paper)
        assert scene.paper == (9, 9, 0)
    assert scene.found == []


@played
async def test_messages_of_before_the_span_and_complaints_about_them_count_no_more() -> None:
    scene = Scene()
    async with scene.watched():
        papers = await scene.sends("Paper Published", users(20))
        scene.clock.move(NOW + 7 * DAY + HOUR)
        for user, paper in enumerate(papers):
            await scene.hears(f"u{user}", names.EMAIL_COMPLAINED, decision=paper)
        assert scene.paper == (0, 0, 0)
    assert scene.found == []
    assert scene.store.tallied().tallies == ()


@played
async def test_a_pause_that_a_crash_has_prevented_is_made_up_for_at_the_next_commit() -> None:
    scene = Scene()
    scene.store.commit_now(Batch(tallied=Tallied((Tally("news", "email", NOW // HOUR, 500, 50),))))
    async with scene.watched():
        await scene.hears("u0", "Anything")
    assert [each.journey for each in scene.found] == ["news"]


@played
async def test_the_pause_stands_in_the_log_and_nobody_enters_until_it_is_resumed_and_counted_anew() -> None:
    scene = Scene()
    async with scene.watched():
        papers = await scene.sends("Paper Published", users(20))
        for user, paper in enumerate(papers[:4]):
            await scene.hears(f"u{user}", names.EMAIL_COMPLAINED, decision=paper)
        await scene.is_paused("news")
        scene.clock.move(NOW + HOUR)
        assert await scene.sends("Paper Published", ["v1"]) == []
        assert len(await scene.sends("Price Dropped", ["v1"])) == 1
    async with scene.watched():
        await scene.hears("u4", names.EMAIL_COMPLAINED, decision=papers[4])
        assert scene.paper == (20, 5, 0)
        scene.clock.move(NOW + 2 * HOUR)
        await scene.publisher.resume("news")
        await scene.hears("u5", names.EMAIL_COMPLAINED, decision=papers[5])
        assert scene.paper == (0, 0, 0)
    async with scene.watched():
        await scene.hears("u6", names.EMAIL_COMPLAINED, decision=papers[6])
        [paper] = await scene.sends("Paper Published", ["v1"])
        await scene.hears("v1", names.EMAIL_COMPLAINED, decision=paper)
        assert scene.paper == (1, 1, 0)
    assert len(scene.found) == 1
    assert scene.store.tallied().anew == (("news", NOW + 2 * HOUR),)


@played
async def test_another_publication_between_the_finding_and_the_pause_resumes_nothing() -> None:
    scene = Scene()
    async with scene.watched():
        papers = await scene.sends("Paper Published", users(20))
        for user, paper in enumerate(papers[:3]):
            await scene.hears(f"u{user}", names.EMAIL_COMPLAINED, decision=paper)
        other = asyncio.ensure_future(scene.publisher.pause("offers"))
        await scene.hears("u3", names.EMAIL_COMPLAINED, decision=papers[3])
        await other
        await scene.publisher.resume("offers")
        await scene.is_paused("news")
        assert scene.paper == (20, 4, 0)
