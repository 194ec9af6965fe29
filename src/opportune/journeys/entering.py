"""The runs that an event starts."""

from bisect import bisect_right
from collections.abc import Iterator

from opportune.features.series import count_upto, count_within
from opportune.journeys.beginning import MOST_RUNS, begin, kept_of
from opportune.journeys.crossing import crossed
from opportune.journeys.gathering import collect
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plan, Plans
from opportune.journeys.run import Entry, Run
from opportune.journeys.sequences import completed
from opportune.journeys.starting import Arrival
from opportune.journeys.terms import Terms
from opportune.journeys.trigger import Counted
from opportune.units import Instant


def is_crowded(plans: Plans, memory: Memory, name: str) -> bool:
    """Whether an event of this name could start a run, but the user has so many that no more are begun."""
    if len(memory.runs) < MOST_RUNS:
        return False
    return name in plans.enters or name in plans.counts or name in plans.sequences


def enter(plans: Plans, memory: Memory, arrival: Arrival, terms: Terms) -> Iterator[Run]:
    """The runs this event starts, journeys by name; each stands at its first step, not yet settled there."""
    for plan, entry in _entries(plans, memory, arrival, terms):
        collect(plans, memory, plan.journey.name, entry)
        run = begin(plan, memory, entry, terms) if len(memory.runs) < MOST_RUNS else None
        if run is not None:
            yield run


def _entries(plans: Plans, memory: Memory, arrival: Arrival, terms: Terms) -> list[tuple[Plan, Entry]]:
    scope, depth = arrival.scope, arrival.depth
    found: list[tuple[Plan, Entry]] = []
    for plan in plans.entering(scope):
        key = plan.key_of(scope.properties)
        if key is not None:
            found.append((plan, Entry(key, scope.at, kept_of(plan, scope), depth)))
    for plan in plans.counts.get(scope.event, ()):
        found += [(plan, entry) for entry in _counted(plan, arrival)]
    for plan in plans.sequences.get(scope.event, ()):
        found += [(plan, entry) for entry in completed(plan, memory, arrival, terms)]
    found += crossed(plans, memory, arrival)
    return sorted(found, key=_order) if len(found) > 1 else found


def _order(found: tuple[Plan, Entry]) -> tuple[str, Instant]:
    plan, entry = found
    return plan.journey.name, entry.at


def _counted(plan: Plan, arrival: Arrival) -> Iterator[Entry]:
    """The entry of the event at hand if with it there are as many as are asked for, as of the user's clock.

    It is at the newest of them: that is the event at hand, unless it came late.
    """
    scope, now, trigger = arrival.scope, arrival.now, plan.start.trigger
    assert isinstance(trigger, Counted)
    key, series = plan.key_of(scope.properties), plan.start.counted(scope)
    if key is None or series is None or not plan.start.places(scope):
        return
    if trigger.within and scope.at <= now - trigger.within:
        return
    count = count_within(series, now - trigger.within, now) if trigger.within else count_upto(series, now)
    if count in trigger.nth or (trigger.every and count % trigger.every == 0):
        newest = series.ats[bisect_right(series.ats, now) - 1]
        yield Entry(key, newest, kept_of(plan, scope), arrival.depth)
