"""The store in plain memory: for tests, simulators and backtests."""

from collections.abc import Sequence

from msgspec.structs import replace

from opportune.adapters.stores.committing import check_order
from opportune.adapters.stores.letters import without_erased
from opportune.adapters.stores.memory_catalogue import MemoryCatalogue
from opportune.adapters.stores.memory_erased import MemoryErased
from opportune.adapters.stores.memory_history import MemoryHistory
from opportune.adapters.stores.memory_outbox import MemoryOutbox
from opportune.adapters.stores.memory_snapshots import MemorySnapshots
from opportune.adapters.stores.memory_tallies import Tallies
from opportune.events.event import Event
from opportune.ports import Batch, Erasure
from opportune.sending.outbox import Claim
from opportune.sending.receipt import claim_named
from opportune.sending.tally import Tallied
from opportune.units import Instant


class MemoryStore(MemorySnapshots, MemoryErased, MemoryHistory, MemoryOutbox, MemoryCatalogue):
    """Keeps everything for as long as it lives; ids of events are known for good."""

    def __init__(self) -> None:
        super().__init__()
        self._ids: set[str] = set()
        self._offsets: dict[str, int] = {}
        self._tallies = Tallies()

    def admit(self, event: Event) -> bool:
        """Whether this event's id is new; from now on it is not."""
        is_new = event.id not in self._ids
        self._ids.add(event.id)
        return is_new

    def is_known(self, event_id: str) -> bool:
        """Whether an event with this id was admitted before; takes nothing."""
        return event_id in self._ids

    async def commit(self, batch: Batch) -> tuple[Claim, ...]:
        """Keep the batch; returns the claims of its attempts, for the dispatcher."""
        return self.commit_now(batch)

    def commit_now(self, batch: Batch) -> tuple[Claim, ...]:
        """Keep the batch; raises ``ValueError`` if a ``seq`` does not rise, or a decision comes or ends twice."""
        events = [entry for entry in batch.inputs if isinstance(entry, Event)]
        try:
            self._check(batch)
        except ValueError:
            self._ids.difference_update(event.id for event in events)
            raise
        self._inputs.extend(batch.inputs)
        self._move_shelves(batch.inputs)
        self._ids.update(event.id for event in events)
        self._decisions.update({each.id: each for each in batch.decisions})
        self._endings.update({each.decision: each for each in batch.endings})
        self._goals.extend(batch.goals)
        self._dead.extend(without_erased(batch.dead, self.is_erased))
        self._offsets |= dict(batch.offsets)
        self._tallies.add(batch.tallied)
        self._keep_memories(batch)
        for event in events:
            self._log_answer(claim_named(event))
        return tuple(claim for call in batch.calls for claim in self._take(call))

    def offset(self, source: str) -> int:
        """How far this source has been taken; 0 for one never heard of."""
        return self._offsets.get(source, 0)

    def offsets(self, prefix: str) -> dict[str, int]:
        """How far each source whose name begins like this has been taken."""
        return {source: place for source, place in sorted(self._offsets.items()) if source.startswith(prefix)}

    def tallied(self) -> Tallied:
        """How welcome journeys are, as the commits so far have counted it."""
        return self._tallies.tallied()

    def forget_attempts(self, before: Instant) -> None:
        """Forget attempts answered before this, logged and of decisions that have ended; and what was put away."""
        for decision, rows in list(self._rows.items()):
            is_open = decision in self._decisions and decision not in self._endings
            if not is_open and all(row.is_logged and row.at is not None and row.at < before for row in rows):
                del self._rows[decision]
        self._order = [(decision, nth) for decision, nth in self._order if decision in self._rows]
        for place, item in list(self._items.items()):
            if any(at is not None and at < before for at in (item.dismissed_at, item.expires_at)):
                del self._items[place]

    async def erase(self, erasures: Sequence[Erasure], *, now: Instant, seq: int) -> None:
        """From now on nothing tells of these users, and the log says so in entries from ``seq`` on."""
        for erasure in erasures:
            names = set(erasure.names)
            self._tallies.forget(each.id for each in self._decisions.values() if each.user in names)
            self._forget(names)
            self._forget_attempts(names)
            self._snapshot = replace(
                self._snapshot,
                memories={
                    **{user: raw for user, raw in self._snapshot.memories.items() if user not in names},
                    **dict(erasure.moved),
                },
            )
            self._refuse(erasure, now, seq)
            seq += len(erasure.refused)

    def _check(self, batch: Batch) -> None:
        check_order(batch.inputs, self.last_seq())
        decided = {each.id for each in batch.decisions} - self._decisions.keys()
        ended = {each.decision for each in batch.endings} - self._endings.keys()
        if len(decided) < len(batch.decisions) or len(ended) < len(batch.endings):
            raise ValueError("a decision comes or ends once; this one did so before")
