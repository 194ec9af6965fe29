"""The calls of one request, told apart into what is taken and what is refused."""

import asyncio
from collections.abc import Collection, Sequence
from typing import Final

from msgspec import UNSET, Struct

from opportune.adapters.sources.cutting import without_keys
from opportune.adapters.sources.http_answer import Answer, MadeId, Refusal, refused
from opportune.errors import EventError
from opportune.events.event import Event
from opportune.events.wire import MADE_ID, Arrival, Read, read
from opportune.ports import DeadLetter

AT_ONCE: Final = 25
"""Calls that are read in one turn of the loop, which takes less than a millisecond."""


class Sifted(Struct):
    """What one request brought; the lists are in the order of its calls."""

    reads: list[Read]
    dead: list[DeadLetter]
    rejected: list[Refusal]
    made_ids: list[MadeId]
    accepted: int

    def answer(self, known: Collection[str], *, is_batch: bool) -> Answer:
        """What to tell the client of calls whose ids were ``known``; a batch is a success whatever became of them."""
        if self.rejected and not is_batch:
            return refused(self.rejected[0].code, self.rejected[0].message)
        said = Answer(success=True)
        if is_batch:
            said.accepted, said.rejected = self.accepted, self.rejected
        if known:
            said.duplicates = len(known)
            said.conflicting = self._conflicting(known) or UNSET
        if self.made_ids:
            said.made_ids = self.made_ids
        return said

    def _conflicting(self, known: Collection[str]) -> int:
        """How many repeat the id of another call of this request, and not what it says."""
        ids, first, count = frozenset(known), dict[str, tuple[str, str, bytes]](), 0
        for each in self.reads:
            if isinstance(each, Event) and each.id in ids:
                says = (each.user, each.name, each.properties)
                count += first.setdefault(each.id, says) != says
        return count


def sift(calls: Sequence[bytes], arrival: Arrival) -> Sifted:
    """Reads every call; one that is refused costs only itself and becomes a dead letter."""
    sifted = Sifted([], [], [], [], 0)
    for index, call in enumerate(calls):
        _sift(sifted, index, call, arrival)
    return sifted


async def sift_in_turns(calls: Sequence[bytes], arrival: Arrival) -> Sifted:
    """The same, but others have their turn between ``AT_ONCE`` calls: nobody waits for somebody's large request."""
    sifted = Sifted([], [], [], [], 0)
    for index, call in enumerate(calls):
        if index and index % AT_ONCE == 0:
            await asyncio.sleep(0)
        _sift(sifted, index, call, arrival)
    return sifted


def _sift(sifted: Sifted, index: int, call: bytes, arrival: Arrival) -> None:
    try:
        found = read(call, arrival)
    except EventError as error:
        sifted.rejected.append(Refusal(index, error.code, str(error)))
        sifted.dead.append(_letter(call, arrival, error))
        return
    sifted.accepted += 1
    sifted.reads.extend(found)
    if found[-1].id.startswith(MADE_ID):
        sifted.made_ids.append(MadeId(index, found[-1].id))


def _letter(call: bytes, arrival: Arrival, error: EventError) -> DeadLetter:
    """All that is needed to read the call again, and no key."""
    body, kind = without_keys(call), arrival.kind or ""
    return DeadLetter(arrival.received_at, error.code, str(error), body, kind, arrival.sent_at)
