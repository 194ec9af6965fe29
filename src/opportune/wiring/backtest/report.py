"""What a playbook would have done to a past: the figures that the terminal, JSON and the page show."""

from msgspec import Struct, field

from opportune.units import Instant, Micros


class JourneyFigures(Struct):
    """One journey's share."""

    decisions: int = 0
    """``sent``, ``internal``, what stayed silent and what is still open together."""
    sent: int = 0
    """What went out to users, or may have."""
    internal: int = 0
    """Calls to own systems that went out: no user hears of them."""
    open: int = 0
    users: int = 0
    """To whom it sent something."""
    channels: dict[str, int] = field(default_factory=dict)
    messages: dict[str, int] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    """Why it was silent, by code."""
    goals: int = 0
    """Of every run, whether or not anything was decided for it: there may be more of them than decisions."""
    goal_value: Micros = 0


class Unnoticed(Struct):
    """The share of a ``fatigue`` with ``ignored`` that is due to what went unnoticed, be it the only reason or not."""

    ignored: int
    """So many in a row are too many."""
    objected: int = 0
    silenced: int = 0
    users: int = 0
    """Of whose decisions it stood against any."""


class CapUse(Struct):
    """How one cap was used."""

    policy: str
    """In words: ``frequency_cap 4 in 7 days``."""
    at_most: int | None
    """None: as many as each user has asked for."""
    objected: int = 0
    """Decisions to which it objected as they were made, on one channel at least; many of them went out, later or on
    another channel. Each counts once."""
    silenced: int = 0
    """Decisions that it settled."""
    users_at_limit: int | None = 0
    """Whose fullest window holds ``at_most`` or more; without a number, to whose decisions it objected; None for a gap,
    which has no limit that is reached."""
    fullest: dict[int, int] = field(default_factory=dict)
    """Sends that it counts in a user's fullest window -> how many users."""
    unnoticed: Unnoticed | None = None
    """None where it is not ``fatigue`` with ``ignored``."""


class Collision(Struct, frozen=True, order=True):
    """How often one journey kept another from speaking."""

    loser: str
    """The journey that stayed silent."""
    winner: str
    """The journey that spoke, or was about to; the loser itself where its own messages stood in its way."""
    code: str
    count: int


class UserReached(Struct, frozen=True):
    """One of the users who got most."""

    user: str
    sent: int
    decisions: int
    journeys: tuple[str, ...]


class Example(Struct, frozen=True):
    """One decision, as ``why`` tells it."""

    code: str
    journey: str
    message: str
    user: str
    decision: str
    sentences: tuple[str, ...]


class Estimate(Struct, frozen=True):
    """What is to be expected of a message, or why that cannot be said."""

    what: str
    """``opens`` or ``goals``, or what else is estimated."""
    journey: str
    message: str
    sends: int
    """How many sends of the tested playbook it speaks of."""
    value: float | None = None
    low: float | None = None
    high: float | None = None
    effective: float = 0
    """Effective sample size behind it."""
    reason: str = ""
    """Why it cannot be estimated; empty if it can."""


class Report(Struct):
    """One playbook's figures over one past; instants in ms, days in UTC, hours on users' own clocks."""

    playbook: str
    hash: str
    since: Instant
    until: Instant
    events: int = 0
    users: int = 0
    users_reached: int = 0
    """Who got something."""
    decisions: int = 0
    """``sent``, ``internal``, ``silent`` and ``open`` together."""
    sent: int = 0
    """What went out to users, or may have."""
    internal: int = 0
    """Calls to own systems that went out: no user hears of them, and no other figure counts them."""
    silent: int = 0
    open: int = 0
    """Planned beyond the end of the past."""
    noticed: int = 0
    """Of what was decided, how much the past says that it was opened, clicked or shown."""
    late: int = 0
    poison: list[str] = field(default_factory=list)
    """What the engine could not take: the first reasons by the alphabet."""
    poisoned: int = 0
    """How often."""
    looped: dict[str, int] = field(default_factory=dict)
    """Events that were not emitted because emitted events go round, by name."""
    refused: dict[str, int] = field(default_factory=dict)
    """Rows of the files that say nothing that can be taken, by code."""
    seconds: float = 0
    events_per_second: float = 0
    peak_mb: float = 0
    assumptions: list[str] = field(default_factory=list)
    by_day: dict[str, dict[str, int]] = field(default_factory=dict)
    """Sends by UTC day and journey."""
    by_day_channel: dict[str, dict[str, int]] = field(default_factory=dict)
    by_hour: list[int] = field(default_factory=lambda: [0] * 24)
    waited_by_hour: list[int] = field(default_factory=lambda: [0] * 24)
    """Those of ``by_hour`` that had waited for quiet hours to end."""
    by_weekday_hour: list[list[int]] = field(default_factory=lambda: [[0] * 24 for _ in range(7)])
    """Monday first."""
    by_channel: dict[str, int] = field(default_factory=dict)
    journeys: dict[str, JourneyFigures] = field(default_factory=dict)
    codes: dict[str, int] = field(default_factory=dict)
    """Why nothing was said, of those that are ``silent``: the code that ``why`` gives first."""
    caps: list[CapUse] = field(default_factory=list)
    collisions: list[Collision] = field(default_factory=list)
    most: list[UserReached] = field(default_factory=list)
    sends_per_user: dict[int, int] = field(default_factory=dict)
    """So many messages -> how many users got as many."""
    examples: list[Example] = field(default_factory=list)
    estimates: list[Estimate] = field(default_factory=list)
