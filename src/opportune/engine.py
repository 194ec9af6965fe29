"""The whole flow: what one input does to one user, and all that follows from it.

    Event --fold--> Memory --advance--> runs --propose--> slate --policies--> Decision --claim--> Attempt

Pure: no clock, no dice, no I/O. A host loads the memory of the input's user, calls ``react``, and makes everything in
the Reaction durable in one transaction before it acts on any of it. The rules are in docs/explanation/kernel.md.
"""

from opportune.events.event import Event, Tick, log_clock
from opportune.events.names import RECEIPTS
from opportune.features.evolve import changes_rights, evolve, forget_sent
from opportune.journeys.deadline import earliest
from opportune.journeys.memory import Memory
from opportune.journeys.progress import await_silence, enter, is_crowded, leave, pass_untils, reach
from opportune.policies.compiled import Compiled
from opportune.policies.slate import Proposal
from opportune.sending.firing import fire
from opportune.sending.reaction import Reaction, reaction_to
from opportune.sending.receiving import answered, call_off, stopped
from opportune.sending.speaking import arrive, speak
from opportune.units import Instant


def react(playbook: Compiled, memory: Memory, happened: Event | Tick) -> Reaction:
    """What ``happened`` does to this user; the memory is updated in place and belongs to the Reaction.

    An entry whose ``seq`` is not above the memory's changes nothing. Everything due by then is fired first, each as of
    its own instant, so that ticks decide nothing (R1).
    """
    out = reaction_to(memory)
    if happened.seq <= memory.seq:
        out.wake = earliest(memory)
        return out
    now = max(log_clock(happened), memory.clock)
    fire(playbook, now, out)
    memory.clock, memory.seq = now, happened.seq
    if isinstance(happened, Event):
        memory.is_known = memory.is_known or happened.names_user
        speak(playbook, _take(playbook, happened, now, out), now, out)
        fire(playbook, now, out)
    return out


def _take(playbook: Compiled, event: Event, now: Instant, out: Reaction) -> list[Proposal]:
    """Folds the event, lets it end, move and start runs, in this order, and gathers what they want to say."""
    memory, lateness, plans = out.memory, playbook.lateness, playbook.plans
    active = memory.profile.sessions[-1].end if memory.profile.sessions else None
    scope = evolve(playbook.fold, memory.profile, memory.ledger, event, now)
    forget_sent(memory.ledger, now - playbook.ledger_span - lateness)
    out.is_late = now - event.at > lateness and event.name not in RECEIPTS
    if event.is_history:
        return []
    wishes = list(stopped(playbook, now, out)) if changes_rights(scope) else []
    if out.is_late:
        return [*wishes, *answered(playbook, event, scope, out)]
    await_silence(plans, memory, active, now)
    is_watched = event.name in plans.names
    if is_watched:
        call_off(memory, leave(plans, memory, scope, lateness=lateness), "exited", now, out)
        out.goals.extend(reach(plans, memory, scope))
    wishes += answered(playbook, event, scope, out)
    if is_watched:
        for run in pass_untils(plans, memory, scope):
            wishes += arrive(playbook, run, now, out)
        out.is_crowded = is_crowded(plans, memory, scope)
        for run in enter(plans, memory, scope, lateness=lateness):
            wishes += arrive(playbook, run, now, out)
    return wishes
