"""How runs go on. Events move them here; deadlines move them in ``deadline``."""

from collections.abc import Iterator
from typing import Literal, TypeAlias

from msgspec import Struct

from opportune.events.names import ENGAGEMENTS
from opportune.features.lasts import last_name, remembered
from opportune.features.scope import Scope
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plan, Plans
from opportune.journeys.run import Emission, Run, order
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
from opportune.units import Instant

Halt: TypeAlias = Literal["waits", "proposes", "ends"]


class Around(Struct, frozen=True, gc=False):
    """What a run goes on in."""

    memory: Memory
    now: Instant
    """No deadline is made before it."""
    terms: Terms
    emissions: list[Emission]
    """Takes what steps emit."""


def pass_untils(plans: Plans, memory: Memory, scope: Scope) -> Iterator[Run]:
    """The runs that were waiting for this event; each stands at its next step, not yet settled there."""
    for run in sorted(memory.runs, key=order):
        plan = plans.of(run)
        step = plan.step(run) if plan is not None and run.due is not None else None
        if plan is None or not isinstance(step, WaitUntil) or step.event != scope.event:
            continue
        if plan.key_of(scope.properties) in (None, run.key) and _answers(step, run, scope):
            move_on(run, max(scope.at, run.since))
            yield run


def settle(plan: Plan, run: Run, around: Around) -> Halt:
    """Takes a run that has come to a step as far as it goes without waiting or asking.

    A deadline it makes is never before ``now``. Order of cases: none matters, each step is of one kind.
    """
    memory, now = around.memory, around.now
    while (step := plan.step(run)) is not None:
        match step:
            case Wait(span):
                run.due = max(run.since + span, now)
                return "waits"
            case WaitUntil():
                happened = _first_since_entry(plan, step, memory, run, now - around.terms.lateness)
                if happened is not None:
                    move_on(run, max(run.since, happened))
                    continue
                run.due = max(run.since + step.at_most, now)
                return "waits"
            case Send():
                if _is_true(plan, run, memory):
                    run.due = None
                    return "proposes"
                run.step += 1
            case Branch(otherwise=place):
                run.step = run.step + 1 if _is_true(plan, run, memory) else place
            case Goto(place):
                run.step = place
            case End():
                break
            case WaitLocal() | WaitDate() | Split() | SetTraits() | Emit() | Digest():
                raise NotImplementedError(type(step).__name__)
    return "ends"


def move_on(run: Run, at: Instant, *, to: int | None = None) -> None:
    """The run leaves its step at this instant, for the next one or the one named."""
    run.step = run.step + 1 if to is None else to
    run.since = at
    run.due = None


def _is_true(plan: Plan, run: Run, memory: Memory) -> bool:
    """Whether the condition of the run's step is true as of its coming there."""
    return plan.whens[run.step](Scope(memory.profile, run.since, "", run.kept, {}, run.entry))


def _answers(step: WaitUntil, run: Run, scope: Scope) -> bool:
    """Whether the event is what the run waits for: not too old, and if it speaks of a message, of this run's."""
    if scope.at < (run.entry if step.since == "entry" else run.since):
        return False
    decision = scope.properties.get("decision") if scope.event in ENGAGEMENTS else None
    return decision is None or decision == run.decision


def _first_since_entry(plan: Plan, step: WaitUntil, memory: Memory, run: Run, horizon: Instant) -> Instant | None:
    """The first instant since the run's entry at which what it would wait for is known to have happened."""
    if step.since == "now":
        return None
    by, key = ("decision", run.decision) if step.event in ENGAGEMENTS else (plan.journey.key, run.key)
    names = {last_name(step.event, by, key), last_name(step.event, by)}
    known = (at for name in names for at in remembered(memory.profile.lasts, name, horizon))
    return min((at for at in known if at >= run.entry), default=None)
