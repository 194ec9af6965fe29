"""A shelf, who looks at it, and the events that came of it."""

from collections.abc import Sequence

from opportune.adapters.channels.inbox import Inbox
from opportune.adapters.sealing import Sealer
from opportune.adapters.sources.inbox import InboxFace
from opportune.adapters.sources.inbox_hub import Hub
from opportune.adapters.sources.inbox_sweeping import Sweeper
from opportune.adapters.sources.user_tokens import PURPOSE, UserTokens
from opportune.adapters.stores.memory import MemoryStore
from opportune.events.event import Event
from opportune.messages.template import Rendered
from opportune.ports import Batch, Delivery
from opportune.wiring.demo.clock import SimulatedClock
from tests.unit.adapters.sources.faces import at_rest

NOW = 1_790_000_000_000
LIST = {"accept": "application/json"}


class Scene:
    """A shelf, who looks at it, and the events that came of it."""

    def __init__(self, hub: Hub | None = None) -> None:
        self.store, self.clock, self.hub = MemoryStore(), SimulatedClock(NOW), hub or Hub()
        self.tokens = UserTokens(Sealer(b"s" * 32, PURPOSE), now=self.clock.now)
        self.heirs: dict[str, str] = {}
        self.events: list[Event] = []
        self.failure: Exception | None = None
        self.app = InboxFace(
            shelf=self.store,
            tokens=self.tokens,
            hub=self.hub,
            accept=self.accept,
            owner=lambda grant: self.heir(grant.user),
            clock=self.clock,
        )
        self.channel = Inbox(self.store, changed=self.hub.changed, heir=self.heir)
        self.sweeper = Sweeper(self.store, accept=self.accept, clock=self.clock)

    def heir(self, user: str) -> str:
        return self.heirs.get(user, user)

    async def accept(self, events: Sequence[Event]) -> None:
        if self.failure is not None:
            raise self.failure
        known = {event.id for event in self.events}
        self.events += [event for event in events if event.id not in known]

    def url(self, user: str, rest: str = "", seconds: int = 3_600) -> str:
        return f"/v1/inbox{rest}?token={self.tokens.made(user, seconds)[0]}"

    async def arrives(self, key: str, user: str = "ann", *, deadline: int | None = None) -> None:
        async def yes() -> bool:
            return True

        delivery = Delivery(key, user, user, self.clock.now(), deadline=deadline)
        await self.channel.send(Rendered("Hi", f"text of {key}", ""), delivery, commits=yes)
        await at_rest()

    def commits(self, batch: Batch) -> None:
        self.store.commit_now(batch)
        self.hub.after(batch.inputs, batch.calls)

    async def passes(self, span: int) -> None:
        self.clock.move(self.clock.now() + span)
        await at_rest()

    def told(self) -> list[tuple[str, str, bytes]]:
        return [(event.user, event.name, event.properties) for event in self.events]
