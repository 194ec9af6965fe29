"""The calls of one request, told apart into what is taken and what is refused."""

from collections.abc import Sequence

from msgspec import Struct

from opportune.adapters.sources.http_answer import Answer, MadeId, Refusal, refused
from opportune.errors import EventError
from opportune.events.wire import MADE_ID, Arrival, Read, read
from opportune.ports import DeadLetter


class Sifted(Struct):
    """What one request brought; the lists are in the order of its calls."""

    reads: list[Read]
    dead: list[DeadLetter]
    rejected: list[Refusal]
    made_ids: list[MadeId]
    accepted: int

    def answer(self, duplicates: int, *, is_batch: bool) -> Answer:
        """What to tell the client; a batch is a success whatever became of its calls."""
        if self.rejected and not is_batch:
            return refused(self.rejected[0].code, self.rejected[0].message)
        said = Answer(success=True)
        if is_batch:
            said.accepted, said.rejected = self.accepted, self.rejected
        if duplicates:
            said.duplicates = duplicates
        if self.made_ids:
            said.made_ids = self.made_ids
        return said


def sift(calls: Sequence[bytes], arrival: Arrival) -> Sifted:
    """Reads every call; one that is refused costs only itself and becomes a dead letter."""
    sifted = Sifted([], [], [], [], 0)
    for index, call in enumerate(calls):
        try:
            found = read(call, arrival)
        except EventError as error:
            sifted.rejected.append(Refusal(index, error.code, str(error)))
            sifted.dead.append(DeadLetter(arrival.received_at, error.code, str(error), call))
            continue
        sifted.accepted += 1
        sifted.reads.extend(found)
        if found[-1].id.startswith(MADE_ID):
            sifted.made_ids.append(MadeId(index, found[-1].id))
    return sifted
