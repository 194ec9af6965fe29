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
from opportune.errors import Rejected, Retryable, Unavailable
from opportune.events.event import Event
from opportune.events.names import EMAIL_BOUNCED, MESSAGE_FAILED, RECEIPTS, SUPPRESSED
from opportune.messages.template import Rendered
from opportune.ports import Batch, Channel, Commits, Delivery
from opportune.sending.attempt import Attempt, Recall
from opportune.sending.outbox import Claim
from opportune.sending.rate_limit import RateLimit
from opportune.sending.receipt import Receipt
from opportune.units import HOUR, MINUTE, SECOND, Instant, Millis
from opportune.wiring.dispatcher import Dispatcher
from opportune.wiring.lane import Lane, LaneState, never
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

    def dispatcher(self, lanes: dict[str, Lane], *, is_held: Callable[[], bool] = never) -> Dispatcher:
        made = Dispatcher(self.store, lanes, render=words, report=self.reported.append, clock=self.clock)
        made.is_held = is_held
        return made

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


def test_a_dead_address_is_reported_before_its_receipt_and_again_until_the_log_has_it() -> None:
    scene, sink = Scene(), Sink(rcpt=["550 5.1.1 no such user"])
    asyncio.run(over_smtp(scene, sink, attempt("d1")))
    assert [event.name for event in scene.reported] == [EMAIL_BOUNCED, MESSAGE_FAILED]
    first, _ = scene.reported
    assert msgspec.json.decode(first.properties) == {"decision": "d1", "type": "hard", "code": "5.1.1"}
    again = scene.reported[:]
    scene.reported.clear()
    scene.dispatcher({}).report_again()
    assert scene.reported == again


def test_a_barred_address_is_not_written_to_and_suppressed() -> None:
    class Barring(MemoryStore):
        def is_barred(self, channel: str, address: str) -> bool:
            return (channel, address) == ("email", "ann@example.com")

    scene, provider = Scene(Barring()), Provider()
    asyncio.run(scene.carry_out(provider, attempt("d1")))
    assert provider.taken == []
    assert [event.name for event in scene.reported] == [SUPPRESSED, MESSAGE_FAILED]
    assert scene.told() == [("Message Failed", "d1", "suppressed")]


class Forgetful(MemoryStore):
    """A store that a user was erased from."""

    def forget(self) -> None:
        self._rows.clear()
        self._order.clear()


def test_an_attempt_whose_user_was_erased_while_it_waited_ends_without_a_word() -> None:
    store, provider = Forgetful(), Provider()
    scene = Scene(store)

    async def erased() -> None:
        dispatcher = scene.dispatcher({"email": Lane(provider)})
        dispatcher.take(scene.claims(attempt("d1")))
        store.forget()
        await carried_out(dispatcher)

    asyncio.run(erased())
    assert (provider.taken, scene.reported) == ([], [])


@pytest.mark.parametrize("fault", [None, Retryable("later"), Rejected("never"), KeyError("bug")])
def test_an_attempt_whose_user_was_erased_while_it_was_sent_ends_without_a_word(fault: Exception | None) -> None:
    store = Forgetful()
    scene = Scene(store)

    async def forget() -> None:
        store.forget()

    asyncio.run(scene.carry_out(Provider(at_the_door=forget, fault_before=fault), attempt("d1")))
    assert scene.reported == []


def test_while_sending_is_held_attempts_wait_and_lapse_when_they_expire() -> None:
    scene, provider = Scene(), Provider()

    async def held() -> None:
        dispatcher = scene.dispatcher({"email": Lane(provider)}, is_held=lambda: True)
        await dispatcher.recover()
        dispatcher.take(scene.claims(attempt("d1")))
        await carried_out(dispatcher)

    asyncio.run(held())
    assert scene.told() == [("Attempt Lapsed", "d1", "expired")]
    assert (provider.taken, scene.clock.now()) == ([], NOW + MINUTE)


def test_a_hold_that_is_lifted_lets_them_go() -> None:
    scene, provider = Scene(), Provider()

    async def held() -> None:
        dispatcher = scene.dispatcher({"email": Lane(provider)}, is_held=lambda: scene.clock.now() < NOW + 5 * SECOND)
        dispatcher.take(scene.claims(attempt("d1")))
        await carried_out(dispatcher)

    asyncio.run(held())
    assert scene.told() == [("Message Sent", "d1", "accepted")]
    assert scene.clock.now() == NOW + 5 * SECOND


def test_a_hold_that_comes_while_a_call_begins_stops_it_at_the_door() -> None:
    scene, holds = Scene(), [False]

    async def hold() -> None:
        holds[0] = True

    async def held() -> None:
        dispatcher = scene.dispatcher({"email": Lane(Provider(at_the_door=hold))}, is_held=lambda: holds[0])
        dispatcher.take(scene.claims(attempt("d1")))
        await carried_out(dispatcher)

    asyncio.run(held())
    assert scene.told() == [("Attempt Lapsed", "d1", "held")]


def test_a_copy_touches_nothing_that_is_open_for_the_original_may_have_sent_it() -> None:
    scene = Scene()

    async def recovered() -> None:
        claims = scene.claims(attempt("d1"), attempt("d2"))
        await scene.store.mark_data_sent(claims[0])
        await scene.dispatcher({}, is_held=lambda: True).recover()

    asyncio.run(recovered())
    assert [row.stage for row in scene.store.outbox()] == ["data_sent", "claimed"]
    assert scene.reported == []


class Mute(Provider):
    """Never answers, before it commits or after."""

    commits_first = False

    async def send(self, rendered: Rendered, delivery: Delivery, *, commits: Commits) -> Receipt:
        if self.commits_first:
            await commits()
        await asyncio.Event().wait()
        raise AssertionError


@pytest.mark.parametrize(
    ("commits_first", "told"),
    [(True, ("Message Unknown", "d1", "no_answer")), (False, ("Attempt Lapsed", "d1", "timed_out"))],
)
def test_a_provider_that_never_answers_is_given_up_and_delays_no_other(
    commits_first: bool, told: tuple[str, str, str]
) -> None:
    scene, mute = Scene(), Mute()
    mute.commits_first = commits_first

    async def used() -> None:
        lanes = {"email": Lane(mute, workers=1, patience=5), "in_app": Lane(Inbox(scene.store))}
        dispatcher = scene.dispatcher(lanes)
        dispatcher.take(scene.claims(attempt("d1"), *(attempt(f"i{n}", channel="in_app") for n in range(5))))
        await carried_out(dispatcher)

    asyncio.run(used())
    *first, last = scene.told()
    assert last == told
    assert sorted(first) == [("Message Sent", f"i{n}", "accepted") for n in range(5)]


def test_after_outages_one_call_asks_and_the_others_wait_for_what_comes_of_it() -> None:
    scene = Scene()
    most = [0, 0]

    class Recovering(Provider):
        calls = 0

        async def send(self, rendered: Rendered, delivery: Delivery, *, commits: Commits) -> Receipt:
            self.calls += 1
            if self.calls <= 3:
                raise Retryable("gone", code="unreachable", is_outage=True)
            most[0] += 1
            most[1] = max(most[1], most[0])
            if self.calls == 4:
                for _ in range(20):
                    await asyncio.sleep(0)
                assert most[1] == 1, "nobody else was let in while one was asking"
                assert dispatcher.lanes()["email"].breaker == "asking"
            receipt = await super().send(rendered, delivery, commits=commits)
            most[0] -= 1
            return receipt

    provider = Recovering()
    lane = Lane(provider, workers=3, limit=RateLimit(1_000, 100))
    dispatcher = scene.dispatcher({"email": lane})

    async def used() -> None:
        dispatcher.take(scene.claims(*(attempt(f"d{n}") for n in range(6))))
        await carried_out(dispatcher)

    asyncio.run(used())
    assert [name for name, _, _ in scene.told()] == ["Message Sent"] * 6


def test_a_lane_tells_how_it_stands() -> None:
    scene = Scene()
    gone = SmtpEmail(SmtpServer("127.0.0.1", 1, tls="none"), Sender("shop@shop.example"))
    dispatcher = scene.dispatcher({"email": Lane(gone, workers=1), "in_app": Lane(Inbox(scene.store))})
    closed = LaneState(0, 0, "closed", 0, None)
    assert dispatcher.lanes() == {"email": closed, "in_app": closed}

    async def used() -> None:
        dispatcher.take(scene.claims(attempt("d1"), attempt("d2", channel="in_app")))
        assert dispatcher.lanes()["in_app"].waiting == 1
        await carried_out(dispatcher)

    asyncio.run(used())
    email = dispatcher.lanes()["email"]
    assert (email.waiting, email.under_way, email.since, email.outages >= 3) == (0, 0, NOW, True)
    assert dispatcher.lanes()["in_app"] == closed


@dataclass
class Keyed(Provider):
    """Drops repeats of a key, and keeps its answer to itself so many times."""

    is_keyed: ClassVar[bool] = True
    silences: int = 0
    seen: list[tuple[bool, str]] = field(default_factory=list)

    async def send(self, rendered: Rendered, delivery: Delivery, *, commits: Commits) -> Receipt:
        if not await commits():
            return Receipt("lapsed", "withdrawn")
        self.seen.append((delivery.is_repeat, rendered.subject))
        self.silences -= 1
        return Receipt("unknown", "no_answer") if self.silences >= 0 else Receipt("sent", "accepted")


def test_a_keyed_provider_is_asked_again_after_silence_with_the_words_it_had() -> None:
    scene, provider = Scene(), Keyed(silences=2)
    asyncio.run(scene.carry_out(provider, attempt("d1")))
    assert scene.told() == [("Message Sent", "d1", "accepted")]
    assert provider.seen == [(False, "Your cart"), (True, "Your cart"), (True, "Your cart")]


def test_a_keyed_provider_that_stays_silent_is_unknown_when_the_attempt_expires() -> None:
    scene, provider = Scene(), Keyed(silences=1_000)
    asyncio.run(scene.carry_out(provider, attempt("d1")))
    assert scene.told() == [("Message Unknown", "d1", "no_answer")]
    assert scene.clock.now() == NOW + MINUTE


def test_a_message_that_must_arrive_is_asked_for_for_hours() -> None:
    scene, provider = Scene(), Keyed(silences=1_000)
    must = msgspec.structs.replace(attempt("d1"), delivery="at_least_once", deadline=NOW + 2 * HOUR)
    asyncio.run(scene.carry_out(provider, must))
    assert scene.told() == [("Message Unknown", "d1", "no_answer")]
    assert scene.clock.now() == NOW + 2 * HOUR


@pytest.mark.parametrize(("is_keyed", "most"), [(False, 20), (True, 10_000)])
def test_a_message_that_must_arrive_comes_a_few_times_at_most_where_nobody_drops_repeats(
    is_keyed: bool, most: int
) -> None:
    """A mail server that takes every mail and never says so must not fill anybody's inbox."""
    scene, provider = Scene(), Keyed(silences=10_000)
    provider.is_keyed = is_keyed  # type: ignore[misc]
    must = msgspec.structs.replace(attempt("d1"), delivery="at_least_once", deadline=NOW + 48 * HOUR)
    asyncio.run(scene.carry_out(provider, must))
    assert 10 < len(provider.seen) <= most
    assert scene.told() == [("Message Unknown", "d1", "no_answer")]
    assert scene.clock.now() == NOW + 23 * HOUR


def test_a_recall_between_two_tries_leaves_it_unknown_and_is_not_tried_again() -> None:
    scene = Scene()

    class Silent(Keyed):
        async def send(self, rendered: Rendered, delivery: Delivery, *, commits: Commits) -> Receipt:
            receipt = await super().send(rendered, delivery, commits=commits)
            scene.store.commit_now(Batch(calls=(Recall("d1", "ann", "no_consent"),)))
            return receipt

    provider = Silent(silences=5)
    asyncio.run(scene.carry_out(provider, attempt("d1")))
    assert scene.told() == [("Message Unknown", "d1", "no_answer")]
    assert len(provider.seen) == 1


def test_a_start_takes_up_what_a_keyed_provider_may_be_asked_for_again() -> None:
    scene, provider = Scene(), Keyed()

    async def recovered() -> None:
        (claim,) = scene.claims(attempt("d1"))
        await scene.store.mark_data_sent(claim, msgspec.msgpack.encode(Rendered("As it was", "text", "")))
        dispatcher = scene.dispatcher({"email": Lane(provider)})
        await dispatcher.recover()
        await carried_out(dispatcher)

    asyncio.run(recovered())
    assert provider.seen == [(True, "As it was")]
    assert scene.told() == [("Message Sent", "d1", "accepted")]


def test_a_clock_set_back_while_a_call_is_under_way_keeps_its_door_shut_until_the_attempts_instant() -> None:
    scene, began = Scene(), list[Instant]()

    async def at_the_door() -> None:
        if not began:
            scene.clock.instant = NOW - HOUR
        began.append(scene.clock.instant)

    provider = Provider(at_the_door=at_the_door)
    asyncio.run(scene.carry_out(provider, attempt("d1")))
    assert (len(began), provider.taken) == (2, ["d1"])
    assert began[1] >= NOW
    assert scene.told() == [("Message Sent", "d1", "accepted")]
