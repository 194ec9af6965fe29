"""When messages go to many users at once, as it was planned for all of them: a snapshot that a playbook carries."""

from collections.abc import Iterator

from msgspec import Struct

from opportune.errors import EventError
from opportune.events.instants import instant_of
from opportune.units import HOUR, ONE, Micros


class Opening(Struct, frozen=True, forbid_unknown_fields=True):
    """One hour on one channel."""

    share: Micros
    """Lots below it are let in; 1,000,000: everybody."""
    planned: int = 0
    """How many it was expected to come to."""


class Plan(Struct, frozen=True, forbid_unknown_fields=True):
    """When one message goes out to many users."""

    name: str
    """Mixed into the lots: who comes last in one plan need not come last in the next."""
    message: str
    hours: dict[str, dict[str, Opening]]
    """By channel and hour of UTC, such as ``2026-06-01T17:00Z``; an hour that is not named lets everybody in."""


class Capacity(Struct, frozen=True, forbid_unknown_fields=True):
    """What ``opportune plan`` has found: the file ``models/capacity.json``; of one message the last plan holds."""

    plans: tuple[Plan, ...] = ()


def faults(capacity: Capacity) -> list[str]:
    """What is wrong with a snapshot, in words; nothing if it can be used."""
    found = []
    for where, text, opening in _openings(capacity):
        if hour_of(text) is None:
            found.append(f"{where}: an hour is written like '2026-06-01T17:00Z'")
        if not 0 <= opening.share <= ONE:
            found.append(f"{where}.share: must be from 0 to {ONE}, not {opening.share}")
    return found


def hour_of(text: str) -> int | None:
    """Hours since 1970 began; None if no hour of UTC begins there."""
    try:
        at = instant_of(text, "hour")
    except EventError:
        return None
    return None if at % HOUR else at // HOUR


def _openings(capacity: Capacity) -> Iterator[tuple[str, str, Opening]]:
    """Each opening with its place and its hour."""
    for place, plan in enumerate(capacity.plans):
        for channel, hours in plan.hours.items():
            yield from ((f"plans[{place}].hours.{channel}.{text}", text, each) for text, each in hours.items())
