"""An event, and none of certain others within a span after it: the trigger of carts that were left behind."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator

from opportune.features.lasts import remember, remembered
from opportune.journeys.armed import drop, enter_armed
from opportune.journeys.beginning import kept_of, rearrange
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plan, Plans
from opportune.journeys.run import Armed, Entry, Run
from opportune.journeys.starting import Arrival
from opportune.journeys.terms import Terms
from opportune.journeys.trigger import Absence
from opportune.units import Instant


def await_absences(plans: Plans, memory: Memory, arrival: Arrival, terms: Terms) -> Iterator[Run]:
    """After an event: it is the answer to what is armed, or arms what waits for one, or both, in this order.

    An answer with ``at`` from the arming event's to its due disarms; one that is remembered from before the arming
    event came keeps it from being armed. The arming event itself is no answer. One that is heard of only after the due
    takes the entry back, unless its run has acted; yields the runs that begin in its place.
    """
    scope, now = arrival.scope, arrival.now
    for plan in plans.absences.get(scope.event, ()):
        places = plan.start.places(scope)
        key = plan.key_of(scope.properties)
        is_answer = any(places)
        if is_answer:
            remember(memory.profile.lasts, _answer_name(plan, key or ""), scope.at, now - terms.lateness)
            _disarm(plan, memory, key, scope.at)
            yield from _take_back(plan, memory, key, scope.at, terms)
        if 0 in places and key is not None:
            kept = kept_of(plan, scope)
            armed = Armed(plan.journey.name, key, 0, scope.at, now, kept, "absence", depth=arrival.depth)
            _arm(plan, memory, armed, is_answer)


def absent(plan: Plan, armed: Armed, due: Instant) -> Entry:
    """The entry of what is due: nothing came."""
    trigger = plan.start.trigger
    assert isinstance(trigger, Absence)
    return Entry(armed.key, min(due, armed.at + trigger.within), armed.kept, armed.depth)


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


def _take_back(plan: Plan, memory: Memory, key: str | None, at: Instant, terms: Terms) -> Iterator[Run]:
    """Entries that an answer at this instant forbids are none, but for those of runs that have acted."""
    trigger = plan.start.trigger
    assert isinstance(trigger, Absence)
    is_own = trigger.after.on in {each.on for each in trigger.without}

    def is_gone(entry: Instant) -> bool:
        return entry - trigger.within + is_own <= at <= entry

    for past in [each for each in memory.pasts if each.journey == plan.journey.name and key in (None, each.key)]:
        runs = [each for each in memory.runs if each.journey == past.journey and each.key == past.key]
        gone = [each for each in runs if not each.has_acted and is_gone(each.entry)]
        heard = [*past.heard, *(each for run in gone for each in run.again)]
        taken = {run.entry for run in gone}
        if plan.journey.reentry.kind != "always":  # there each instant that is known has, or had, a run of its own
            taken.update(each.at for run in runs for each in run.again if is_gone(each.at))
            taken.update(each.at for each in past.heard if is_gone(each.at))
        if not taken:
            continue
        memory.runs = [each for each in memory.runs if each not in gone]
        past.heard = [each for each in heard if each.at not in taken]
        for run in runs:
            run.again = [each for each in run.again if each.at not in taken]
        if past.entry in taken:  # else it would stand, as if its run had been taken out by another rule
            past.entry = max((each.at for each in past.heard if each.has_begun), default=past.before)
        begun = rearrange(plan, memory, past, terms)
        if begun is not None:
            yield begun


def _answer_name(plan: Plan, key: str) -> str:
    """Under what name answers are remembered, for one key or (empty) for all."""
    return f"answer to {plan.journey.name}\n{key}"
