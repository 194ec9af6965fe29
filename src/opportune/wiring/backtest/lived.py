"""What became of one user who lived a past under one playbook."""

from msgspec import Struct

from opportune.features.ledger import Sent
from opportune.journeys.run import GoalReached
from opportune.policies.decision import Decision, Ending
from opportune.units import Instant


class Lived(Struct, gc=False):
    """One user's past under one playbook: all that was decided, and how it ended."""

    user: str
    """The id that is left when all merges are done."""
    names: tuple[str, ...] = ()
    """All ids of the user, sorted."""
    decisions: list[Decision] = []
    """In the order in which they were made."""
    endings: dict[str, Ending] = {}
    """By decision; one that has none was still planned when the past ended."""
    goals: list[GoalReached] = []
    others: list[Sent] = []
    """What other systems sent: caps and fatigue count it too."""
    noticed: set[str] = set()
    """Decisions of which the past says that what they said was opened, clicked or shown."""
    events: int = 0
    late: int = 0
    """Events that came later than lateness: they changed features only."""
    poison: list[str] = []
    """Reasons of what the engine could not take."""
    looped: list[str] = []
    """Names of events that were not emitted, because emitted events go round."""


class Parked(Struct, frozen=True, gc=False):
    """A user between two entries: the memory at rest, and what became of the user."""

    memory: bytes
    wake: Instant | None
    """The next deadline."""
    lived: Lived
