"""What begins a journey: definitions only."""

from typing import TypeAlias

from msgspec import Struct

from opportune.features.expression import Expression
from opportune.features.local_time import WallTime
from opportune.units import Instant, Millis

EVERY_DAY: frozenset[int] = frozenset(range(7))
"""Monday is 0."""


class Watched(Struct, frozen=True):
    """An event by name, if its condition is true."""

    on: str
    where: Expression | None = None


class Counted(Struct, frozen=True):
    """The event for the n-th time; counted for each key where the journey has one."""

    on: str
    where: Expression | None = None
    """Reads the event's own properties only."""
    nth: tuple[int, ...] = ()
    every: int = 0
    """Each multiple of it; 0: none."""
    within: Millis = 0
    """Only those in (now - within, now] count; 0: all that ever happened."""


class Absence(Struct, frozen=True):
    """The event, and none of the others within the span after it."""

    after: Watched
    without: tuple[Watched, ...]
    within: Millis


class Sequence(Struct, frozen=True):
    """The events one after the other, from the first to the last within the span."""

    events: tuple[Watched, ...]
    within: Millis


class Crossing(Struct, frozen=True):
    """The condition becomes true; again only after ``rearm`` was true, or without it: after it was not true."""

    when: Expression
    rearm: Expression | None = None


class Schedule(Struct, frozen=True):
    """This wall time on these days of the user's own clock, if the condition is true then."""

    at: WallTime
    weekdays: frozenset[int] = EVERY_DAY
    where: Expression | None = None


class DateTrait(Struct, frozen=True):
    """The day, or instant, that a trait of the user names, moved by the offset; negative is before it."""

    trait: str
    offset: Millis = 0
    at: WallTime | None = None
    """On the user's clock; None: the instant that the trait names, of a bare day its midnight."""
    is_yearly: bool = False
    where: Expression | None = None


class Silence(Struct, frozen=True):
    """The user has not been active for this long: the trigger of win-backs."""

    inactive_for: Millis


class Broadcast(Struct, frozen=True):
    """Once, to everybody for whom the condition is true then."""

    at: Instant
    """Where it is on each user's own clock: the instant at which the clock of UTC shows what theirs is to show."""
    is_local: bool
    over: Millis = 0
    """Each user at an instant drawn from [at, at + over): so fast it goes out."""
    where: Expression | None = None


Standing: TypeAlias = Schedule | DateTrait | Broadcast
"""What enters at an instant that is known before it comes, if its condition is true then."""

Trigger: TypeAlias = Watched | Counted | Absence | Sequence | Crossing | Silence | Standing
