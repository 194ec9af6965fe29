"""Events one after the other within a span, in whichever order they are heard of."""

from bisect import bisect_left

from opportune.journeys.armed import drop, enter_armed
from opportune.journeys.beginning import kept_of
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plan
from opportune.journeys.run import Armed, Entry
from opportune.journeys.starting import Arrival
from opportune.journeys.terms import Terms
from opportune.journeys.trigger import Sequence
from opportune.units import Instant, Millis


def completed(plan: Plan, memory: Memory, arrival: Arrival, terms: Terms) -> list[Entry]:
    """The entries of the chains that the event at hand completes, oldest first; it is remembered for later ones.

    A chain has one event for each place, each later than the one before, the last at most the span after the first;
    its entry is at its last event, with what was kept of that. An event that could be in no chain with one that is
    still to come, if that comes inside lateness, is forgotten.
    """
    trigger, scope = plan.start.trigger, arrival.scope
    assert isinstance(trigger, Sequence)
    name, key = plan.journey.name, plan.key_of(scope.properties)
    places = plan.start.places(scope)
    if key is None or not places:
        return []
    horizon = arrival.now - terms.lateness - trigger.within
    if any(each.at < horizon and each.kind == "sequence" for each in memory.armed):
        drop(memory, lambda each: each.journey == name and each.kind == "sequence" and each.at < horizon)
    before = _ends(memory, plan, key, scope.at)
    for place in places:
        kept = kept_of(plan, scope) if place == len(trigger.events) - 1 else {}
        enter_armed(memory, Armed(name, key, place, scope.at, None, kept, "sequence"))
    after = _ends(memory, plan, key, scope.at)
    return [Entry(key, at, after[at].kept, arrival.depth) for at in sorted(after.keys() - before.keys())]


def _ends(memory: Memory, plan: Plan, key: str, since: Instant) -> dict[Instant, Armed]:
    """The last events, from this instant on, of all chains there are, by their instants."""
    name, trigger = plan.journey.name, plan.start.trigger
    assert isinstance(trigger, Sequence)
    last = len(trigger.events) - 1
    mine = [each for each in memory.armed if each.journey == name and each.key == key and each.kind == "sequence"]
    ends = [each for each in mine if each.place == last and each.at >= since]
    if not ends:
        return {}
    ats = [sorted(each.at for each in mine if each.place == place) for place in range(last)]
    return {each.at: each for each in ends if _is_chain(ats, each.at, trigger.within)}


def _is_chain(ats: list[list[Instant]], end: Instant, within: Millis) -> bool:
    """Whether events of the places before lead to the one at this instant: each the latest that can."""
    at = end
    for instants in reversed(ats):
        place = bisect_left(instants, at)
        if not place:
            return False
        at = instants[place - 1]
    return at >= end - within
