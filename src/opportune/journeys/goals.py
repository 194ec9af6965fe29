"""Whether a journey did what it is for."""

from collections.abc import Iterator

from opportune.features.scope import Scope
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plans
from opportune.journeys.run import GoalReached
from opportune.units import micros


def reach(plans: Plans, memory: Memory, scope: Scope) -> Iterator[GoalReached]:
    """The goals this event reaches: once for each entry, up to ``within`` after it, also when the run has ended.

    Of each key the entry of the run going on counts, else the newest; of an event without a key the newest of all.
    """
    for plan in plans.goals.get(scope.event, ()):
        goal, key = plan.journey.goal, plan.key_of(scope.properties)
        going = {run.key: run.entry for run in memory.runs if run.journey == plan.journey.name}
        pasts = [past for past in memory.pasts if past.journey == plan.journey.name and key in (None, past.key)]
        entries = [(going.get(past.key, past.entry), past.key, past) for past in pasts]
        entries = [each for each in entries if each[0] <= scope.at]
        if goal is None or not entries or not plan.goal_test(scope):
            continue
        entry, _, past = max(entries, key=lambda each: each[:2])
        if scope.at > entry + goal.within or (past.goal is not None and past.goal >= entry):
            continue
        past.goal = scope.at
        value = plan.goal_value(scope)
        worth = micros(value) if isinstance(value, (int, float)) else None
        yield GoalReached(memory.user, plan.journey.name, past.key, entry, scope.at, worth)
