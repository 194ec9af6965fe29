"""What a publication does to one user: triggers are armed, runs moved, and what rests on local clocks planned anew."""

from opportune.events.event import Published
from opportune.journeys.memory import Memory
from opportune.policies.compiled import Compiled
from opportune.sending.firing import fire
from opportune.sending.reaction import Reaction, reaction_to
from opportune.units import Instant


def take_up(playbook: Compiled, memory: Memory, published: Published) -> Reaction:
    """The user from this publication on; what fell due before was decided by the playbook before it (R6)."""
    out = reaction_to(memory)
    now: Instant = max(published.now, memory.clock)
    memory.clock, memory.seq = now, max(published.seq, memory.seq)
    fire(playbook, now, out)
    return out
