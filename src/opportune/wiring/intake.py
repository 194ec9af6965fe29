"""From what clients say to log entries: whose it is, whether it is new, and its place in the log."""

from collections.abc import Iterator
from typing import Final

import msgspec

from opportune.events.alias import WITH_IDENTIFY, Alias
from opportune.events.event import Event, Merged
from opportune.events.names import OWN_IDS, STOPS
from opportune.ports import DEDUPE_HORIZON, DeadLetter, Store
from opportune.units import Instant
from opportune.wiring.shard import Shard

KNOWN_USER: Final = "known_user"
"""The code of an alias that was not carried out, because no write key may join a known user to another."""


class _Told(msgspec.Struct):
    decision: str | int | float | None = None


_told = msgspec.json.Decoder(_Told)


class Intake:
    """Numbers log entries; the resolved user is written into the entry (R16), duplicates by id never get there."""

    def __init__(self, store: Store, shard: Shard, *, joins_known: bool = False) -> None:
        """``joins_known``: whether aliases may absorb known users though no operator says so."""
        self._store = store
        self._shard = shard
        self._joins_known = joins_known
        self._not_joined: list[Alias] = []
        self.seq = store.last_seq()

    def following(self) -> int:
        """The next place in the log."""
        self.seq += 1
        return self.seq

    def is_refused(self, read: Event | Alias) -> bool:
        """Whether this is about somebody who was erased, and was not heard of again since."""
        if isinstance(read, Alias):
            return self._is_erased(read.user, names_user=True) or self._is_erased(read.previous)
        return self._is_erased(read.user, names_user=read.names_user)

    def _is_erased(self, name: str, *, names_user: bool = False) -> bool:
        is_nobody = self._shard.resolved(name) not in self._shard.memories
        return (is_nobody or (names_user and self._shard.is_claimed(name))) and self._store.is_erased(name)

    def not_joined(self) -> list[Alias]:
        """The aliases, since this was last asked, that would have absorbed a known user, and have done nothing."""
        found, self._not_joined = self._not_joined, []
        return found

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
            at=min(read.at, now),
            received_at=now,
            is_history=not is_own and (read.is_history or now - read.at > DEDUPE_HORIZON),
        )
        heir = self._shard.heir(read.user)
        if is_own and (was := self._shard.before(heir)) is not None:
            yield from self._heard_of_both(event, heir, was[1])
        elif self._store.admit(event):
            if read.names_user:
                yield from self._freed(read.user, now)
            user = heir if is_own else self._shard.resolved(read.user)
            yield msgspec.structs.replace(event, user=user, seq=self.following())

    def _heard_of_both(self, read: Event, user: str, earlier: str) -> Iterator[Event]:
        """What we say of an id that was somebody else's anonymous one before it was a user's own.

        It is about whoever remembers the decision; a stop that names none is meant by either.
        """
        earlier = self._shard.heir(earlier)
        decision = _told.decode(read.properties).decision
        remembering = [each for each in (user, earlier) if self._remembers(each, decision)]
        both = remembering[:1] or [user, *([earlier] if read.name in STOPS else [])]
        for place, each in enumerate(both):
            said = read if place == 0 else msgspec.structs.replace(read, id=f"{read.id}-before")
            if self._store.admit(said):
                yield msgspec.structs.replace(said, user=each, seq=self.following())

    def _remembers(self, user: str, decision: object) -> bool:
        ledger = self._shard.memory(user).ledger
        return decision in [each.id for each in ledger.pending] + [each.id for each in ledger.sent if each.id]

    def _freed(self, user: str, now: Instant) -> Iterator[Merged]:
        """An id that is said as a ``userId`` is nobody else's from then on, whoever has claimed it before."""
        if self._shard.is_claimed(user):
            self._shard.release(user)
            yield Merged(user, user, now, self.following())
        self._shard.name(user)

    def _joined(self, alias: Alias, now: Instant) -> Iterator[Merged]:
        """An id that nobody else has is absorbed with its memory; one that another user has changes hands without it.

        The second is a shared device: what the earlier user did there stays that user's. An identify call that is
        known already, and comes late once more, does not give it back. An id that was ever said as a ``userId`` is
        nobody's to claim: write keys can be read in browsers. Only an operator may join it to another user.
        """
        if self._store.is_known(alias.id.removeprefix(WITH_IDENTIFY)):
            return
        previous = alias.previous
        is_identified = alias.id.startswith(WITH_IDENTIFY)
        if self._shard.resolved(alias.user) == self._shard.resolved(previous) and not is_identified:
            return
        if is_identified or self._shard.is_claimed(alias.user):
            yield from self._freed(alias.user, now)
        user = self._shard.resolved(alias.user)
        if previous == user or self._shard.resolved(previous) == user:
            return
        if not (alias.is_trusted or self._joins_known) and self._shard.is_known(previous):
            self._not_joined.append(alias)
            return
        self._shard.join(previous, user)
        yield Merged(user, previous, now, self.following())


def not_joined(alias: Alias, now: Instant) -> DeadLetter:
    """What is kept of an alias that would have absorbed a known user: a call that an operator may import."""
    call = {"type": "alias", "previousId": alias.previous, "userId": alias.user}
    return DeadLetter(now, KNOWN_USER, not_joined_reason(alias.previous), msgspec.json.encode(call))


def not_joined_reason(previous: str) -> str:
    """Why it was not carried out, and what an operator can do."""
    return (
        f"previousId: {previous!r} is a known user, whom no write key may join to another; if they are one person,"
        " import the alias (opportune import), or run with --join-known where all write keys are secret"
    )
