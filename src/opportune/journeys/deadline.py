"""When the engine must look at a user again: deadlines live in the memory, a host's timers are only hints."""

from opportune.features.ledger import Pending
from opportune.journeys.gathering import close
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plan
from opportune.journeys.progress import move_on
from opportune.journeys.run import Run, order
from opportune.journeys.step import Digest, WaitUntil
from opportune.journeys.terms import Terms
from opportune.journeys.waiting import is_over
from opportune.journeys.ways import after
from opportune.units import Instant


def earliest(memory: Memory) -> Instant | None:
    """The user's first deadline: of a waiting run, a planned or unseen decision, an armed trigger; None if none."""
    first: Instant | None = None
    for run in memory.runs:
        if run.due is not None and (first is None or run.due < first):
            first = run.due
    for pending in memory.ledger.pending:
        if pending.state != "claimed" and (first is None or pending.at < first):
            first = pending.at
    for armed in memory.armed:
        if armed.due is not None and (first is None or armed.due < first):
            first = armed.due
    return first


def due_runs(memory: Memory, due: Instant) -> list[Run]:
    """The runs whose wait ends at this instant, in the order in which they act."""
    return sorted((run for run in memory.runs if run.due == due), key=order)


def due_pendings(memory: Memory, due: Instant) -> list[Pending]:
    """The decisions to be looked at again at this instant, in the order in which they act."""
    found = [each for each in memory.ledger.pending if each.at == due and each.state != "claimed"]
    return sorted(found, key=lambda each: (each.journey, each.key, each.entry))


def stop_waiting(plan: Plan, run: Run, memory: Memory, due: Instant, terms: Terms) -> None:
    """The wait is over: an until goes where its timeout leads, any other wait to the next step.

    Where activity, or the date it waits for, has moved on, the run stays at its step.
    """
    step = plan.step(run)
    if step is None or not is_over(step, run, memory, due, terms):
        return
    run.has_acted = True
    if isinstance(step, Digest):
        close(step, run)
    move_on(run, due, to=after(step, run.step, "timeout" if isinstance(step, WaitUntil) else "over"))
