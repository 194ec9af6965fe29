"""A host that works on a real file, with a clock that only the story moves and a dispatcher that everybody answers."""

import asyncio
from collections.abc import Coroutine, Iterable, Mapping
from pathlib import Path
from random import Random
from typing import Any

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.alias import Alias
from opportune.events.event import Event, Published
from opportune.playbook.reading import playbook_from
from opportune.sending.outbox import Claim
from opportune.sending.receipt import Receipt, events_of
from opportune.units import Instant, Millis
from opportune.wiring.demo.clock import SimulatedClock, pass_by, settle
from opportune.wiring.embedded import Host
from opportune.wiring.in_force import InForce
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import publish, restored

ANSWERS = (*[Receipt("sent", "accepted")] * 8, Receipt("failed", "rejected"), Receipt("unknown", "no_answer"))


class Hosted:
    """Has what ``settle`` asks of an engine: a host, and itself as the dispatcher."""

    def __init__(self, path: Path, texts: Mapping[str, str], start: Instant, seed: int = 0) -> None:
        self.path, self.clock, self.dice = path, SimulatedClock(start), Random(seed)
        self.store = SqliteStore(path)
        self.publications = Publications(self.store)
        if self.store.last_seq() == 0:
            publish(self.store, self.publications, playbook_from(texts), texts, now=start)
        self.claims: list[Claim] = []
        self.host = Host(self.store, restored(self.store, self.publications), clock=self.clock, claimed=self._claimed)
        self.dispatcher = self
        self._calls: list[asyncio.Task[None]] = []

    @property
    def is_at_rest(self) -> bool:
        """Whether every call was answered."""
        return all(each.done() for each in self._calls)

    is_settled = is_at_rest

    def _claimed(self, claims: Iterable[Claim]) -> None:
        for each in claims:
            self.claims.append(each)
            self._calls.append(asyncio.ensure_future(self._call(each)))

    async def _call(self, claim: Claim) -> None:
        attempt, now = claim.attempt, self.clock.now()
        if now < attempt.expires and await self.store.mark_data_sent(claim):
            receipt = self.dice.choice(ANSWERS)
        else:
            receipt = Receipt("lapsed", "expired")
        await self.store.answer(claim, receipt, now)
        for event in events_of(claim, receipt, now):
            self.host.report(event)

    async def says(self, *reads: Event | Alias) -> None:
        """These come in and all that follows from them at once happens."""
        await self.host.accept(reads, [])
        await settle(self)  # type: ignore[arg-type]

    async def passes(self, span: Millis) -> None:
        """Time passes, and all that falls due happens."""
        await pass_by(self, self.clock, span)  # type: ignore[arg-type]

    async def publishes(self, texts: Mapping[str, str]) -> None:
        """From now on this playbook."""
        playbook = playbook_from(texts)
        self.publications.keep(playbook, texts)

        async def prepare(before: Published, now: Instant, seq: int) -> InForce:
            return self.publications.standing(Published(playbook.hash, now, seq, zones=before.zones))

        await self.host.publish(prepare)
        await settle(self)  # type: ignore[arg-type]

    def live(self, story: "Coroutine[Any, Any, None]") -> None:
        """The host works until the story is over; then the file is closed."""
        asyncio.run(self._living(story))

    async def _living(self, story: "Coroutine[Any, Any, None]") -> None:
        work = asyncio.create_task(self.host.run())
        try:
            await story
        finally:
            self.host.stop()
            await work
            self.store.close()
