"""What a journey consists of: definitions only. Branches are places of later steps, so a run is at exactly one."""

from typing import Literal, TypeAlias

from msgspec import Struct

from opportune.features.expression import Expression
from opportune.features.local_time import WallTime
from opportune.journeys.trigger import EVERY_DAY
from opportune.units import Micros, Millis


class Wait(Struct, frozen=True, tag="wait"):
    """Nothing for this long."""

    span: Millis
    counted_from: Literal["step", "active"] = "step"
    """``active``: from the user's newest activity, which may move on meanwhile."""


class WaitUntil(Struct, frozen=True, tag="until"):
    """Until the event happens, at most this long; ``on_timeout`` is where the run goes if it does not."""

    event: str
    at_most: Millis
    since: Literal["entry", "now"] = "now"
    on_timeout: int | None = None
    """Place of the step to go to at the timeout; None: the next one."""
    condition: Expression | None = None
    """Which of these events count."""


class WaitLocal(Struct, frozen=True, tag="local"):
    """Until the user's own clock shows ``start``, or is inside [start, end) of a window that began on one of the days.

    Equal ends are the whole day.
    """

    start: WallTime
    end: WallTime | None = None
    """None: no window, but the instant ``start`` itself."""
    weekdays: frozenset[int] = EVERY_DAY


class WaitDate(Struct, frozen=True, tag="date"):
    """Until the day, or instant, that a trait names, moved by the offset; in the past it waits for nothing.

    The whole days of the offset are days of the user's calendar, where a day is named or a wall time asked for.
    """

    trait: str
    offset: Millis = 0
    at: WallTime | None = None
    if_missing: Literal["continue", "end"] = "continue"


class Send(Struct, frozen=True, tag="send"):
    """Propose the message, if the condition is true; the run waits here until the decision has ended."""

    message: str
    when: Expression | None = None
    if_not_sent: Literal["continue", "end"] = "continue"
    on_not_sent: int | None = None
    """Place of the step to go to if it was not sent; None: as ``if_not_sent`` says."""


class Call(Send, frozen=True, tag="call"):
    """The same of an internal message: a call to our own systems."""


class Branch(Struct, frozen=True, tag="branch"):
    """On to the next step if the condition is true, else to the one named."""

    when: Expression
    otherwise: int


class Arm(Struct, frozen=True):
    """One way through an experiment."""

    name: str
    share: Micros
    step: int


class Split(Struct, frozen=True, tag="split"):
    """Each user goes one of these ways, and in every run of any journey the same of one name; shares sum to 1."""

    name: str
    arms: tuple[Arm, ...]


class Named(Struct, frozen=True):
    """A name and what its value is calculated with."""

    name: str
    value: Expression


class SetTraits(Struct, frozen=True, tag="set"):
    """The user's traits become these values; what has none stays what it was."""

    traits: tuple[Named, ...]


class Emit(Struct, frozen=True, tag="emit"):
    """An event of this user, with those of these properties that have a value."""

    event: str
    properties: tuple[Named, ...] = ()


class Digest(Struct, frozen=True, tag="digest"):
    """Gathers what else would have entered this run, for this long."""

    span: Millis
    quiet: Millis = 0
    """Ends earlier, after so long without another; 0: does not."""
    collects: tuple[str, ...] = ()
    """Properties of the entries, the run's own first."""
    most: int = 20


class Goto(Struct, frozen=True, tag="goto"):
    """Go to a later step: how branches join. Never backwards."""

    step: int


class End(Struct, frozen=True, tag="end"):
    """The run ends here."""


Step: TypeAlias = (
    Wait | WaitUntil | WaitLocal | WaitDate | Send | Call | Branch | Split | SetTraits | Emit | Digest | Goto | End
)


def targets(step: Step) -> tuple[int, ...]:
    """The places it may lead to, beside the next one."""
    match step:
        case Goto(place) | Branch(otherwise=place):
            return (place,)
        case WaitUntil(on_timeout=place) | Send(on_not_sent=place):
            return () if place is None else (place,)
        case Split():
            return tuple(arm.step for arm in step.arms)
        case _:
            return ()


def made_by(step: Step) -> tuple[Named, ...]:
    """What it calculates to set or emit it, by name."""
    match step:
        case SetTraits(named) | Emit(properties=named):
            return named
        case _:
            return ()


def goes_on(step: Step) -> bool:
    """Whether it may lead to the next one."""
    return not isinstance(step, Goto | Split | End)
