"""One journey's trigger made ready: which events it waits for, with conditions as functions."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

from msgspec import Struct

from opportune.events.names import TRAIT_EVENTS
from opportune.features.changes import Changes
from opportune.features.expression import Expression
from opportune.features.profile import Profile, Series
from opportune.features.readers import finder_of
from opportune.features.scope import Scope
from opportune.journeys.counting import count_of
from opportune.journeys.expressions import watched_by
from opportune.journeys.journey import Journey
from opportune.journeys.run import ArmedBy
from opportune.journeys.trigger import (
    Absence,
    Broadcast,
    Counted,
    Crossing,
    DateTrait,
    Schedule,
    Silence,
    Standing,
    Trigger,
    Watched,
)
from opportune.journeys.trigger import (
    Sequence as Chain,
)
from opportune.units import Instant

Test: TypeAlias = Callable[[Scope], bool]
Tester: TypeAlias = Callable[[Expression | None], Test]
"""Makes a function of a condition; of none, one that is always true."""


class Arrival(Struct, frozen=True, gc=False):
    """An event as it comes to journeys, folded already."""

    scope: Scope
    now: Instant
    """The user's log clock with it."""
    depth: int = 0
    """How many emitted events, one from the other, led to it."""
    has_moved: bool = False
    """With it the user may be in other zones than before, and something of the user rests on them."""

    @property
    def states_traits(self) -> bool:
        """Whether what is known of the user's traits, or of the zone, may have changed."""
        return self.has_moved or self.scope.event in TRAIT_EVENTS or "traits" in self.scope.context


class Start:
    """The trigger of one version of a journey."""

    __slots__ = ("_changes", "_find", "_places", "_touched", "holds", "rearms", "trigger")

    def __init__(self, journey: Journey, test: Tester, changes: Changes) -> None:
        trigger = self.trigger = journey.enter
        self._places: dict[str, list[tuple[int, Test]]] = {}
        for place, watched in enumerate(watched_by(trigger)):
            self._places.setdefault(watched.on, []).append((place, test(watched.where)))
        self._find = finder_of(count_of(trigger, journey.key)) if isinstance(trigger, Counted) else None
        self.holds = test(_condition_of(trigger))
        """Of a crossing, whether it holds; of a schedule, a date or a broadcast, whether it concerns the user."""
        rearm = trigger.rearm if isinstance(trigger, Crossing) else None
        self.rearms = None if rearm is None else test(rearm)
        asked = [trigger.when, *([] if rearm is None else [rearm])] if isinstance(trigger, Crossing) else []
        self._changes = [changes.of(each) for each in asked]
        touched = [changes.touched_by(each) for each in asked]
        named = [each for each in touched if each is not None]
        self._touched = frozenset().union(*named) if len(named) == len(touched) else None

    @property
    def events(self) -> Sequence[str]:
        """Names of the events that it waits for, the ones that must not come included."""
        return tuple(self._places)

    def places(self, scope: Scope) -> list[int]:
        """Which of the trigger's events, counted from 0 as ``watched_by`` lists them, the event at hand is."""
        return [place for place, test in self._places.get(scope.event, ()) if test(scope)]

    def counted(self, scope: Scope) -> Series | None:
        """What is remembered of the events that a trigger counts, of the key that the event at hand has."""
        return None if self._find is None else self._find(scope)

    def is_touched(self, arrival: Arrival) -> bool:
        """Whether what a crossing asks may have changed with this event."""
        if self._touched is None or arrival.scope.event in self._touched:
            return True
        return arrival.states_traits

    def next_change(self, profile: Profile, at: Instant) -> Instant | None:
        """The first instant after ``at`` at which what a crossing asks may change without an event; None: never."""
        found = (change(profile, at) for change in self._changes)
        return min((each for each in found if each is not None), default=None)


def armed_by(trigger: Trigger) -> ArmedBy | None:
    """What such a trigger is called where it waits in memories; None: it waits nowhere."""
    match trigger:
        case Silence():
            return "silence"
        case Absence():
            return "absence"
        case Chain():
            return "sequence"
        case Crossing():
            return "crossing"
        case Schedule():
            return "schedule"
        case DateTrait():
            return "date"
        case Broadcast():
            return "broadcast"
        case Watched() | Counted():
            return None


def _condition_of(trigger: Trigger) -> Expression | None:
    if isinstance(trigger, Crossing):
        return trigger.when
    return trigger.where if isinstance(trigger, Standing) else None
