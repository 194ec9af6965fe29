"""Armed triggers in the memory: found, entered within bounds, and taken out."""

from collections.abc import Callable

from opportune.journeys.memory import Memory
from opportune.journeys.run import Armed, ArmedBy

MOST_OF_A_KEY = 16
"""Events of one place of a trigger that are kept for one (journey, key); of more the oldest but the first leaves."""
MOST_OF_A_USER = 256
"""Events that are kept for all triggers of one user together, likewise."""
_BY_EVENTS: tuple[ArmedBy, ...] = ("absence", "sequence")


def enter_armed(memory: Memory, armed: Armed) -> None:
    """One more that an event has armed; one for each instant."""
    alike = [each for each in memory.armed if _place(each) == _place(armed)]
    if any(each.at == armed.at for each in alike):
        return
    memory.armed.append(armed)
    _bound(memory, [*alike, armed], MOST_OF_A_KEY)
    _bound(memory, [each for each in memory.armed if each.kind in _BY_EVENTS], MOST_OF_A_USER)


def standing(memory: Memory, journey: str, kind: ArmedBy) -> Armed | None:
    """What is armed for this journey of the kind that each user has once."""
    return next((each for each in memory.armed if each.journey == journey and each.kind == kind), None)


def drop(memory: Memory, is_gone: Callable[[Armed], bool]) -> None:
    """Takes out those that are gone."""
    memory.armed = [each for each in memory.armed if not is_gone(each)]


def _place(armed: Armed) -> tuple[str, str, str, int]:
    return armed.kind, armed.journey, armed.key, armed.place


def _bound(memory: Memory, bounded: list[Armed], most: int) -> None:
    if len(bounded) > most:
        oldest = sorted(bounded, key=lambda each: (each.at, *_place(each)))[1]
        memory.armed.remove(oldest)
