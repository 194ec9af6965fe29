"""What ends runs, and what begins because they have ended."""

from collections.abc import Iterable, Iterator

from opportune.features.scope import Scope
from opportune.journeys.beginning import past_of, put_back, rearrange, remember_exit, remember_goal_of_all
from opportune.journeys.in_order import ends_at_goal, may_enter
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plan, Plans
from opportune.journeys.run import Past, Run, order
from opportune.journeys.terms import Terms
from opportune.units import Instant, Millis

__all__ = ["end", "leave", "lose", "reopen"]


def leave(plans: Plans, memory: Memory, scope: Scope, *, lateness: Millis) -> list[Run]:
    """The runs this event ends, taken out; an exit is remembered, so that an older entry starts nothing (R4).

    An exit of one run, because of its message, is none of others.
    """
    horizon = memory.clock - lateness
    ended = _take_out(plans, memory, scope.at, [run for run in memory.runs if _is_left(plans.of(run), run, scope)])
    for plan in plans.exits.get(scope.event, ()):
        if plan.is_exit(scope):
            key = plan.key_of(scope.properties)
            remember_exit(plan, memory.profile, key or "", scope.at, horizon)
            for past in [each for each in memory.pasts if each.journey == plan.journey.name]:
                _end_heard(plan, past, scope, key)
    for plan in plans.goals.get(scope.event, ()):
        if plan.journey.key and ends_at_goal(plan.journey) and plan.goal_test(scope):
            if plan.key_of(scope.properties) is None:
                remember_goal_of_all(plan, memory.profile, scope.at, horizon)
    return ended


def lose(plans: Plans, memory: Memory, at: Instant, now: Instant, *, lateness: Millis) -> list[Run]:
    """The runs whose condition to end is true as of this instant, or what they entered for does not hold; taken out.

    After a late event it is asked as of ``now`` too. An entry before this instant starts nothing from then on.
    """
    lost = []
    for run in memory.runs:
        plan = plans.of(run)
        if plan is not None and run.entry <= at and _is_lost(plan, memory, run, at, now):
            lost.append(run)
            remember_exit(plan, memory.profile, run.key, at, memory.clock - lateness)
    return _take_out(plans, memory, at, lost)


def end(plans: Plans, memory: Memory, run: Run, terms: Terms) -> Run | None:
    """Takes out a run that has come to its end; the run that begins because of that, at its first step."""
    put_back(plans.of(run), memory, run, run.since)
    newest = plans.newest.get(run.journey)
    past = past_of(memory, run.journey, run.key)
    return None if newest is None or past is None else rearrange(newest, memory, past, terms)


def reopen(plans: Plans, memory: Memory, scope: Scope, terms: Terms, lost: Iterable[Run] = ()) -> Iterator[Run]:
    """The runs that begin because of an exit or a goal: of entries that were swallowed, or would have been refused.

    ``lost``: runs that a condition has ended.
    Each stands at its first step, not yet settled there. Runs that would not have begun are gone.
    """
    plans_moved = [plan for plan in plans.exits.get(scope.event, ()) if plan.is_exit(scope)]
    plans_moved += [plan for plan in plans.goals.get(scope.event, ()) if plan not in plans_moved]
    for plan in plans_moved:
        key = plan.key_of(scope.properties)
        for past in [each for each in memory.pasts if each.journey == plan.journey.name and key in (None, each.key)]:
            run = rearrange(plan, memory, past, terms)
            if run is not None:
                yield run
    for gone in lost:
        newest, past_of_it = plans.newest.get(gone.journey), past_of(memory, gone.journey, gone.key)
        run = None if newest is None or past_of_it is None else rearrange(newest, memory, past_of_it, terms)
        if run is not None:
            yield run


def _newest_ended(plan: Plan, scope: Scope) -> Instant:
    """Up to which entry the exit at hand ends runs: its own instant; what it may enter itself, it does not end."""
    return scope.at - 1 if may_enter(plan.journey.enter, scope.event) else scope.at


def _is_left(plan: Plan | None, run: Run, scope: Scope) -> bool:
    if plan is None or run.entry > _newest_ended(plan, scope) or plan.key_of(scope.properties) not in (None, run.key):
        return False
    if scope.event in plan.exits and plan.is_exit_of(run, scope):
        return True
    goal = plan.journey.goal
    if goal is None or goal.on != scope.event or not ends_at_goal(plan.journey):
        return False
    return scope.at <= run.entry + goal.within and plan.goal_test(scope)


def _is_lost(plan: Plan, memory: Memory, run: Run, at: Instant, now: Instant) -> bool:
    """Whether a condition ends the run as of this instant, or as of now."""
    tests = [*plan.ends, *plan.losses]
    scopes = [Scope(memory.profile, instant, "", run.kept, {}, run.entry) for instant in sorted({at, now})]
    return any(test(scope) for test in tests for scope in scopes)


def _take_out(plans: Plans, memory: Memory, at: Instant, runs: Iterable[Run]) -> list[Run]:
    ended = sorted(runs, key=order)
    for run in ended:
        put_back(plans.of(run), memory, run, at)
    return ended


def _end_heard(plan: Plan, past: Past, scope: Scope, key: str | None) -> None:
    """What would have begun by the exit at hand, of this key or of any, has ended with it."""
    for each in past.heard if key in (None, past.key) else ():
        if each.at <= _newest_ended(plan, scope):
            each.ended = scope.at if each.ended is None else min(scope.at, each.ended)
