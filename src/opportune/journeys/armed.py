"""Armed triggers in the memory: found, entered within bounds, and taken out."""

from collections.abc import Callable

from opportune.journeys.memory import Memory
from opportune.journeys.run import Armed, ArmedBy
from opportune.units import Instant

MOST_OF_A_KEY = 16
"""Events of one place of a trigger that are kept for one (journey, key); of more the oldest but the first leaves."""
MOST_OF_A_USER = 256
"""Events that are kept for all triggers of one user together, likewise."""
_BY_EVENTS: tuple[ArmedBy, ...] = ("absence", "sequence")


def enter_armed(memory: Memory, armed: Armed) -> None:
    """One more that an event has armed; one for each instant."""
    journey, key, place, kind = armed.journey, armed.key, armed.place, armed.kind
    alike = [
        each
        for each in memory.armed
        if each.place == place and each.journey == journey and each.key == key and each.kind == kind
    ]
    if any(each.at == armed.at for each in alike):
        return
    memory.armed.append(armed)
    _bound(memory, [*alike, armed], MOST_OF_A_KEY)
    if len(memory.armed) > MOST_OF_A_USER:
        _bound(memory, [each for each in memory.armed if each.kind in _BY_EVENTS], MOST_OF_A_USER)


def standing(memory: Memory, journey: str, kind: ArmedBy) -> Armed | None:
    """What is armed for this journey of the kind that each user has once."""
    return next((each for each in memory.armed if each.journey == journey and each.kind == kind), None)


def drop(memory: Memory, is_gone: Callable[[Armed], bool]) -> None:
    """Takes out those that are gone."""
    memory.armed = [each for each in memory.armed if not is_gone(each)]


def _bound(memory: Memory, bounded: list[Armed], most: int) -> None:
    """Takes out the oldest but the first, of one instant by name."""
    if len(bounded) > most:
        oldest = sorted(bounded, key=_age)[1]
        memory.armed = [each for each in memory.armed if each is not oldest]


def _age(armed: Armed) -> tuple[Instant, str, str, int]:
    return armed.at, armed.journey, armed.key, armed.place
