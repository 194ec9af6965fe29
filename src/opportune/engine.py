"""The whole flow: what one input does to one user, and all that follows from it.

    Event --fold--> Memory --advance--> runs --propose--> slate --policies--> Decision --claim--> Attempt

Pure: no clock, no dice, no I/O. A host loads the memory of the input's user, calls ``react``, and makes everything in
the Reaction durable in one transaction before it acts on any of it. The rules are in docs/explanation/kernel.md.
"""

from opportune.events.event import Event, Tick, log_clock
from opportune.events.names import EMIT_ID
from opportune.journeys.deadline import earliest
from opportune.journeys.goals import tell
from opportune.journeys.memory import Memory
from opportune.policies.compiled import Compiled
from opportune.sending.firing import fire
from opportune.sending.reaction import Reaction, reaction_to
from opportune.sending.taking import say, take


def react(playbook: Compiled, memory: Memory, happened: Event | Tick) -> Reaction:
    """What ``happened`` does to this user; the memory is updated in place and belongs to the Reaction.

    An entry whose ``seq`` is not above the memory's changes nothing. Everything due by then is fired first, each as of
    its own instant, so that ticks decide nothing (R1). What steps emit is folded here, so the entry that tells the
    log's readers of it is passed over (R13).
    """
    out = reaction_to(memory)
    if happened.seq <= memory.seq:
        out.wake = earliest(memory)
        return out
    now = max(log_clock(happened), memory.clock)
    fire(playbook, now, out)
    memory.clock, memory.seq = now, happened.seq
    if isinstance(happened, Event) and not happened.id.startswith(EMIT_ID):
        memory.is_known = memory.is_known or happened.names_user
        say(playbook, take(playbook, happened, now, out), now, out)
        fire(playbook, now, out)
    if memory.pasts:
        out.goals.extend(tell(memory))
    return out
