"""Until when a run waits at its step, where the step is one that waits."""

from opportune.features.clock import zones_stated
from opportune.features.local_time import Zone, next_local, next_open
from opportune.features.sessions import last_active
from opportune.features.traits import trait_at
from opportune.journeys.dated import instant_named
from opportune.journeys.memory import Memory
from opportune.journeys.run import Run
from opportune.journeys.step import Digest, Step, Wait, WaitDate, WaitLocal, WaitUntil
from opportune.journeys.terms import Terms
from opportune.units import Instant


def due_of(step: Step, run: Run, memory: Memory, now: Instant, terms: Terms) -> Instant | None:
    """When the wait that the run has come to ends, never before ``now``; None if the step waits for no instant.

    A date that the user's traits do not tell has none either.
    """
    match step:
        case Wait(span, "active"):
            active = last_active(memory.profile)
            return max((run.since if active is None else active) + span, now)
        case Wait(span) | WaitUntil(at_most=span) | Digest(span=span):
            return max(run.since + span, now)
        case WaitLocal():
            return _on_the_clock(step, max(run.since, now), zone_of(memory, now, terms))
        case WaitDate(trait):
            named = trait_at(memory.profile, trait, now)
            at = instant_named(named, zone_of(memory, now, terms), offset=step.offset, at=step.at)
            return None if at is None else max(at, now)
        case _:
            return None


def is_over(step: Step, run: Run, memory: Memory, due: Instant, terms: Terms) -> bool:
    """Whether the wait has ended at its due, as far as is known then: activity and dates may have moved on."""
    match step:
        case Wait(counted_from="active") | WaitDate():
            later = due_of(step, run, memory, due, terms)
            return later is not None and later <= due
        case _:
            return True


def replanned_due(step: Step, run: Run, memory: Memory, now: Instant, terms: Terms) -> Instant | None:
    """When a run that waits by the user's own clock goes on, asked anew because the user may be in another zone.

    As it stands where nothing of it hangs on a zone.
    """
    if run.due is None or not isinstance(step, WaitLocal | WaitDate):
        return run.due
    return due_of(step, run, memory, now, terms) or run.due


def zone_of(memory: Memory, now: Instant, terms: Terms) -> Zone:
    """The first zone in which the user may be, as known now; the playbook's if none is."""
    return next(iter(zones_stated(memory.profile, now)), terms.zone)


def _on_the_clock(step: WaitLocal, at: Instant, zone: Zone) -> Instant:
    if step.end is None:
        return next_local(zone, at, step.start.minutes, step.weekdays)
    return next_open(zone, at, step.start, step.end, step.weekdays)
