"""Users at a publication: what is remembered anew, and what becomes of runs, plans and triggers."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Final

from opportune.events.event import Published
from opportune.features.backfill import graft
from opportune.journeys.deadline import earliest
from opportune.journeys.memory import at_rest, awake
from opportune.sending.publishing import take_up
from opportune.sending.reaction import Reaction
from opportune.wiring.backfilling import backfill_in
from opportune.wiring.in_force import InForce
from opportune.wiring.moved import MOVED
from opportune.wiring.turn import Poison, Turn, says

SLICE: Final = 1_000
"""Users whose memories are kept before others get a turn."""
FEW: Final = 50
"""Users who are taken through a publication before others get a turn."""


@dataclass(slots=True)
class Passage:
    """Everybody's way through one publication; each step of it is cut after a few users."""

    standing: InForce
    before: Published
    """The publication that was in force until now."""
    turn: Turn
    raw_of: Callable[[str], bytes]
    """The user's memory at rest; empty for nobody."""
    here: set[str]
    """Whose memories have seen the publication's place in the log in this turn only; other ones that have seen it went
    through it before."""

    def fill(self, rows: Iterable[tuple[str, bytes]]) -> Iterator[None]:
        """What the playbook asks for anew, by user."""
        seq = self.standing.said.seq
        for place, (user, row) in enumerate(rows):
            raw = self.raw_of(user)
            if raw[:1] not in (b"", MOVED) and (memory := awake(raw)).seq <= seq:
                graft(memory.profile, backfill_in(row))
                memory.seq = seq
                self.here.add(user)
                self.turn.memories[user], self.turn.wakes[user] = at_rest(memory), earliest(memory)
            if place % FEW == FEW - 1:
                yield

    def take_up(self, users: Iterable[str]) -> Iterator[None]:
        """What becomes of their runs, plans and triggers; whoever is not changed stays as it was."""
        outs: list[Reaction] = []
        for place, user in enumerate(users):
            out = self._taken_up(user, self.raw_of(user))
            if out is not None:
                self.turn.memories[user], self.turn.wakes[user] = at_rest(out.memory), out.wake
                outs += [out] if says(out) else []
            if place % FEW == FEW - 1:
                yield
        for out in sorted(outs, key=lambda each: each.memory.user):
            self.turn.gather(self.standing.said.seq, out)

    def _taken_up(self, user: str, raw: bytes) -> Reaction | None:
        """None if it changes nothing; where it fails, the user goes on as before it."""
        said = self.standing.said
        if raw[:1] in (b"", MOVED) or ((memory := awake(raw)).seq >= said.seq and user not in self.here):
            return None
        seen = memory.clock, memory.seq
        try:
            out = take_up(self.standing.of(memory), memory, said, self.before)
        except Exception as error:  # noqa: BLE001 the boundary around one entry: recorded, and the next one is taken
            self.turn.poison.append(Poison(user, said.seq, f"{type(error).__name__}: {error}"))
            return None
        now, (memory.clock, memory.seq) = (memory.clock, memory.seq), seen
        if at_rest(memory) == raw and not says(out):
            return None
        memory.clock, memory.seq = now
        return out


def in_slices(users: Iterable[str]) -> Iterator[Sequence[str]]:
    """These, a few at a time, as long as what they are of does not change."""
    rest = iter(users)
    while some := tuple(islice(rest, SLICE)):
        yield some


def seq_of(raw: bytes) -> int:
    """The newest log entry that this memory has seen."""
    return 0 if raw[:1] in (b"", MOVED) else awake(raw).seq
