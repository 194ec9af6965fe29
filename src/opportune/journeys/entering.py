"""The runs that an event starts."""

from collections.abc import Iterator

from opportune.features.scope import Scope
from opportune.journeys.beginning import MOST_RUNS, begin, kept_of
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plans
from opportune.journeys.run import Entry, Run
from opportune.journeys.terms import Terms


def is_crowded(plans: Plans, memory: Memory, scope: Scope) -> bool:
    """Whether the event could start a run, but the user has so many that no more are begun."""
    return len(memory.runs) >= MOST_RUNS and scope.event in plans.enters


def enter(plans: Plans, memory: Memory, scope: Scope, terms: Terms, *, depth: int = 0) -> Iterator[Run]:
    """The runs this event starts; each stands at its first step, not yet settled there.

    ``depth``: of the emitted event; 0 for what was not emitted.
    """
    if is_crowded(plans, memory, scope):
        return
    for plan in plans.entering(scope):
        key = plan.key_of(scope.properties)
        if key is not None:
            run = begin(plan, memory, Entry(key, scope.at, kept_of(plan, scope), depth), terms)
            if run is not None:
                yield run
