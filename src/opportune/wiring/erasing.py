"""Whom an erasure takes: every id of the user, what other users share with it, and its addresses (R18)."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from typing import Final

from opportune.errors import Unavailable
from opportune.policies.address import ADDRESS_TRAITS, usable_on
from opportune.ports import Erasure, Store
from opportune.units import Instant
from opportune.wiring.intake import Intake
from opportune.wiring.moved import Moved, mark_of
from opportune.wiring.shard import Shard

MOST_AT_ONCE: Final = 20
"""Erasures in one transaction, so that no event waits long for its own."""


def erasure_of(shard: Shard, user: str, now: Instant) -> Erasure:
    """The user that this id stands for now, with all ids whose past it has.

    An id that another user has by now (a shared device) stays with that one, and is refused to nobody. A device that
    this user took over from another one goes back. Both change hands ``now``: what was handed out to them before shows
    nobody's inbox.
    """
    owner = shard.resolved(user)
    related = shard.related(owner)
    names = tuple(name for name in related if shard.heir(name) == owner)
    refused = tuple(name for name in names if shard.resolved(name) == owner)
    shared = [(name, shard.resolved(name)) for name in names if name not in refused]
    taken = [(name, shard.heir(name)) for name in related if name not in names and shard.resolved(name) == owner]
    return Erasure(
        names=names,
        refused=refused,
        addresses=tuple(dict.fromkeys(_addresses(shard, owner))),
        moved=tuple(
            (name, mark_of(Moved(whose, whose, shard.is_known(name), now))) for name, whose in (*shared, *taken)
        ),
    )


def _addresses(shard: Shard, user: str) -> Iterator[tuple[str, str]]:
    """Channel and address of every way to this user that is remembered: as it was said, and as it was written to."""
    traits = shard.memory(user).profile.traits
    for channel, trait in ADDRESS_TRAITS.items():
        for text in (stated.value for stated in traits.get(trait, ()) if isinstance(stated.value, str)):
            yield from ((channel, each) for each in (text.strip(), usable_on(channel, text)) if each)


class Erasures:
    """Who is to be forgotten next; a few of them share one transaction."""

    def __init__(self, store: Store, shard: Shard, intake: Intake) -> None:
        self._store = store
        self._shard = shard
        self._intake = intake
        self._wishes: list[tuple[str, asyncio.Future[Erasure]]] = []

    @property
    def are_waiting(self) -> bool:
        """Whether anybody is to be forgotten."""
        return bool(self._wishes)

    async def wish(self, user: str) -> Erasure:
        """Returns when it is durable, with the ids it took."""
        answer: asyncio.Future[Erasure] = asyncio.get_running_loop().create_future()
        self._wishes.append((user, answer))
        return await answer

    async def carry_out(self, now: Instant, *, begun: Callable[[], Awaitable[None]]) -> None:
        """Forgets a few; nothing may be under way to the store, for that may be about them.

        Answers when calls that were let through before have ``begun``.
        """
        taken, self._wishes = self._wishes[:MOST_AT_ONCE], self._wishes[MOST_AT_ONCE:]
        erasures = []
        for user, _ in taken:
            erasures.append(erasure_of(self._shard, user, now))
            self._shard.forget(erasures[-1])
        seq = self._intake.seq + 1
        self._intake.seq += sum(len(erasure.refused) for erasure in erasures)
        try:
            await self._store.erase(erasures, now=now, seq=seq)
        except (Unavailable, asyncio.CancelledError):  # also if another part of the engine has failed meanwhile
            self._wishes = [*taken, *self._wishes]
            raise
        await begun()
        for (_, answer), erasure in zip(taken, erasures, strict=True):
            if not answer.done():
                answer.set_result(erasure)

    def give_up(self) -> None:
        """The engine has ended; whoever waits must ask again."""
        for _, answer in self._wishes:
            if not answer.done():
                answer.set_exception(Unavailable("the engine has stopped before it could erase; ask again"))
