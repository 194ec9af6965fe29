"""Whether a journey did what it is for."""

from collections.abc import Iterator

from opportune.features.scope import Scope
from opportune.journeys.beginning import forget_pasts, new_past
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plan, Plans
from opportune.journeys.run import GoalReached, Past, Reached
from opportune.journeys.terms import Terms
from opportune.units import Instant, micros

MOST_GOALS = 16
"""So many goals of one (journey, key) are remembered, the newest; and of one journey so many keys with only goals."""


def hear_of(plans: Plans, memory: Memory, scope: Scope, terms: Terms) -> None:
    """Remembers the goals that the event at hand is, for entries that may come later too.

    One without a key, in a journey that has one, is that of the newest entry of all, or of none.
    """
    for plan in plans.goals.get(scope.event, ()):
        if not plan.goal_test(scope):
            continue
        past = _past(plan, memory, scope, terms)
        if past is not None and past.goal is not None and not past.goals:
            past.goals = [Reached(past.goal, None, past.entry, past.entry)]
        if past is not None and all(each.at != scope.at for each in past.goals):
            value = plan.goal_value(scope)
            worth = micros(value) if isinstance(value, (int, float)) else None
            past.goals = sorted([*past.goals, Reached(scope.at, worth)], key=lambda each: each.at)
            _forget(past, memory.clock - terms.lateness)


def tell(memory: Memory) -> Iterator[GoalReached]:
    """The goals reached that were not told yet: once for each entry, up to ``within`` after it, also when the run has
    ended, and whichever of entry and goal was heard of first."""
    reached = [each for each in memory.pasts if each.goals]
    for past in sorted(reached, key=lambda each: (each.journey, each.key)) if reached else ():
        for goal in past.goals:
            entry = goal.entry
            if entry is not None and goal.told is None and all(each.told != entry for each in past.goals):
                goal.told = entry
                yield GoalReached(memory.user, past.journey, past.key, entry, goal.at, goal.value)


def _past(plan: Plan, memory: Memory, scope: Scope, terms: Terms) -> Past | None:
    """Whose goal the event at hand is."""
    name, key = plan.journey.name, plan.key_of(scope.properties)
    mine = [past for past in memory.pasts if past.journey == name and key in (None, past.key)]
    if key is None:
        entered = [(past.entry, past.key, past) for past in mine if past.entry is not None and past.entry <= scope.at]
        return max(entered, key=lambda each: each[:2])[2] if entered else None
    if mine:
        return mine[0]
    forget_pasts(plan, memory, memory.clock - terms.lateness)
    waiting = [past for past in memory.pasts if past.journey == name and past.entry is None]
    if len(waiting) >= MOST_GOALS:
        memory.pasts.remove(min(waiting, key=lambda past: (past.goals[-1].at if past.goals else 0, past.key)))
    return new_past(memory, name, key)


def _forget(past: Past, horizon: Instant) -> None:
    """Keeps the goals inside lateness, and the newest before that counts.

    A goal in whose place an earlier one counts now was told for both.
    """
    told = {each.told for each in past.goals}
    for each in past.goals:
        each.told = each.entry if each.told is None and each.entry in told else each.told
    older = [each for each in past.goals if each.at <= horizon and each.entry is not None]
    past.goals = [*older[-1:], *(each for each in past.goals if each.at > horizon)][-MOST_GOALS:]
