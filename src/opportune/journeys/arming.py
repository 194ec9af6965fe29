"""Triggers that wait in the memory: what events, publications and clocks make of them, and what falls due."""

from collections.abc import Iterator

from opportune.features.scope import Scope
from opportune.journeys.absences import absent, await_absences, disarm_answered
from opportune.journeys.armed import enter_armed, standing
from opportune.journeys.beginning import MOST_RUNS, begin
from opportune.journeys.crossing import look, note_crossings
from opportune.journeys.gathering import collect
from opportune.journeys.memory import Memory
from opportune.journeys.parting import is_awaited, part, part_with
from opportune.journeys.plan import Plan, Plans
from opportune.journeys.run import Armed, Entry, Run
from opportune.journeys.standing import arm_next, arm_standing
from opportune.journeys.starting import Arrival
from opportune.journeys.terms import Terms
from opportune.journeys.trigger import Absence, Broadcast, Crossing, DateTrait, Schedule
from opportune.units import Instant


def arm(plans: Plans, memory: Memory, arrival: Arrival, terms: Terms, *, active: Instant | None) -> list[Run]:
    """After an event, late ones and history apart: what it arms, and what it disarms.

    ``active`` is the user's newest activity before the event. The runs that begin because the event takes an entry
    back, in whose way they were; each at its first step.
    """
    _look_over(plans, memory, active, arrival.now)
    if plans.standing:
        _keep_standing(plans, memory, arrival, terms)
    return list(await_absences(plans, memory, arrival, terms)) if arrival.scope.event in plans.absences else []


def arm_quietly(plans: Plans, memory: Memory, arrival: Arrival, terms: Terms) -> None:
    """After an event that only changes what is remembered: nobody enters for what it made true.

    The dates that it tells, and what every user waits for, are armed all the same: their instants are to come.
    """
    if plans.standing:
        _keep_standing(plans, memory, arrival, terms)
    note_crossings(plans, memory, arrival.now, arrival)


def arm_all(plans: Plans, memory: Memory, now: Instant, terms: Terms, *, keeps: bool = False) -> None:
    """At a publication: what is armed for journeys that are gone, or begin otherwise now, is disarmed (`part`).

    Every user is armed for schedules, dates and broadcasts. Whoever is inside of what a crossing asks already does not
    enter; who is outside will, once inside. ``keeps``: what was armed and, by newer zone rules, has passed is due now.
    """
    part(plans, memory, now)
    arm_standing(plans, memory, now, terms, keeps=keeps)
    note_crossings(plans, memory, now)


def join(plans: Plans, memory: Memory, other: list[Armed], now: Instant, terms: Terms) -> None:
    """Two ids have turned out to be one user, whose profile is joined; ``other``: what was armed for one of them.

    The silences of the other are passed over. A condition that held for either holds, and is looked at again at once;
    what fired for either has fired.
    """
    for each in other:
        known = standing(memory, each.journey, each.kind)
        if each.kind in ("absence", "sequence"):
            enter_armed(memory, each)
        elif known is None and each.kind != "silence":
            memory.armed.append(each)
        elif known is not None and each.kind != "silence":
            known.fired, known.place = max(known.fired, each.fired), max(known.place, each.place)
            known.at = max(known.at, each.at)
    for each in memory.armed:
        if each.kind == "crossing":
            each.due = now
    for plan in {plan.journey.name: plan for listed in plans.absences.values() for plan in listed}.values():
        disarm_answered(plan, memory, now - terms.lateness)
    part(plans, memory, now)
    arm_standing(plans, memory, now, terms, keeps=True)


def ring(plans: Plans, memory: Memory, due: Instant, terms: Terms) -> Iterator[Run]:
    """The runs that armed triggers due at this instant begin; each stands at its first step, not yet settled there."""
    for armed in sorted((each for each in memory.armed if each.due == due), key=_order):
        plan = plans.newest.get(armed.journey)
        entry = None
        if plan is None or not is_awaited(plans, armed):
            part_with(plans, memory, armed, due)
        else:
            entry = _rung(plan, memory, armed, due, terms)
        if plan is not None and entry is not None:
            collect(plans, memory, plan.journey.name, entry)
        if plan is not None and entry is not None and len(memory.runs) < MOST_RUNS:
            run = begin(plan, memory, entry, terms)
            if run is not None:
                yield run


def _rung(plan: Plan, memory: Memory, armed: Armed, due: Instant, terms: Terms) -> Entry | None:
    """The entry that follows, and what is armed next."""
    match plan.start.trigger:
        case Crossing():
            return Entry("", due) if look(plan, memory, armed, due) else None
        case Schedule() | DateTrait() | Broadcast():
            armed.fired, armed.at = armed.place, due
            arm_next(plan, memory, armed, due, terms)
            return Entry("", due) if plan.start.holds(Scope(memory.profile, due)) else None
        case Absence():
            memory.armed.remove(armed)
            return absent(plan, armed, due)
        case _:
            memory.armed.remove(armed)
            return Entry(armed.key, due, armed.kept)


def _look_over(plans: Plans, memory: Memory, active: Instant | None, now: Instant) -> None:
    """What waits for silence waits anew from the newest activity, if that has moved; what is awaited no more is parted
    with. All that is armed is passed over once, after each event."""
    sessions, silences, kinds = memory.profile.sessions, plans.silences, plans.armed_by
    since = sessions[-1].end if sessions and (active is None or sessions[-1].end > active) else None
    known, is_all_awaited = 0, True
    for each in memory.armed:
        if kinds.get(each.journey) != each.kind:
            is_all_awaited = False
        elif since is not None and each.kind == "silence":
            due = since + silences[each.journey]
            each.at, each.due = since, due if due > now else now
            known += 1
    if since is not None and known < len(silences):
        waiting = {each.journey for each in memory.armed if each.kind == "silence"}
        new = [(name, since + span) for name, span in silences.items() if name not in waiting]
        memory.armed += [Armed(name, "", 0, since, max(due, now)) for name, due in new]
    if not is_all_awaited:
        part(plans, memory, now)


def _keep_standing(plans: Plans, memory: Memory, arrival: Arrival, terms: Terms) -> None:
    if arrival.states_traits or not plans.know(memory.armed):
        arm_standing(plans, memory, arrival.now, terms, keeps=True)


def _order(armed: Armed) -> tuple[str, str, int, Instant]:
    return armed.journey, armed.key, armed.place, armed.at
