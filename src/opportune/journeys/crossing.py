"""A condition that becomes true: asked after every event that may change it, and whenever time may."""

from collections.abc import Iterator

from opportune.features.scope import Scope
from opportune.journeys.armed import standing
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plan, Plans
from opportune.journeys.run import Armed, Entry
from opportune.journeys.starting import Arrival
from opportune.units import Instant


def may_cross(plans: Plans, memory: Memory, arrival: Arrival) -> bool:
    """Whether the event may make a condition true that a journey waits for."""
    if not plans.crossings:
        return False
    return any(plan.start.is_touched(arrival) for plan in plans.crossings) or not plans.know(memory.armed)


def crossed(plans: Plans, memory: Memory, arrival: Arrival) -> Iterator[tuple[Plan, Entry]]:
    """The journeys whose condition is true as of the user's clock, with this event, and was not before.

    Of whom nothing is known yet it was what it was as of the instant before the event.
    """
    if not plans.crossings:
        return
    now = arrival.now
    is_known = plans.know(memory.armed)
    for plan in plans.crossings:
        if is_known and not plan.start.is_touched(arrival):
            continue
        armed = standing(memory, plan.journey.name, "crossing")
        if armed is None:
            armed = _put(plan, memory, arrival.scope.at - 1)
        if look(plan, memory, armed, now):
            yield plan, Entry("", now, depth=arrival.depth)


def look(plan: Plan, memory: Memory, armed: Armed, at: Instant) -> bool:
    """Whether it became true, as of this instant; it is looked at again when it may change without an event."""
    scope = Scope(memory.profile, at)
    is_true, held = plan.start.holds(scope), armed.place == 1
    if is_true != held and (is_true or plan.start.rearms is None or plan.start.rearms(scope)):
        armed.place, armed.at = int(is_true), at
    armed.due = plan.start.next_change(memory.profile, at)
    return is_true and not held


def note_crossings(plans: Plans, memory: Memory, now: Instant, arrival: Arrival | None = None) -> None:
    """The same, and nobody enters: what is true when it is published, or by what is only history, starts nothing.

    ``arrival``: what is history; None: anything may have changed.
    """
    for plan in plans.crossings:
        armed = standing(memory, plan.journey.name, "crossing")
        if armed is None or arrival is None or plan.start.is_touched(arrival):
            look(plan, memory, armed or _put(plan, memory, now), now)


def _put(plan: Plan, memory: Memory, at: Instant) -> Armed:
    holds = plan.start.holds(Scope(memory.profile, at))
    armed = Armed(plan.journey.name, "", int(holds), at, None, kind="crossing")
    memory.armed.append(armed)
    return armed
