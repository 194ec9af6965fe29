"""What holds for every journey of a playbook."""

from dataclasses import dataclass

from opportune.features.local_time import Zone
from opportune.units import Millis


@dataclass(frozen=True, slots=True)
class Terms:
    """What runs are moved by, beside their own journey."""

    lateness: Millis
    zone: Zone
    """Where a user is of whom no zone is known."""
    salt: str
    paused: frozenset[str] = frozenset()
    """Journeys that nobody enters."""
