"""What lies outside of a dispatcher: a clock, a disk that may die under it, and providers that know what arrived."""

import asyncio
from collections import deque
from collections.abc import Callable, Collection
from dataclasses import dataclass, field
from typing import ClassVar

from opportune.adapters.stores.memory import MemoryStore
from opportune.errors import Rejected, Retryable, Unavailable
from opportune.messages.template import Rendered
from opportune.ports import Channel, Commits, Delivery
from opportune.sending.outbox import Claim, Row
from opportune.sending.receipt import Receipt
from opportune.units import Instant, Millis

BEFORE = ("not_now", "outage", "withdrawn", "refuse_unasked")
"""What a provider can do before it is committed; it then never is."""
AFTER = (
    "accept",
    "accept_in_silence",
    "silence",
    "not_now_after",
    "refuse",
    "bounce",
    "outage_after",
    "fault",
    "doubt",
)
"""What it can do once it is."""


class Clock:
    """Moves when the machine says so; whoever waits is woken at the right instant."""

    def __init__(self, now: Instant) -> None:
        self.at = now
        self._waiting: list[tuple[Instant, asyncio.Future[None]]] = []

    def now(self) -> Instant:
        """The instant."""
        return self.at

    async def pause(self, span: Millis) -> None:
        """Wait so long."""
        if span <= 0:
            await asyncio.sleep(0)
            return
        waiting: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting.append((self.at + span, waiting))
        await waiting

    def next(self) -> Instant | None:
        """When somebody is woken next."""
        self._waiting = [each for each in self._waiting if not each[1].done()]
        return min((due for due, _ in self._waiting), default=None)

    def wake(self) -> None:
        """Wake all that have waited long enough."""
        for due, waiting in self._waiting:
            if due <= self.at and not waiting.done():
                waiting.set_result(None)


class Disk:
    """The outbox of one life of the engine: it outlives it, but nothing is written to it after a crash.

    Every write takes a moment before and after it is there, so that a crash can come in between.
    """

    def __init__(self, store: MemoryStore, called_back: Collection[str]) -> None:
        """``called_back``: decisions whose recall is durable."""
        self._store = store
        self._called_back = called_back
        self.wrong: list[str] = []
        self.is_dead = False

    def open_claims(self) -> list[Row]:
        """As the store."""
        return self._store.open_claims()

    def unlogged(self) -> list[Row]:
        """As the store."""
        return self._store.unlogged()

    def standing(self, claim: Claim) -> Row | None:
        """As the store."""
        return self._store.standing(claim)

    def is_barred(self, channel: str, address: str) -> bool:
        """As the store."""
        return self._store.is_barred(channel, address)

    async def mark_data_sent(self, claim: Claim, body: bytes | None = None, *, again: bool = False) -> bool:
        """As the store."""
        await self._moment()
        done = await self._store.mark_data_sent(claim, body, again=again)
        if done and claim.attempt.decision in self._called_back:
            self.wrong.append("begun after a recall that was durable")
        await self._moment()
        return done

    async def release(self, claim: Claim) -> None:
        """As the store."""
        await self._moment()
        await self._store.release(claim)
        await self._moment()

    async def answer(self, claim: Claim, receipt: Receipt, at: Instant) -> bool:
        """As the store."""
        await self._moment()
        done = await self._store.answer(claim, receipt, at)
        await self._moment()
        return done

    async def _moment(self) -> None:
        await asyncio.sleep(0)
        if self.is_dead:
            raise Unavailable("the power went")


@dataclass(frozen=True)
class Begun:
    """One call that a provider was committed to."""

    key: str
    at: Instant
    words: str
    is_repeat: bool
    held: bool


@dataclass
class Call:
    """One call to a provider, from its first byte to its last."""

    began: Instant
    is_asking: bool
    """It began where so many had failed that only one may ask."""
    ended: Instant | None = None


@dataclass
class Provider:
    """Does as it was told beforehand, accepts otherwise, and writes down the truth."""

    clock: Clock
    is_keyed: bool
    is_held: Callable[[], bool]
    fates: deque[tuple[str, Millis]] = field(default_factory=deque)
    """What it does with the next calls, and how long it takes over each."""
    calls: list[Call] = field(default_factory=list)
    begun: list[Begun] = field(default_factory=list)
    asked: list[tuple[str, Instant]] = field(default_factory=list)
    arrived: dict[str, list[Instant]] = field(default_factory=dict)
    """By decision: when a copy reached the user."""
    doubtful: set[str] = field(default_factory=set)
    """Decisions of which the engine cannot know whether they arrived."""
    refused: set[str] = field(default_factory=set)
    said: dict[str, str] = field(default_factory=dict)
    """The words of the newest call that was committed to."""
    on_the_way: dict[int, str] = field(default_factory=dict)
    """Calls whose bytes are out: they may arrive though nobody waits for them any more."""
    outages: int = 0
    last_outage: Instant = 0
    wrong: list[str] = field(default_factory=list)
    """What should not have been; noted, for whoever calls a provider forgives it everything."""

    def again(self) -> None:
        """Another life: nothing is known of outages and calls under way."""
        self.calls, self.outages = [], 0
        self.on_the_way.clear()

    async def send(self, rendered: Rendered, delivery: Delivery, *, commits: Commits) -> Receipt:
        """One call."""
        fate, span = self.fates.popleft() if self.fates else ("accept", 0)
        call = Call(self.clock.now(), self.outages >= 3)
        self._may_begin(call)
        self.calls.append(call)
        try:
            receipt = await self._answered(fate, span, rendered, delivery, commits)
        except Retryable as refusal:
            self._heard(is_outage=refusal.is_outage)
            raise
        except Rejected:
            self._heard(is_outage=False)
            raise
        finally:
            call.ended = self.clock.now()
        if receipt.answer != "lapsed":
            self._heard(is_outage=receipt.answer == "unknown")
        return receipt

    async def _answered(
        self, fate: str, span: Millis, rendered: Rendered, delivery: Delivery, commits: Commits
    ) -> Receipt:
        await self.clock.pause(span)
        match fate:
            case "not_now" | "outage":
                raise Retryable("later", is_outage=fate == "outage")
            case "refuse_unasked":
                self.refused.add(delivery.key)
                raise Rejected("never", code="refused")
            case "withdrawn":
                self.refused.add(delivery.key)
                return Receipt("lapsed", "withdrawn")
        held = self.is_held()
        self.asked.append((delivery.key, self.clock.now()))
        if not await commits():
            return Receipt("lapsed", "withdrawn")
        self.begun.append(Begun(delivery.key, self.clock.now(), rendered.subject, delivery.is_repeat, held))
        if delivery.is_repeat and self.said[delivery.key] != rendered.subject:
            self.wrong.append("a repeat had other words")
        self.said[delivery.key] = rendered.subject
        if fate in ("accept_in_silence", "silence", "fault", "doubt") or self.is_known(delivery.key):
            self.doubtful.add(delivery.key)
        if fate in ("accept", "accept_in_silence"):
            number = len(self.begun)
            self.on_the_way[number] = delivery.key
            await self.clock.pause(span)
            if self.on_the_way.pop(number, None) is not None:
                self.land(delivery.key)
        await asyncio.sleep(0)
        return self._said(fate, delivery)

    def _said(self, fate: str, delivery: Delivery) -> Receipt:
        is_known = self.is_known(delivery.key)
        match fate:
            case "accept":
                return Receipt("sent", "accepted")
            case "fault":
                raise KeyError("a bug of the channel's own")
            case "refuse" | "bounce" if not is_known:
                self.refused.add(delivery.key)
                raise Rejected("never", code="refused", bounce="hard 5.1.1" if fate == "bounce" else "")
            case "not_now_after" | "outage_after" if not is_known:
                raise Retryable("later", is_outage=fate == "outage_after")
            case "doubt":
                raise Retryable("later", is_outage=True, is_doubtful=True)
        return Receipt("unknown", "no_answer")

    def is_known(self, key: str) -> bool:
        """Whether a repeat of it would be dropped."""
        return self.is_keyed and key in self.arrived

    def land(self, key: str) -> None:
        """A copy reaches the user, unless this provider knows the key."""
        copies = self.arrived.setdefault(key, [])
        if not (self.is_keyed and copies):
            copies.append(self.clock.now())

    def _heard(self, *, is_outage: bool) -> None:
        self.outages = self.outages + 1 if is_outage else 0
        self.last_outage = self.clock.now() if is_outage else self.last_outage

    def _may_begin(self, call: Call) -> None:
        """A provider that took nobody's message three times in a row is left alone, longer each time."""
        if call.is_asking:
            alone = min(1_000 * 2 ** (self.outages - 3), 30_000)
            if call.began < self.last_outage + alone:
                self.wrong.append("called while it should be left alone")
            if any(each.ended is None and each.is_asking for each in self.calls):
                self.wrong.append("asked with more than one message")


def channel_of(provider: Provider) -> Channel:
    """The provider as a lane wants it."""

    class Spoken:
        is_keyed: ClassVar[bool] = provider.is_keyed
        send = staticmethod(provider.send)

        async def close(self) -> None:
            """Nothing is held."""

    return Spoken()
