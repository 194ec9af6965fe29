"""What a journey is: who enters, what is waited for and said, and what ends it. Definitions only."""

from typing import Literal, TypeAlias

from msgspec import Struct

from opportune.features.condition import Expression
from opportune.units import Instant, Micros, Millis, Scalar

Basis: TypeAlias = Literal["entry", "send", "goal"]


class Watched(Struct, frozen=True):
    """An event by name, if its condition is true."""

    on: str
    where: Expression | None = None


class Silence(Struct, frozen=True):
    """The user has not been active for this long: the trigger of win-backs."""

    inactive_for: Millis


class Goal(Struct, frozen=True):
    """What the journey is for; counted up to ``within`` after entry, also when the run has ended."""

    on: str
    within: Millis
    where: Expression | None = None
    value: Expression | None = None


class Reentry(Struct, frozen=True):
    """When the same user (and key) may enter again; a second entry while a run is active is never one.

    ``always``: as soon as no run is active; ``once``: never; ``cooldown``: after ``span`` counted from ``basis``.
    """

    kind: Literal["always", "once", "cooldown"] = "always"
    span: Millis = 0
    basis: Basis = "entry"


class Wait(Struct, frozen=True, tag="wait"):
    """Nothing for this long."""

    span: Millis


class WaitUntil(Struct, frozen=True, tag="until"):
    """Until the event happens, at most this long; ``on_timeout`` is where the run goes if it does not."""

    event: str
    at_most: Millis
    since: Literal["entry", "now"] = "now"
    on_timeout: int | None = None
    """Index of the step to go to at the timeout; None: the next one."""


class Send(Struct, frozen=True, tag="send"):
    """Propose the message, if the condition is true; the run waits here until the decision has ended."""

    message: str
    when: Expression | None = None
    if_not_sent: Literal["continue", "end"] = "continue"


class Goto(Struct, frozen=True, tag="goto"):
    """Go to a later step: how branches join. Never backwards."""

    step: int


Step: TypeAlias = Wait | WaitUntil | Send | Goto


class Journey(Struct, frozen=True):
    """A trigger with its steps, flat: branches are indices of later steps, so a run is at exactly one number."""

    name: str
    enter: Watched | Silence
    steps: tuple[Step, ...]
    key: str = ""
    """The property that tells runs of one user apart; empty: one run for each user."""
    exits: tuple[Watched, ...] = ()
    reentry: Reentry = Reentry()
    goal: Goal | None = None
    keeps: tuple[str, ...] = ()
    """The properties of the entry event that later conditions and templates read; only these are remembered."""


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


class Past(Struct, array_like=True, gc=False):
    """What re-entry remembers of (journey, key): the newest entry, accepted send and goal."""

    journey: str
    key: str
    entry: Instant
    sent: Instant | None = None
    goal: Instant | None = None


class GoalReached(Struct, frozen=True, array_like=True, gc=False):
    """A run did what its journey is for; ``value`` in millionths of the playbook's unit."""

    user: str
    journey: str
    key: str
    entry: Instant
    at: Instant
    value: Micros | None
