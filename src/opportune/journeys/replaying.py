"""Runs that go their way again, because what they waited for happened earlier than was known."""

from collections.abc import Iterator

from opportune.features.scope import Scope
from opportune.journeys.beginning import rearrange
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plan, Plans
from opportune.journeys.run import Run, order
from opportune.journeys.step import WaitUntil
from opportune.journeys.terms import Terms


def replay(plans: Plans, memory: Memory, scope: Scope, terms: Terms) -> Iterator[Run]:
    """The runs, none of which has acted, that the event at hand would have led another way had it come in time.

    Each stands at its first step again, not yet settled there.
    """
    for run in sorted(memory.runs, key=order):
        plan = plans.of(run)
        if plan is not None and _is_late_for(plan, run, scope):
            run.step, run.since, run.due = 0, run.entry, None
            yield run
    for past in [each for each in memory.pasts if each.heard]:
        newest = plans.newest.get(past.journey)
        if newest is None or not _waits_for(newest, past.key, scope):
            continue
        ended = [each for each in past.heard if each.ended is not None and each.at <= scope.at < each.ended]
        for each in ended:
            each.ended = None
        run_again = rearrange(newest, memory, past, terms) if ended else None
        if run_again is not None:
            yield run_again


def _is_late_for(plan: Plan, run: Run, scope: Scope) -> bool:
    is_past = run.step > 0 and run.entry <= scope.at < run.since
    return is_past and not run.has_acted and _waits_for(plan, run.key, scope)


def _waits_for(plan: Plan, key: str, scope: Scope) -> bool:
    """Whether a step of the journey waits for such an event, of this key."""
    is_waited_for = any(isinstance(step, WaitUntil) and step.event == scope.event for step in plan.journey.steps)
    return is_waited_for and plan.key_of(scope.properties) in (None, key)
