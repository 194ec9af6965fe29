"""What ends runs."""

from opportune.features.scope import Scope
from opportune.journeys.beginning import exit_name, remember
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plans
from opportune.journeys.run import Run, order
from opportune.units import Millis


def leave(plans: Plans, memory: Memory, scope: Scope, *, lateness: Millis) -> list[Run]:
    """The runs this event ends, taken out; an exit is remembered, so that an older entry starts nothing (R4)."""
    for plan in plans.exits.get(scope.event, ()):
        if plan.is_exit(scope):
            key = plan.key_of(scope.properties) or ""
            remember(memory.profile, exit_name(plan.journey.name, key), scope.at, memory.clock - lateness)
    ended = []
    for run in memory.runs:
        own = plans.of(run)
        if own is not None and scope.event in own.exits and run.entry <= scope.at:
            if own.key_of(scope.properties) in (None, run.key) and own.is_exit(scope):
                ended.append(run)
    memory.runs = [run for run in memory.runs if run not in ended] if ended else memory.runs
    return sorted(ended, key=order)
