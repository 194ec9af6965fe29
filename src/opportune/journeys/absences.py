"""An event, and none of certain others within a span after it: the trigger of carts that were left behind."""

from bisect import bisect_left, bisect_right

from opportune.features.lasts import remember, remembered
from opportune.features.scope import Scope
from opportune.journeys.armed import drop, enter_armed
from opportune.journeys.beginning import kept_of
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plan, Plans
from opportune.journeys.run import Armed, Entry
from opportune.journeys.terms import Terms
from opportune.journeys.trigger import Absence
from opportune.units import Instant


def await_absences(plans: Plans, memory: Memory, scope: Scope, now: Instant, terms: Terms) -> None:
    """After an event: it is the answer to what is armed, or arms what waits for one, or both, in this order.

    An answer with ``at`` from the arming event's to its due disarms; one that is remembered from before the arming
    event came keeps it from being armed. The arming event itself is no answer.
    """
    for plan in plans.absences.get(scope.event, ()):
        places = plan.start.places(scope)
        key = plan.key_of(scope.properties)
        is_answer = any(places)
        if is_answer:
            remember(memory.profile.lasts, _answer_name(plan, key or ""), scope.at, now - terms.lateness)
            _disarm(plan, memory, key, scope.at)
        if 0 in places and key is not None:
            _arm(
                plan,
                memory,
                Armed(plan.journey.name, key, 0, scope.at, now, kept_of(plan, scope), "absence"),
                is_answer,
            )


def absent(plan: Plan, armed: Armed, due: Instant) -> Entry | None:
    """The entry of what is due: nothing came."""
    trigger = plan.start.trigger
    if not isinstance(trigger, Absence):
        return None
    return Entry(armed.key, min(due, armed.at + trigger.within), armed.kept)


def disarm_answered(plan: Plan, memory: Memory, horizon: Instant) -> None:
    """Disarms what an answer is remembered for: two memories have become one."""
    trigger = plan.start.trigger
    assert isinstance(trigger, Absence)
    is_own = trigger.after.on in {each.on for each in trigger.without}
    drop(
        memory,
        lambda each: (
            each.journey == plan.journey.name
            and each.kind == "absence"
            and _is_answered(plan, memory, each, each.at + is_own, horizon)
        ),
    )


def _arm(plan: Plan, memory: Memory, armed: Armed, is_answer: bool) -> None:
    trigger, now = plan.start.trigger, armed.due
    assert isinstance(trigger, Absence) and now is not None
    if not _is_answered(plan, memory, armed, armed.at + is_answer, armed.at - 1):
        armed.due = max(armed.at + trigger.within, now)
        enter_armed(memory, armed)


def _is_answered(plan: Plan, memory: Memory, armed: Armed, since: Instant, horizon: Instant) -> bool:
    trigger, lasts = plan.start.trigger, memory.profile.lasts
    assert isinstance(trigger, Absence)
    for name in {_answer_name(plan, armed.key), _answer_name(plan, "")}:
        instants = remembered(lasts, name, horizon)
        if bisect_left(instants, since) < bisect_right(instants, armed.at + trigger.within):
            return True
    return False


def _disarm(plan: Plan, memory: Memory, key: str | None, at: Instant) -> None:
    drop(
        memory,
        lambda each: (
            each.journey == plan.journey.name
            and each.kind == "absence"
            and key in (None, each.key)
            and each.due is not None
            and each.at <= at <= each.due
        ),
    )


def _answer_name(plan: Plan, key: str) -> str:
    """Under what name answers are remembered, for one key or (empty) for all."""
    return f"answer to {plan.journey.name}\n{key}"
