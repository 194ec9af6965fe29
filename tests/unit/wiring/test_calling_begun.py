"""Whoever hears that a message was called back hears it when no call for it can begin any more."""

import asyncio

import pytest

from opportune.adapters.stores.memory import MemoryStore
from opportune.events.event import Event
from opportune.ports import Batch
from opportune.sending.outbox import Claim
from opportune.units import Instant
from opportune.wiring.dispatcher import Dispatcher
from opportune.wiring.embedded import Host
from opportune.wiring.lane import Lane
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import publish, restored
from tests.contracts.made import NOW, attempt
from tests.unit.wiring.reached import PLAYBOOK
from tests.unit.wiring.test_dispatcher import Hands, Provider, words


class Slow(MemoryStore):
    """Has marks durable when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.asked, self.may_write = asyncio.Event(), asyncio.Event()

    async def mark_data_sent(self, claim: Claim, body: bytes | None = None, *, again: bool = False) -> bool:
        self.asked.set()
        await self.may_write.wait()
        return await super().mark_data_sent(claim, body, again=again)


def test_what_was_let_through_has_begun_when_all_has() -> None:
    async def story() -> None:
        store, provider = Slow(), Provider()
        dispatcher = Dispatcher(store, {"email": Lane(provider)}, render=words, report=print, clock=Hands())
        await dispatcher.begun()
        dispatcher.take(store.commit_now(Batch(calls=(attempt("d1"),))))
        working = asyncio.create_task(dispatcher.run())
        await store.asked.wait()
        begun = asyncio.create_task(dispatcher.begun())
        for _ in range(20):
            await asyncio.sleep(0)
        assert not begun.done()
        store.may_write.set()
        await begun
        assert provider.taken == ["d1"]
        await dispatcher.settled()
        await dispatcher.begun()
        await dispatcher.stop()
        await working

    asyncio.run(story())


@pytest.mark.parametrize("ending", ["Closed", "erased"])
def test_a_message_that_was_called_back_is_answered_for_when_calls_that_were_let_through_have_begun(
    ending: str,
) -> None:
    async def story() -> None:
        store, told, have_begun = MemoryStore(), list[str](), asyncio.Event()
        publications = Publications(store)
        publish(store, publications, PLAYBOOK, {}, now=NOW)
        host = Host(store, restored(store, publications), clock=Hands(), claimed=lambda found: None)

        async def begun() -> None:
            told.append("asked")
            await have_begun.wait()

        host.begun = begun
        working = asyncio.create_task(host.run())
        await host.accept([happened("Opened", NOW)], ())
        assert told == []
        assert [row.claim.attempt.user for row in store.open_claims()] == ["ann"]
        stopping = host.erase("ann") if ending == "erased" else host.accept([happened(ending, NOW)], ())
        stopped: asyncio.Future[object] = asyncio.ensure_future(stopping)
        while not told:
            await asyncio.sleep(0)
        for _ in range(20):
            await asyncio.sleep(0)
        assert not stopped.done()
        have_begun.set()
        await stopped
        host.stop()
        await working

    asyncio.run(story())


def happened(name: str, at: Instant) -> Event:
    return Event(f"e-{name}", "ann", name, at, at)
