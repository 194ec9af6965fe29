"""Triggers that are awaited no more: disarmed, and what has fired of journeys that are gone stays known."""

from opportune.journeys.armed import drop
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plans
from opportune.journeys.run import Armed
from opportune.units import DAY, Instant

MOST_GONE = 64
"""Journeys that are gone of which one user's memory says what has fired; of more the one that fired longest ago
leaves."""
_DAYS_OF_A_SCHEDULE = 8
"""After so many days no clock of the world shows the day again that has fired."""


def is_awaited(plans: Plans, armed: Armed) -> bool:
    """Whether the newest version of the journey begins by what this was armed for."""
    return plans.armed_by.get(armed.journey) == armed.kind


def part(plans: Plans, memory: Memory, now: Instant) -> None:
    """What is awaited no more is disarmed; what has fired, or still holds, of a journey that is gone stays known.

    So nothing fires twice when the journey comes back with the same kind of trigger; with another it is forgotten.
    """
    drop(memory, lambda each: not is_awaited(plans, each) and not _stays_known(plans, each, now))
    gone = [each for each in memory.armed if each.journey not in plans.newest]
    if len(gone) > MOST_GONE:
        oldest = {each.journey for each in sorted(gone, key=_age)[:-MOST_GONE]}
        drop(memory, lambda each: each.journey in oldest)
    for each in memory.armed:
        if each.journey not in plans.newest:
            _disarm(each)


def part_with(plans: Plans, memory: Memory, armed: Armed, now: Instant) -> None:
    """The same for one that falls due now and is awaited no more."""
    if _stays_known(plans, armed, now):
        _disarm(armed)
    else:
        memory.armed.remove(armed)


def _disarm(armed: Armed) -> None:
    """It waits for nothing, and says only what has fired, or holds."""
    armed.due = None
    if armed.kind != "crossing":
        armed.place = 0


def _stays_known(plans: Plans, armed: Armed, now: Instant) -> bool:
    """Whether its journey is gone, and would fire again what it has fired if it came back."""
    if armed.journey in plans.newest:
        return False
    match armed.kind:
        case "crossing":
            return armed.place == 1
        case "schedule":
            return armed.fired >= max(now // DAY - _DAYS_OF_A_SCHEDULE, 1)
        case "date" | "broadcast":
            return armed.fired != 0
        case _:
            return False


def _age(armed: Armed) -> tuple[Instant, str]:
    return armed.at, armed.journey
