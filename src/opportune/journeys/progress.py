"""How runs go on. Events move them here; deadlines move them in ``deadline``."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from opportune.features.scope import Scope
from opportune.journeys.gathering import gather
from opportune.journeys.making import Around, make, take_arm
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plan, Plans
from opportune.journeys.run import Run, order
from opportune.journeys.step import (
    Branch,
    Digest,
    Emit,
    End,
    Goto,
    Send,
    SetTraits,
    Split,
    Wait,
    WaitDate,
    WaitLocal,
    WaitUntil,
)
from opportune.journeys.terms import Terms
from opportune.journeys.untils import answered_at, answers, notice
from opportune.journeys.waiting import due_of, replanned_due
from opportune.journeys.ways import after, ends
from opportune.units import Instant, Millis

Halt: TypeAlias = Literal["waits", "proposes", "ends"]
__all__ = ["Around", "Halt", "move_on", "pass_untils", "settle"]


def pass_untils(plans: Plans, memory: Memory, scope: Scope, *, lateness: Millis, depth: int = 0) -> Iterator[Run]:
    """The runs that were waiting for this event; each stands at its next step, not yet settled there.

    ``depth``: how many emitted events, this one included, led to it.
    """
    notice(plans, memory, scope, lateness=lateness)
    for run in sorted(memory.runs, key=order):
        plan = plans.of(run)
        step = plan.step(run) if plan is not None and run.due is not None else None
        if plan is None or not isinstance(step, WaitUntil) or step.event != scope.event:
            continue
        if answers(plan, step, run, scope):
            run.depth = max(run.depth, depth)
            move_on(run, max(scope.at, run.since), to=after(step, run.step, "answered"))
            yield run


def settle(plan: Plan, run: Run, around: Around) -> Halt:
    """Takes a run that has come to a step as far as it goes without waiting or asking.

    A deadline it makes is never before ``now``. What it emits takes effect before it goes on.
    """
    while (step := plan.step(run)) is not None:
        match step:
            case Send():
                if _is_true(plan, run, around.memory):
                    run.due = None
                    return "proposes"
                run.step = after(step, run.step, "unless")
            case SetTraits() | Emit():
                if make(plan, step, run, around):
                    run.due = around.now
                    return "waits"
                run.step = after(step, run.step, "made")
            case Branch():
                run.step = after(step, run.step, "true" if _is_true(plan, run, around.memory) else "otherwise")
            case Split():
                take_arm(step, run, around)
            case Goto():
                run.step = after(step, run.step, "goto")
            case End():
                break
            case _:
                halt = _wait(plan, step, run, around)
                if halt is not None:
                    return halt
    return "ends"


def _wait(
    plan: Plan, step: Wait | WaitUntil | WaitLocal | WaitDate | Digest, run: Run, around: Around
) -> Literal["waits", "ends"] | None:
    """The run waits from here on, or ends; None if it has gone on at once."""
    memory, now = around.memory, around.now
    is_next = around.is_after_send and isinstance(step, WaitLocal) and step.end is None
    due = due_of(step, run, memory, now + is_next, around.terms)
    if isinstance(step, WaitUntil):
        happened = answered_at(plan, step, memory, run, now - around.terms.lateness)
        if happened is not None:
            move_on(run, max(run.since, happened), to=after(step, run.step, "answered"))
            return None
    if isinstance(step, Digest):
        due = max(gather(step, run), now)
    if isinstance(step, WaitDate) and due is None and ends(step, "missing"):
        return "ends"
    if isinstance(step, WaitLocal | WaitDate) and (due is None or due <= now):
        move_on(run, max(run.since, now), to=after(step, run.step, "missing" if due is None else "over"))
        return None
    run.due = due
    return "waits"


def wait_for_dates(plans: Plans, memory: Memory, now: Instant, terms: Terms) -> None:
    """After traits were stated: the runs that wait for a date wait for the one that is known now."""
    for run in memory.runs:
        plan = plans.of(run)
        step = None if plan is None else plan.step(run)
        if isinstance(step, WaitDate):
            run.due = replanned_due(step, run, memory, now, terms)


def move_on(run: Run, at: int, *, to: int) -> None:
    """The run leaves its step at this instant, for the one at this place."""
    run.step = to
    run.since = at
    run.due = None


def _is_true(plan: Plan, run: Run, memory: Memory) -> bool:
    """Whether the condition of the run's step is true as of its coming there."""
    return plan.whens[run.step](Scope(memory.profile, run.since, "", run.kept, {}, run.entry))
