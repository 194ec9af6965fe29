"""One event folded, what it moves in journeys, and the events that follow from it at once."""

from opportune.events.event import Event
from opportune.events.names import EMIT_ID, RECEIPTS
from opportune.features.clock import newest_said
from opportune.features.evolve import changes_rights, encoded, evolve, forget_sent
from opportune.journeys.arming import arm, arm_quietly
from opportune.journeys.crossing import may_cross
from opportune.journeys.entering import enter, is_crowded
from opportune.journeys.goals import hear_of
from opportune.journeys.leaving import leave, lose, reopen
from opportune.journeys.progress import pass_untils, wait_for_dates
from opportune.journeys.replaying import replay
from opportune.journeys.starting import Arrival
from opportune.policies.compiled import Compiled
from opportune.policies.slate import Proposal
from opportune.sending.reaction import Reaction
from opportune.sending.receiving import ANSWERS, answered, call_off, stopped
from opportune.sending.replanning import replan
from opportune.sending.speaking import arrive, speak
from opportune.units import Instant


def take(playbook: Compiled, event: Event, now: Instant, out: Reaction, *, depth: int = 0) -> list[Proposal]:
    """Folds the event, lets it end, move and start runs, in this order, and gathers what they want to say.

    ``depth``: how many emitted events, this one included, led to it.
    """
    memory, plans, lateness = out.memory, playbook.plans, playbook.lateness
    active = memory.profile.sessions[-1].end if memory.profile.sessions else None
    rests_on_zones = bool(memory.runs or memory.ledger.pending or plans.reads_zones or event.name in plans.names)
    said = newest_said(memory.profile) if rests_on_zones else ()
    scope = evolve(playbook.fold, memory.profile, memory.ledger, event, now)
    forget_sent(memory.ledger, now - playbook.ledger_span - lateness)
    is_late = now - event.at > lateness and event.name not in RECEIPTS
    out.is_late = out.is_late or is_late
    may_have_moved = rests_on_zones and said != newest_said(memory.profile)
    has_moved = may_have_moved and playbook.zones_of(said) != playbook.zones(memory.profile, now)
    arrival = Arrival(scope, now, depth, has_moved)
    if event.is_history or is_late:
        arm_quietly(plans, memory, arrival, playbook.terms)
    if event.is_history:
        return []
    wishes = list(stopped(playbook, now, out)) if changes_rights(scope) else []
    if is_late:
        return [*wishes, *answered(playbook, event, scope, out)]
    for run in arm(plans, memory, arrival, playbook.terms, active=active):
        wishes += arrive(playbook, run, now, out)
    if event.name in plans.names or plans.asks_all or event.name in ANSWERS:
        wishes += _advanced(playbook, event, arrival, out)
    if has_moved:
        wishes += replan(playbook, now, out)
    elif memory.runs and arrival.states_traits:
        wait_for_dates(plans, memory, now, playbook.terms)
    return wishes


def say(playbook: Compiled, wishes: list[Proposal], now: Instant, out: Reaction) -> None:
    """Decides these proposals, then takes what was emitted on the way, first in first out, as of the same instant."""
    if wishes:
        speak(playbook, wishes, now, out)
    while out.emissions:
        emission = out.emissions.pop(0)
        event = Event(
            id=f"{EMIT_ID}{emission.id}",
            user=out.memory.user,
            name=emission.name,
            at=now,
            received_at=now,
            seq=out.memory.seq,
            properties=encoded(emission.properties),
        )
        out.emits.append(event)
        speak(playbook, take(playbook, event, now, out, depth=emission.depth), now, out)


def _advanced(playbook: Compiled, event: Event, arrival: Arrival, out: Reaction) -> list[Proposal]:
    memory, plans, scope, now = out.memory, playbook.plans, arrival.scope, arrival.now
    wishes = list[Proposal]()
    may_end, may_answer = event.name in plans.endings, event.name in plans.answers
    lost = lose(plans, memory, scope.at, now, lateness=playbook.lateness) if plans.can_lapse else []
    if lost:
        call_off(memory, lost, "exited", now, out)
    if may_end:
        call_off(memory, leave(plans, memory, scope, lateness=playbook.lateness), "exited", now, out)
        hear_of(plans, memory, scope, playbook.terms)
    if event.name in ANSWERS:
        wishes += answered(playbook, event, scope, out)
    if may_answer:
        for run in pass_untils(plans, memory, scope, lateness=playbook.lateness, depth=arrival.depth):
            wishes += arrive(playbook, run, now, out)
        for run in replay(plans, memory, scope, playbook.terms):
            wishes += arrive(playbook, run, now, out)
    if may_end or lost:
        for run in reopen(plans, memory, scope, playbook.terms, lost):
            wishes += arrive(playbook, run, now, out)
    if event.name in plans.starts or may_cross(plans, memory, arrival):
        out.is_crowded = out.is_crowded or is_crowded(plans, memory, event.name)
        for run in enter(plans, memory, arrival, playbook.terms):
            wishes += arrive(playbook, run, now, out)
    return wishes
