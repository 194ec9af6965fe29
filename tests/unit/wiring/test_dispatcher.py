"""From claimed to answered, with real stores and a real SMTP server."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import ClassVar

import msgspec
import pytest

from opportune.adapters.channels.email import SmtpEmail
from opportune.adapters.channels.inbox import Inbox
from opportune.adapters.channels.mime import Sender
from opportune.adapters.channels.smtp import SmtpServer
from opportune.adapters.stores.memory import MemoryStore
from opportune.errors import Retryable, Unavailable
from opportune.events.event import Event
from opportune.events.names import RECEIPTS
from opportune.messages.template import Rendered
from opportune.ports import Batch, Channel, Commits, Delivery
from opportune.sending.attempt import Attempt, Recall
from opportune.sending.outbox import Claim
from opportune.sending.rate_limit import RateLimit
from opportune.sending.receipt import Receipt
from opportune.units import HOUR, MINUTE, SECOND, Instant, Millis
from opportune.wiring.dispatcher import Dispatcher
from opportune.wiring.lane import Lane
from tests.contracts.made import NOW, attempt
from tests.unit.adapters.channels.smtp_server import Sink, serving


@dataclass
class Hands:
    """A clock that moves only when somebody waits on it."""

    instant: Instant = NOW
    paused: list[Millis] = field(default_factory=list)

    def now(self) -> Instant:
        return self.instant

    async def pause(self, span: Millis) -> None:
        self.paused.append(span)
        self.instant += span
        await asyncio.sleep(0)


@dataclass
class Provider:
    """A provider of a test's own: does what it is told at its door, and keeps what it was given."""

    is_keyed: ClassVar[bool] = False

    at_the_door: Callable[[], Awaitable[None]] | None = None
    fault_before: Exception | None = None
    fault_after: Exception | None = None
    taken: list[str] = field(default_factory=list)

    async def send(self, rendered: Rendered, delivery: Delivery, *, commits: Commits) -> Receipt:
        if self.at_the_door is not None:
            await self.at_the_door()
        if self.fault_before is not None:
            raise self.fault_before
        if not await commits():
            return Receipt("lapsed", "withdrawn")
        if self.fault_after is not None:
            raise self.fault_after
        self.taken.append(delivery.key)
        return Receipt("sent", "accepted")

    async def close(self) -> None:
        pass


@dataclass
class Scene:
    """A store, a clock, and the events that came back."""

    store: MemoryStore = field(default_factory=MemoryStore)
    clock: Hands = field(default_factory=Hands)
    reported: list[Event] = field(default_factory=list)

    def dispatcher(self, lanes: dict[str, Lane]) -> Dispatcher:
        return Dispatcher(self.store, lanes, render=words, report=self.reported.append, clock=self.clock)

    def claims(self, *attempts: Attempt) -> tuple[Claim, ...]:
        return self.store.commit_now(Batch(calls=attempts))

    async def carry_out(self, channel: Channel, *attempts: Attempt) -> None:
        dispatcher = self.dispatcher({"email": Lane(channel)})
        dispatcher.take(self.claims(*attempts))
        await carried_out(dispatcher)

    def told(self) -> list[tuple[str, str, str]]:
        """Name, decision and code of each receipt that came back."""
        return [
            (event.name, told["decision"], told["code"])
            for event in self.reported
            if event.name in RECEIPTS
            for told in [msgspec.json.decode(event.properties)]
        ]


async def carried_out(dispatcher: Dispatcher) -> None:
    running = asyncio.create_task(dispatcher.run())
    settled = asyncio.create_task(dispatcher.settled())
    await asyncio.wait({running, settled}, return_when=asyncio.FIRST_COMPLETED)
    settled.cancel()
    await dispatcher.stop()
    await running


def words(attempt: Attempt) -> Rendered:
    if attempt.variant == "broken":
        raise ZeroDivisionError("a template did this")
    return Rendered("Your cart", "Hi Ann", "")


async def over_smtp(scene: Scene, sink: Sink, *attempts: Attempt) -> None:
    async with serving(sink) as port:
        channel = SmtpEmail(SmtpServer("127.0.0.1", port, tls="none", patience=5_000), Sender("shop@shop.example"))
        await scene.carry_out(channel, *attempts)
        await channel.close()


def test_what_was_claimed_is_sent_and_reported_once() -> None:
    scene, sink = Scene(), Sink()
    asyncio.run(over_smtp(scene, sink, attempt("d1"), attempt("d2")))
    assert len(sink.mails) == 2
    assert sorted(scene.told()) == [("Message Sent", "d1", "accepted"), ("Message Sent", "d2", "accepted")]
    event = min(scene.reported, key=lambda each: each.id)
    assert (event.id, event.user, event.at, event.received_at) == ("receipt-d1-1", "ann", NOW, NOW)
    assert [row.stage for row in scene.store.outbox()] == ["sent", "sent"]


def test_a_mailbox_that_does_not_exist_fails_that_one_only() -> None:
    scene, sink = Scene(), Sink(rcpt=["550 no such user"])
    asyncio.run(over_smtp(scene, sink, attempt("d1")))
    asyncio.run(over_smtp(scene, sink, attempt("d2")))
    assert scene.told() == [("Message Failed", "d1", "smtp_550"), ("Message Sent", "d2", "accepted")]


@pytest.mark.parametrize("place", ["rcpt", "before_dot", "after_dot"])
def test_not_now_is_tried_again_after_growing_pauses(place: str) -> None:
    scene, sink = Scene(), Sink(**{place: ["450 busy", "451 busy", "452 busy"]})
    asyncio.run(over_smtp(scene, sink, attempt("d1")))
    assert scene.told() == [("Message Sent", "d1", "accepted")]
    assert [span for span in scene.clock.paused if span >= SECOND] == [1 * SECOND, 2 * SECOND, 4 * SECOND]
    assert len(sink.mails) == 1


def test_not_now_until_it_expires_lapses_with_the_providers_code() -> None:
    scene, sink = Scene(), Sink(rcpt=["450 busy"] * 100)
    asyncio.run(over_smtp(scene, sink, attempt("d1")))
    assert scene.told() == [("Attempt Lapsed", "d1", "smtp_450")]
    assert scene.clock.now() == NOW + MINUTE
    assert sink.mails == []


@pytest.mark.parametrize(("place", "arrived"), [("before_dot", 0), ("after_dot", 1)])
def test_no_answer_after_the_data_is_unknown_and_not_sent_again(place: str, arrived: int) -> None:
    scene, sink = Scene(), Sink(**{place: ["drop"]})
    asyncio.run(over_smtp(scene, sink, attempt("d1")))
    assert scene.told() == [("Message Unknown", "d1", "no_answer")]
    assert len(sink.mails) == arrived


def test_an_expired_claim_is_not_begun() -> None:
    scene, provider = Scene(), Provider()
    scene.clock.instant = NOW + MINUTE
    asyncio.run(scene.carry_out(provider, attempt("d1")))
    assert scene.told() == [("Attempt Lapsed", "d1", "expired")]
    assert provider.taken == []


def test_a_claim_waits_until_a_clock_that_was_set_back_comes_to_its_instant() -> None:
    scene, provider = Scene(), Provider()
    scene.clock.instant = NOW - 3 * HOUR
    asyncio.run(scene.carry_out(provider, attempt("d1")))
    assert scene.told() == [("Message Sent", "d1", "accepted")]
    assert scene.reported[0].at == NOW


def test_an_answer_is_never_older_than_what_it_answers() -> None:
    scene = Scene()
    scene.clock.instant = NOW - 3 * HOUR

    async def recovered() -> None:
        scene.claims(attempt("d1"))
        await scene.dispatcher({}).recover()

    asyncio.run(recovered())
    assert [event.at for event in scene.reported] == [NOW]


def test_a_stop_does_not_wait_for_a_provider_that_is_left_alone() -> None:
    scene, provider = Scene(), Provider()

    @dataclass
    class Still(Hands):
        async def pause(self, span: Millis) -> None:
            await asyncio.Event().wait()

    scene.clock = Still(NOW - HOUR)

    async def stopped() -> None:
        dispatcher = scene.dispatcher({"email": Lane(provider)})
        dispatcher.take(scene.claims(attempt("d1")))
        running = asyncio.create_task(dispatcher.run())
        for _ in range(5):
            await asyncio.sleep(0)
        await dispatcher.stop()
        await asyncio.wait_for(running, 10)

    asyncio.run(stopped())
    assert provider.taken == []
    assert [row.stage for row in scene.store.outbox()] == ["claimed"]


def test_a_recalled_claim_is_not_begun() -> None:
    scene, provider = Scene(), Provider()

    async def recalled() -> None:
        dispatcher = scene.dispatcher({"email": Lane(provider)})
        dispatcher.take(scene.claims(attempt("d1")))
        scene.store.commit_now(Batch(calls=(Recall("d1", "ann", "exited"),)))
        await carried_out(dispatcher)

    asyncio.run(recalled())
    assert scene.told() == [("Attempt Lapsed", "d1", "exited")]
    assert provider.taken == []


def test_a_recall_that_is_durable_while_the_call_is_under_way_still_stops_it() -> None:
    scene = Scene()

    async def stop() -> None:
        scene.store.commit_now(Batch(calls=(Recall("d1", "ann", "no_consent"),)))

    provider = Provider(at_the_door=stop)
    asyncio.run(scene.carry_out(provider, attempt("d1")))
    assert scene.told() == [("Attempt Lapsed", "d1", "no_consent")]
    assert provider.taken == []


def test_a_recall_while_a_provider_says_not_now_stops_the_next_try() -> None:
    scene = Scene()

    class Busy(Provider):
        async def send(self, rendered: Rendered, delivery: Delivery, *, commits: Commits) -> Receipt:
            receipt = await super().send(rendered, delivery, commits=commits)
            if self.taken == [delivery.key]:
                self.taken.clear()
                scene.store.commit_now(Batch(calls=(Recall("d1", "ann", "no_consent"),)))
                raise Retryable("451 after the mail", code="smtp_451")
            return receipt

    provider = Busy()
    asyncio.run(scene.carry_out(provider, attempt("d1")))
    assert scene.told() == [("Attempt Lapsed", "d1", "no_consent")]
    assert provider.taken == []


def test_a_door_that_opens_too_late_sends_nothing() -> None:
    scene = Scene()

    async def wait() -> None:
        await scene.clock.pause(MINUTE)

    provider = Provider(at_the_door=wait)
    asyncio.run(scene.carry_out(provider, attempt("d1")))
    assert scene.told() == [("Attempt Lapsed", "d1", "expired")]
    assert provider.taken == []


def test_a_broken_template_fails_alone() -> None:
    scene, provider = Scene(), Provider()
    broken = msgspec.structs.replace(attempt("d1"), variant="broken")
    asyncio.run(scene.carry_out(provider, broken, attempt("d2")))
    assert sorted(scene.told()) == [("Message Failed", "d1", "render_failed"), ("Message Sent", "d2", "accepted")]


def test_a_channel_nobody_set_up_fails_with_its_own_code() -> None:
    scene = Scene()
    asyncio.run(scene.carry_out(Provider(), attempt("d1", channel="sms")))
    assert scene.told() == [("Message Failed", "d1", "no_channel")]


@pytest.mark.parametrize(
    ("provider", "told"),
    [
        (Provider(fault_before=KeyError("bug")), ("Message Failed", "d1", "channel_failed")),
        (Provider(fault_after=KeyError("bug")), ("Message Unknown", "d1", "channel_failed")),
    ],
)
def test_a_channels_own_fault_is_judged_by_whether_data_went_out(
    provider: Provider, told: tuple[str, str, str]
) -> None:
    scene = Scene()
    asyncio.run(scene.carry_out(provider, attempt("d1")))
    assert scene.told() == [told]


def test_a_channel_that_sends_without_asking_is_not_asked_again_and_stops_nobody() -> None:
    class Rude(Provider):
        async def send(self, rendered: Rendered, delivery: Delivery, *, commits: Commits) -> Receipt:
            self.taken.append(delivery.key)
            return Receipt("sent", "accepted")

    scene, provider = Scene(), Rude()
    asyncio.run(scene.carry_out(provider, attempt("d1"), attempt("d2")))
    assert sorted(scene.told()) == [("Message Unknown", each, "channel_failed") for each in ("d1", "d2")]
    assert provider.taken == ["d1", "d2"]


def test_a_store_that_cannot_write_stops_the_dispatcher() -> None:
    scene = Scene()
    with pytest.raises(ExceptionGroup) as group:
        asyncio.run(scene.carry_out(Provider(fault_after=Unavailable("disk full")), attempt("d1")))
    assert group.group_contains(Unavailable)
    assert scene.reported == []
    assert scene.store.outbox("d1")[0].stage == "data_sent"


def test_calls_keep_to_the_rate_limit() -> None:
    scene, provider = Scene(), Provider()

    async def limited() -> None:
        dispatcher = scene.dispatcher({"email": Lane(provider, workers=1, limit=RateLimit(2, 2))})
        dispatcher.take(scene.claims(*(attempt(f"d{n}") for n in range(6))))
        await carried_out(dispatcher)

    asyncio.run(limited())
    assert [event.at - NOW for event in scene.reported] == [0, 0, 500, 1000, 1500, 2000]


def test_a_provider_that_is_out_is_left_alone_and_others_are_not_delayed() -> None:
    scene = Scene()

    async def used() -> None:
        gone = SmtpEmail(SmtpServer("127.0.0.1", 1, tls="none"), Sender("shop@shop.example"))
        dispatcher = scene.dispatcher({"email": Lane(gone, workers=1), "in_app": Lane(Inbox(scene.store))})
        dispatcher.take(scene.claims(attempt("d1"), attempt("d2", channel="in_app")))
        await carried_out(dispatcher)

    asyncio.run(used())
    assert scene.told() == [("Message Sent", "d2", "accepted"), ("Attempt Lapsed", "d1", "unreachable")]
    assert len(scene.store.inbox("ann")) == 1


def test_after_a_crash_claimed_lapses_data_sent_is_unknown_and_answers_are_reported_again() -> None:
    scene = Scene()

    async def recovered() -> None:
        claims = scene.claims(*(attempt(f"d{n}") for n in range(4)))
        await scene.store.mark_data_sent(claims[1])
        await scene.store.mark_data_sent(claims[2])
        await scene.store.answer(claims[2], Receipt("sent", "accepted"), NOW)
        scene.store.commit_now(Batch(calls=(Recall("d3", "ann", "exited"),)))
        await scene.dispatcher({}).recover()

    asyncio.run(recovered())
    assert sorted(scene.told(), key=lambda each: each[1]) == [
        ("Attempt Lapsed", "d0", "restarted"),
        ("Message Unknown", "d1", "no_answer"),
        ("Message Sent", "d2", "accepted"),
        ("Attempt Lapsed", "d3", "exited"),
    ]
    again = scene.reported[:]
    scene.reported.clear()
    asyncio.run(scene.dispatcher({}).recover())
    assert scene.reported == again


def test_what_the_log_holds_is_not_reported_again() -> None:
    scene = Scene()
    asyncio.run(scene.carry_out(Provider(), attempt("d1")))
    scene.store.commit_now(Batch(inputs=(msgspec.structs.replace(scene.reported[0], seq=1),)))
    scene.reported.clear()
    scene.dispatcher({}).report_again()
    assert scene.reported == []


def test_a_claim_given_twice_is_sent_once_and_recovering_leaves_it_alone() -> None:
    scene, provider = Scene(), Provider()

    async def twice() -> None:
        dispatcher = scene.dispatcher({"email": Lane(provider)})
        claims = scene.claims(attempt("d1"))
        dispatcher.take(claims)
        dispatcher.take(claims)
        await dispatcher.recover()
        await carried_out(dispatcher)

    asyncio.run(twice())
    assert provider.taken == ["d1"]


def test_stopping_begins_no_more_and_the_next_start_lapses_the_rest() -> None:
    scene, provider = Scene(), Provider()

    async def stopped() -> None:
        dispatcher = scene.dispatcher({"email": Lane(provider)})
        dispatcher.take(scene.claims(attempt("d1")))
        await dispatcher.stop()
        await dispatcher.run()
        await scene.dispatcher({}).recover()

    asyncio.run(stopped())
    assert provider.taken == []
    assert scene.told() == [("Attempt Lapsed", "d1", "restarted")]
