"""What answers a run that waits for an event: what comes, and what is remembered to have come."""

from opportune.events.names import ENGAGEMENTS
from opportune.features.expression import Expression
from opportune.features.lasts import key_of, last_name, remember, remembered
from opportune.features.scope import Scope
from opportune.journeys.in_order import may_enter
from opportune.journeys.journey import Journey
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plan, Plans
from opportune.journeys.run import Run, told_by
from opportune.journeys.step import WaitUntil
from opportune.units import Instant, Millis


def answers(plan: Plan, step: WaitUntil, run: Run, scope: Scope) -> bool:
    """Whether the event at hand is what the run waits for at this step.

    It is of the run's key or of none, not from before the wait (or the entry, if that is where it looks back to), not
    the event that the run entered with, of this run's message if it speaks of one, and fulfils the step's condition.
    """
    since = run.entry if step.since == "entry" else run.since
    if scope.at < since or _is_entry(plan.journey, step, run, scope.at):
        return False
    if plan.key_of(scope.properties) not in (None, run.key):
        return False
    decision = scope.properties.get("decision") if step.event in ENGAGEMENTS else None
    return (decision is None or decision in told_by(run)[-1:]) and plan.whens[run.step](scope)


def answered_at(plan: Plan, step: WaitUntil, memory: Memory, run: Run, horizon: Instant) -> Instant | None:
    """The first instant, of those remembered since where the step looks back to, at which it was answered already."""
    by = _by(step, plan.journey)
    key = next(reversed(told_by(run)), "") if step.event in ENGAGEMENTS else run.key
    name = _name(step)
    names = {last_name(name, by, key), last_name(name, by)}
    since = run.entry if step.since == "entry" else run.since
    known = (at for each in names for at in remembered(memory.profile.lasts, each, horizon))
    return min((at for at in known if at >= since and not _is_entry(plan.journey, step, run, at)), default=None)


def notice(plans: Plans, memory: Memory, scope: Scope, *, lateness: Millis) -> None:
    """Remembers when the event at hand fulfilled the conditions of those who may look back to it."""
    lasts, horizon = memory.profile.lasts, memory.clock - lateness
    for plan, place in plans.untils.get(scope.event, ()):
        step = plan.journey.steps[place]
        if isinstance(step, WaitUntil) and plan.whens[place](scope):
            by = _by(step, plan.journey)
            key = (key_of(scope.properties, by) or "") if by else ""
            remember(lasts, last_name(_name(step), by, key), scope.at, horizon)


def _name(step: WaitUntil) -> str:
    """Under what name the instants of its event are kept; those of a condition as of what can have a key."""
    return step.event if step.condition is None else conditional_name(step.event, step.condition)


def conditional_name(event: str, condition: Expression) -> str:
    """Under what name instants are kept at which the event came and fulfilled the condition."""
    return f"{event}\nwhere\n{condition.text}"


def _by(step: WaitUntil, journey: Journey) -> str:
    return "decision" if step.event in ENGAGEMENTS else journey.key


def _is_entry(journey: Journey, step: WaitUntil, run: Run, at: Instant) -> bool:
    """Whether what came at this instant is what the run entered with, which answers nothing."""
    return at == run.entry and may_enter(journey.enter, step.event)
