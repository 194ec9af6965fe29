"""Providers that take messages, lose them, answer late, twice or never; and what has really arrived."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random
from typing import ClassVar

from opportune.errors import Rejected, Retryable
from opportune.messages.template import Rendered
from opportune.ports import Commits, Delivery
from opportune.sending.receipt import Receipt
from opportune.testing.virtual_loop import VirtualClock
from opportune.units import Instant
from tests.faults.sim.passing import passes

LATENCIES = (0.0, 0.001, 0.02, 0.3, 2.0)


@dataclass
class Arrival:
    """A message that has reached a user."""

    key: str
    user: str
    channel: str
    at: Instant
    """On the engine's clock."""


@dataclass
class Providers:
    """All that is outside of the engine, over all its lives."""

    moods: dict[str, int]
    keyed: frozenset[str]
    dice: Random
    clock: VirtualClock
    coming: Callable[[Delivery], None] = lambda delivery: None
    """Told when a channel is handed a message, or just before it asks whether it may begin."""
    begun: Callable[[Delivery, Instant], None] = lambda delivery, now: None
    """Told when a call starts, which is when the engine has said that it may; the instant is by the clock it saw."""
    arrived: Callable[[Delivery], None] = lambda delivery: None
    arrivals: list[Arrival] = field(default_factory=list)
    calls: int = 0
    life: int = 0
    amiss: list[AssertionError] = field(default_factory=list)
    """Promises that were found broken during calls: the engine would take such a fault for a channel's own."""
    _known: dict[str, Rendered] = field(default_factory=dict)
    """The words of what was taken, by key."""

    def channel(self, name: str) -> "SimChannel":
        """A way to one of them, for the present life."""
        kind = KeyedChannel if name in self.keyed else SimChannel
        return kind(self, name)

    def mood(self) -> str:
        return self.dice.choices(list(self.moods), list(self.moods.values()))[0]

    async def lasts(self, *, slow: bool = False) -> None:
        await passes(self.dice.choice((5.0, 20.0) if slow else LATENCIES))

    def take(self, channel: str, delivery: Delivery, rendered: Rendered) -> None:
        """The message arrives, unless its key is known; raises AssertionError if a repeat has other words."""
        if self._known.setdefault(delivery.key, rendered) != rendered and delivery.is_repeat:
            raise AssertionError(f"words: {delivery.key} is repeated with others")
        if channel in self.keyed and any(each.key == delivery.key for each in self.arrivals):
            return
        self.arrivals.append(Arrival(delivery.key, delivery.user, channel, self.clock.now()))
        self.arrived(delivery)


class SimChannel:
    """Calls one provider."""

    is_keyed: ClassVar[bool] = False

    def __init__(self, providers: Providers, name: str) -> None:
        self.providers, self.name, self.life = providers, name, providers.life

    async def send(self, rendered: Rendered, delivery: Delivery, *, commits: Commits) -> Receipt:
        try:
            return await self._sent(rendered, delivery, commits)
        except AssertionError as broken:
            self.providers.amiss.append(broken)
            raise

    async def _sent(self, rendered: Rendered, delivery: Delivery, commits: Commits) -> Receipt:
        at = self.providers
        mood = at.mood()
        is_early = at.dice.random() < 0.5
        if is_early:
            at.coming(delivery)
        await at.lasts(slow=mood == "slow")
        if mood == "outage":
            raise Retryable("nobody answers", is_outage=True)
        if not is_early:
            at.coming(delivery)
        offset = at.clock.offset
        if not await commits():
            return Receipt("lapsed", "withdrawn")
        if self.life != at.life:
            raise AssertionError("a call goes on after the end of its engine")
        at.calls += 1
        at.begun(delivery, at.clock.true + offset)
        match mood:
            case "later":
                raise Retryable("come again")
            case "never":
                raise Rejected("no such user", code="refused")
            case "lost":
                await at.lasts()
                return Receipt("unknown", "no_answer")
        at.take(self.name, delivery, rendered)
        if mood == "hanging":
            await passes(300)
        await at.lasts(slow=mood == "slow")
        return Receipt("unknown", "no_answer") if mood == "silent" else Receipt("sent", "accepted")

    async def close(self) -> None:
        pass


class KeyedChannel(SimChannel):
    """Calls one that drops repeats."""

    is_keyed: ClassVar[bool] = True
