"""Deadlines: each fired as of its own instant, so that it does not matter when somebody looked (R1)."""

from opportune.features.ledger import Pending
from opportune.journeys.arming import ring
from opportune.journeys.deadline import due_pendings, due_runs, earliest, stop_waiting
from opportune.journeys.leaving import lose
from opportune.policies.compiled import Compiled
from opportune.policies.deciding import again, release
from opportune.policies.slate import MOST_ROUNDS, Proposal
from opportune.sending.claiming import claim, objection_now, recall
from opportune.sending.queueing import give_way
from opportune.sending.reaction import Reaction
from opportune.sending.receiving import call_off
from opportune.sending.speaking import arrive, go_on, run_of
from opportune.sending.taking import say
from opportune.units import Instant


def fire(playbook: Compiled, now: Instant, out: Reaction) -> None:
    """Fires every deadline up to and with ``now``, earliest first; all of one instant form one slate.

    The Reaction's ``wake`` is then the earliest deadline left.
    """
    while (due := earliest(out.memory)) is not None and due <= now:
        say(playbook, _wishes_at(playbook, due, out), due, out)
    out.wake = due


def _wishes_at(playbook: Compiled, due: Instant, out: Reaction) -> list[Proposal]:
    """What the deadlines of this instant propose; planned decisions that nobody objects to are claimed on the way."""
    memory, wishes = out.memory, list[Proposal]()
    if playbook.plans.can_lapse:
        call_off(memory, lose(playbook.plans, memory, due, due, lateness=playbook.lateness), "exited", due, out)
    pendings = due_pendings(memory, due)
    for run in due_runs(memory, due):
        plan = playbook.plans.of(run)
        if plan is None:
            memory.runs.remove(run)
            call_off(memory, [run], "version_gone", due, out)
            continue
        stop_waiting(plan, run, memory, due, playbook.terms)
        wishes += arrive(playbook, run, due, out)
    for run in ring(playbook.plans, memory, due, playbook.terms):
        wishes += arrive(playbook, run, due, out)
    wishes += give_way(playbook, pendings, due, out)
    for pending in (each for each in pendings if each in memory.ledger.pending):
        wishes += _look_again(playbook, pending, due, out)
    return wishes


def _look_again(playbook: Compiled, pending: Pending, due: Instant, out: Reaction) -> list[Proposal]:
    """A planned decision at its instant is claimed if nobody objects; an in-app message nobody saw gives way."""
    memory = out.memory
    view = playbook.view(memory, due)
    run = run_of(memory, pending.journey, pending.key, pending.entry)
    if run is not None:
        view = view.for_run(run.kept, run.entry)
    if pending.state == "planned":
        reason = objection_now(playbook, pending, view)
        if reason is None:
            claim(playbook, pending, run, view, out)
            return []
        code, without = reason.code, ""
    elif view.session_end is not None:
        pending.at = view.session_end
        return []
    else:
        code, without = "not_shown", pending.channel
        recall(pending, code, out)
    if due >= pending.deadline:
        code = "too_late" if pending.state == "planned" else code
    out.endings.append(release(memory, pending, code, due))
    message = playbook.messages.get(pending.message)
    if run is None or message is None or due >= pending.deadline or pending.rounds >= MOST_ROUNDS:
        return list(go_on(playbook, pending, due, out, is_sent=False))
    return [again(pending, message, run, without=without)]
