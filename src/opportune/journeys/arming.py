"""Triggers that have begun, and wait in the memory for their instant or for what completes them."""

from collections.abc import Iterator

from opportune.features.scope import Scope
from opportune.journeys.beginning import begin
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plans
from opportune.journeys.run import Armed, Entry, Run
from opportune.journeys.terms import Terms
from opportune.journeys.trigger import Silence
from opportune.units import Instant


def arm(plans: Plans, memory: Memory, scope: Scope, active: Instant | None, now: Instant) -> None:
    """After an event, late ones and history apart: what it arms, disarms or moves on.

    ``active`` is the user's newest activity before the event. Journeys that wait for silence wait anew from the newest
    activity if that has moved.
    """
    sessions = memory.profile.sessions
    if plans.silences and sessions and (active is None or sessions[-1].end > active):
        last = sessions[-1].end
        renewed = {name for name, _ in plans.silences}
        memory.armed = [each for each in memory.armed if each.journey not in renewed]
        memory.armed += [Armed(name, "", 0, last, max(last + span, now)) for name, span in plans.silences]


def ring(plans: Plans, memory: Memory, due: Instant, terms: Terms) -> Iterator[Run]:
    """The runs that armed triggers due at this instant begin; each stands at its first step, not yet settled there."""
    for armed in sorted((each for each in memory.armed if each.due == due), key=_order):
        memory.armed.remove(armed)
        plan = plans.newest.get(armed.journey)
        if plan is None or not isinstance(plan.journey.enter, Silence):
            continue
        run = begin(plan, memory, Entry(armed.key, due, armed.kept), terms)
        if run is not None:
            yield run


def _order(armed: Armed) -> tuple[str, str, int, Instant]:
    return armed.journey, armed.key, armed.place, armed.at
