"""From what clients say to log entries: whose it is, whether it is new, and its place in the log."""

from collections.abc import Iterator

import msgspec

from opportune.events.alias import WITH_IDENTIFY, Alias
from opportune.events.event import Event, Merged
from opportune.events.names import OWN_IDS
from opportune.ports import DEDUPE_HORIZON, Store
from opportune.units import Instant
from opportune.wiring.shard import Shard


class Intake:
    """Numbers log entries; the resolved user is written into the entry (R16), duplicates by id never get there."""

    def __init__(self, store: Store, shard: Shard) -> None:
        self._store = store
        self._shard = shard
        self.seq = store.last_seq()

    def following(self) -> int:
        """The next place in the log."""
        self.seq += 1
        return self.seq

    def is_refused(self, read: Event | Alias) -> bool:
        """Whether this is about somebody who was erased, and was not heard of again since."""
        names = (read.user, read.previous) if isinstance(read, Alias) else (read.user,)
        return any(self._is_erased(name) for name in names)

    def _is_erased(self, name: str) -> bool:
        return self._shard.resolved(name) not in self._shard.memories and self._store.is_erased(name)

    def entered(self, read: Event | Alias, now: Instant) -> Iterator[Event | Merged]:
        """The entries this comes to: none for an event that is known, or an alias that says nothing new.

        ``now`` is the log clock, which never falls: an event that was received earlier has waited, and counts from now.
        What we say ourselves, receipts and stops by link, is about the memory that the id stood for when we spoke, and
        is never history: it must end its decision, however long it took.
        """
        if isinstance(read, Alias):
            yield from self._joined(read, now)
            return
        is_own = read.id.startswith(OWN_IDS)
        event = msgspec.structs.replace(
            read,
            user=self._shard.heir(read.user) if is_own else self._shard.resolved(read.user),
            at=min(read.at, now),
            received_at=now,
            is_history=not is_own and (read.is_history or now - read.at > DEDUPE_HORIZON),
        )
        if self._store.admit(event):
            yield msgspec.structs.replace(event, seq=self.following())

    def _joined(self, alias: Alias, now: Instant) -> Iterator[Merged]:
        """An id that nobody else has is absorbed with its memory; one that another user has changes hands without it.

        The second is a shared device: what the earlier user did there stays that user's. An identify call that is
        known already, and comes late once more, does not give it back.
        """
        if self._store.is_known(alias.id.removeprefix(WITH_IDENTIFY)):
            return
        user, previous = self._shard.resolved(alias.user), alias.previous
        if previous == user or self._shard.resolved(previous) == user:
            return
        self._shard.join(previous, user)
        yield Merged(user, previous, now, self.following())
