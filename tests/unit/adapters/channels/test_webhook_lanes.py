"""Webhooks under a dispatcher: each target has a lane of its own, and a silence is asked about with the same words."""

import asyncio

import msgspec
import pytest

from opportune.adapters.channels.webhook import Webhook
from opportune.adapters.clock import SystemClock
from opportune.adapters.outbound import Outbound, target_of
from opportune.adapters.reachable import reachable
from opportune.adapters.signatures import Secrets
from opportune.adapters.stores.memory import MemoryStore
from opportune.events.event import Event
from opportune.messages.template import Rendered
from opportune.ports import Batch, Timer
from opportune.sending.attempt import Attempt
from opportune.sending.outbox import Claim
from opportune.units import MINUTE
from opportune.wiring.dispatcher import Dispatcher
from opportune.wiring.lane import Lane
from tests.contracts.made import attempt
from tests.unit.adapters.target import GONE_QUIET, OK, Says, Scripted, serving
from tests.unit.wiring.test_dispatcher import Hands

SECRETS = Secrets(["whsec_" + "c2VjcmV0c2VjcmV0" * 2])
BROKEN = b"HTTP/1.1 500 So\r\ncontent-length: 0\r\n\r\n"


def words(each: Attempt) -> Rendered:
    return Rendered("Your cart", f"Hi {each.decision}", "")


def lane(port: int, clock: Timer, *, patience: int = 10_000) -> Lane:
    outbound = Outbound(reachable(["127.0.0.1"]), patience=patience)
    return Lane(Webhook(target_of(f"http://127.0.0.1:{port}/"), SECRETS, outbound, now=clock.now))


def claims(store: MemoryStore, channel: str, count: int, now: int) -> tuple[Claim, ...]:
    made = [attempt(f"{channel}{number}", channel=channel) for number in range(count)]
    fresh = [msgspec.structs.replace(each, at=now, expires=now + MINUTE) for each in made]
    return store.commit_now(Batch(calls=tuple(fresh)))


def test_targets_that_fail_or_never_end_cost_the_others_nothing() -> None:
    async def drips(writer: asyncio.StreamWriter) -> None:
        while not writer.is_closing():
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0)

    async def floods(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 500 So\r\ncontent-length: 10737418240\r\n\r\n")
        while True:
            writer.write(b"x" * 65_536)
            await writer.drain()

    slow: list[Says] = [drips]
    store, clock, sent, good = MemoryStore(), SystemClock(), list[Event](), Scripted()
    is_done = asyncio.Event()

    def heard(event: Event) -> None:
        sent.append(event)
        if len(sent) == 20:
            is_done.set()

    async def played() -> None:
        async with serving(good) as one, serving(Scripted(slow)) as two, serving(Scripted([floods])) as three:
            async with serving(Scripted([BROKEN])) as four:
                lanes = {"webhook": lane(one, clock), "sms": lane(two, clock, patience=500)}
                lanes |= {"push": lane(three, clock), "email": lane(four, clock)}
                dispatcher = Dispatcher(store, lanes, render=words, report=heard, clock=clock)
                for channel in ("sms", "push", "email", "webhook"):
                    dispatcher.take(claims(store, channel, 20, clock.now()))
                running = asyncio.create_task(dispatcher.run())
                await asyncio.wait_for(is_done.wait(), 30)
                await dispatcher.stop()
                await running

    asyncio.run(played())
    assert {event.name for event in sent} == {"Message Sent"}
    assert len(good.asked) == 20


def test_a_silence_is_asked_about_with_the_same_key_and_the_same_words() -> None:
    store, clock, told, target = MemoryStore(), Hands(), list[Event](), Scripted([GONE_QUIET, OK])

    async def played() -> None:
        async with serving(target) as port:
            dispatcher = Dispatcher(store, {"sms": lane(port, clock)}, render=words, report=told.append, clock=clock)
            dispatcher.take(claims(store, "sms", 1, clock.now()))
            running = asyncio.create_task(dispatcher.run())
            await asyncio.wait_for(dispatcher.settled(), 30)
            await dispatcher.stop()
            await running

    asyncio.run(played())
    first, second = target.asked
    assert (first.body, first.headers[b"webhook-id"]) == (second.body, second.headers[b"webhook-id"])
    assert [event.name for event in told] == ["Message Sent"]


def test_a_target_that_refuses_the_question_after_a_silence_leaves_it_unknown() -> None:
    """It may have taken the message the first time, so nothing is said of it but that nobody knows."""
    store, clock, told = MemoryStore(), Hands(), list[Event]()
    target = Scripted([GONE_QUIET, b"HTTP/1.1 409 So\r\ncontent-length: 0\r\n\r\n"])

    async def played() -> None:
        async with serving(target) as port:
            dispatcher = Dispatcher(store, {"sms": lane(port, clock)}, render=words, report=told.append, clock=clock)
            dispatcher.take(claims(store, "sms", 1, clock.now()))
            running = asyncio.create_task(dispatcher.run())
            await asyncio.wait_for(dispatcher.settled(), 30)
            await dispatcher.stop()
            await running

    asyncio.run(played())
    assert [event.name for event in told] == ["Message Unknown"]


@pytest.mark.parametrize(("status", "told"), [(500, "Unknown"), (502, "Unknown"), (504, "Unknown"), (503, None)])
def test_what_a_failing_target_may_have_said_is_not_decided_again(status: int, told: str | None) -> None:
    """A gateway that gives up waiting says 504 of a message that its target has said; only 503 is a clear not now."""
    store, clock, heard = MemoryStore(), Hands(), list[Event]()
    target = Scripted([b"HTTP/1.1 %d So\r\ncontent-length: 0\r\n\r\n" % status])

    async def played() -> None:
        async with serving(target) as port:
            dispatcher = Dispatcher(store, {"sms": lane(port, clock)}, render=words, report=heard.append, clock=clock)
            dispatcher.take(claims(store, "sms", 1, clock.now()))
            running = asyncio.create_task(dispatcher.run())
            await asyncio.wait_for(dispatcher.settled(), 30)
            await dispatcher.stop()
            await running

    asyncio.run(played())
    assert [event.name for event in heard] == [f"Message {told}" if told else "Attempt Lapsed"]
    assert len(target.asked) > 1
    assert len({each.headers[b"webhook-id"] for each in target.asked}) == 1
