"""What is remembered of one user's way through journeys. State only."""

from typing import Literal, TypeAlias

from msgspec import Struct

from opportune.units import Instant, Micros, Scalar

ArmedBy: TypeAlias = Literal["silence", "absence", "sequence", "crossing", "schedule", "date", "broadcast"]
"""Kinds of triggers that wait in a memory."""


class Again(Struct, array_like=True, gc=False):
    """An entry that was heard of and is not that of a run under way."""

    at: Instant
    kept: dict[str, Scalar] = {}
    depth: int = 0
    ended: Instant | None = None
    """When a run that began with it ended of itself, with nothing decided; None if none did."""
    has_begun: bool = False
    """A run began with it, by what was known when the course was last told."""


class Reached(Struct, array_like=True, gc=False):
    """A goal that was heard of, maybe before its entry."""

    at: Instant
    value: Micros | None
    entry: Instant | None = None
    """Whose first goal it is; None if nobody's."""
    told: Instant | None = None
    """For which entry it was told."""


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
    """A wait of it has ended, or something was decided or emitted for it: its entry stands."""
    depth: int = 0
    """How many emitted events, one from the other, led to where it stands."""
    again: list[Again] = []
    """Later entries that came while it had not acted, oldest first."""
    collected: list[Collected] = []
    """While it stands at a digest, by instant."""
    told: list[str] = []
    """Its decisions that chose something users hear of, in hex: the newest, oldest first."""


class Past(Struct, array_like=True, gc=False):
    """What re-entry remembers of (journey, key): the newest entry, accepted send and goal."""

    journey: str
    key: str
    entry: Instant | None
    """None: only goals are known."""
    sent: Instant | None = None
    goal: Instant | None = None
    before: Instant | None = None
    """The newest entry that stands: none up to it can start anything."""
    free: Instant | None = None
    """When the run of that entry ended; what would have entered before was swallowed."""
    heard: list[Again] = []
    """Entries after ``before`` and before that of a run under way, oldest first: what comes late may change what
    began."""
    goals: list[Reached] = []
    """Oldest first: those inside lateness, and the newest before that counts."""


class Armed(Struct, array_like=True, gc=False):
    """A trigger that has begun for one (journey, key), and what it waits for."""

    journey: str
    key: str
    place: int
    """Of a sequence, which of its events this was; of a crossing, 1 while it holds; of what a known instant fires, a
    number that stands for the day, year or instant it is armed for."""
    at: Instant
    """When what armed it happened; of what a known instant fires, when it fired last, if it has."""
    due: Instant | None
    """When it is to be looked at; None: only when something happens."""
    kept: dict[str, Scalar] = {}
    kind: ArmedBy = "silence"
    fired: int = 0
    """The place for which it has fired last; 0 if it never has."""
    depth: int = 0
    """How many emitted events, one from the other, led to what armed it."""


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


MOST_TOLD = 16
"""So many decisions of one run can an engagement speak of."""


def tell(run: Run, decision: str) -> None:
    """Remembers that this decision of the run chose something users hear of."""
    run.told = [*run.told, decision][-MOST_TOLD:]


def told_by(run: Run) -> list[str]:
    """Of what decisions users heard by this run, oldest first; a run from before they were listed knows its last."""
    return run.told or ([run.decision] if run.decision else [])


def order(run: Run) -> tuple[str, str, Instant]:
    """Runs act in this order whenever several act at one instant."""
    return run.journey, run.key, run.entry
