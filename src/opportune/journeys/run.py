"""What is remembered of one user's way through journeys. State only."""

from msgspec import Struct

from opportune.units import Instant, Micros, Scalar


class Again(Struct, array_like=True, gc=False):
    """An entry that came while a run of its key was active."""

    at: Instant
    kept: dict[str, Scalar] = {}


class Collected(Struct, array_like=True, gc=False):
    """An entry that a digest has gathered."""

    at: Instant
    texts: list[str]
    """Of its properties, in the order in which the digest names them; empty where there is none."""


class Run(Struct, array_like=True, gc=False):
    """One user, and key, going through one version of a journey."""

    journey: str
    version: str
    """The content hash of the playbook it entered with; its steps stay those (R6)."""
    key: str
    entry: Instant
    step: int
    since: Instant
    """When the run came to this step."""
    due: Instant | None
    """The deadline of a waiting step; None while a decision is open."""
    decision: str = ""
    """The last decision of this run, in hex."""
    kept: dict[str, Scalar] = {}
    has_acted: bool = False
    """Something was decided or emitted for it: its entry stands."""
    depth: int = 0
    """How many emitted events, one from the other, led to where it stands."""
    again: list[Again] = []
    """Oldest first."""
    collected: list[Collected] = []
    """While it stands at a digest, by instant."""


class Past(Struct, array_like=True, gc=False):
    """What re-entry remembers of (journey, key): the newest entry, accepted send and goal."""

    journey: str
    key: str
    entry: Instant
    sent: Instant | None = None
    goal: Instant | None = None
    before: Instant | None = None
    """The entry before the newest."""


class Armed(Struct, array_like=True, gc=False):
    """A trigger that has begun for one (journey, key), and what it waits for."""

    journey: str
    key: str
    place: int
    """Of a sequence, which of its events this was; of a crossing, 1 while it holds."""
    at: Instant
    """When what armed it happened."""
    due: Instant | None
    """When it is to be looked at; None: only when something happens."""
    kept: dict[str, Scalar] = {}


class GoalReached(Struct, frozen=True, array_like=True, gc=False):
    """A run did what its journey is for; ``value`` in millionths of the playbook's unit."""

    user: str
    journey: str
    key: str
    entry: Instant
    at: Instant
    value: Micros | None


class Entry(Struct, frozen=True, gc=False):
    """What would begin a run."""

    key: str
    at: Instant
    kept: dict[str, Scalar] = {}
    depth: int = 0


class Emission(Struct, frozen=True, gc=False):
    """An event that a step makes for its own user."""

    id: str
    name: str
    properties: dict[str, Scalar]
    depth: int
    """1 for what a run makes that no emitted event has begun."""


def order(run: Run) -> tuple[str, str, Instant]:
    """Runs act in this order whenever several act at one instant."""
    return run.journey, run.key, run.entry
