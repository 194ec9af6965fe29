"""One user at a publication: what is remembered anew, and what becomes of runs, plans and triggers."""

from collections.abc import Callable

from opportune.events.event import Published
from opportune.features.backfill import graft
from opportune.journeys.memory import Memory, at_rest, awake
from opportune.policies.compiled import Compiled
from opportune.sending.publishing import take_up
from opportune.sending.reaction import Reaction
from opportune.wiring.backfilling import backfill_in
from opportune.wiring.moved import MOVED
from opportune.wiring.turn import Poison, says


def filled(raw: bytes, row: bytes, seq: int) -> Memory | None:
    """The memory with what the playbook that is published at this place asks for anew; None if it has that already."""
    if raw[:1] in (b"", MOVED) or (memory := awake(raw)).seq > seq:
        return None
    graft(memory.profile, backfill_in(row))
    memory.seq = seq
    return memory


def taken_up(
    raw: bytes, playbook_of: Callable[[Memory], Compiled], said: Published, *, is_here: bool
) -> Reaction | Poison | None:
    """What the publication does to this user; None if that is nothing, and the memory stays as it is.

    A memory that has seen it went through it before, unless it ``is_here`` that it is shown it. Where it fails, the
    user goes on as before the publication.
    """
    if raw[:1] in (b"", MOVED) or ((memory := awake(raw)).seq >= said.seq and not is_here):
        return None
    seen = memory.clock, memory.seq
    try:
        out = take_up(playbook_of(memory), memory, said)
    except Exception as error:  # noqa: BLE001 the boundary around one entry: recorded, and the next one is taken
        return Poison(memory.user, said.seq, f"{type(error).__name__}: {error}")
    now, (memory.clock, memory.seq) = (memory.clock, memory.seq), seen
    if at_rest(memory) == raw and not says(out):
        return None
    memory.clock, memory.seq = now
    return out


def seq_of(raw: bytes) -> int:
    """The newest log entry that this memory has seen."""
    return 0 if raw[:1] in (b"", MOVED) else awake(raw).seq
