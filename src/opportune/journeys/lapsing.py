"""Exits without an event of their own: a condition becomes true, or what was entered for does not hold any more."""

from collections.abc import Callable, Iterator
from typing import TypeAlias

from opportune.features.expression import Expression
from opportune.features.scope import Scope
from opportune.features.sessions import last_active
from opportune.journeys.journey import AtCondition, Journey, NoLonger
from opportune.journeys.trigger import Absence, Counted, Crossing, Silence, Standing, Trigger, Watched

Test: TypeAlias = Callable[[Scope], bool]
Tester: TypeAlias = Callable[[Expression | None], Test]
"""Makes a function of a condition."""


def exits_of(journey: Journey) -> Iterator[Watched]:
    """The events that end runs because the journey names them."""
    yield from (each for each in journey.exits if isinstance(each, Watched))


def answers_of(journey: Journey) -> Iterator[Watched]:
    """The events that an absence was without, if they end runs because it is to hold on."""
    if isinstance(journey.enter, Absence) and any(isinstance(each, NoLonger) for each in journey.exits):
        yield from journey.enter.without


def ends_of(journey: Journey, test: Tester) -> list[Test]:
    """Conditions that end a run when they are true, and with which it would not begin."""
    return [test(each.when) for each in journey.exits if isinstance(each, AtCondition)]


def losses_of(journey: Journey, test: Tester) -> list[Test]:
    """Whether what a run entered for does not hold any more, if that is to end it."""
    return [_lost(journey.enter, test) for each in journey.exits if isinstance(each, NoLonger)]


def asked_of_runs(journey: Journey) -> Iterator[Expression]:
    """What exits ask of a run, so with the properties that it has kept."""
    for each in journey.exits:
        if isinstance(each, AtCondition):
            yield each.when
        elif isinstance(each, NoLonger):
            held = held_by(journey.enter)
            yield from () if held is None else (held,)


def can_be_lost(trigger: Trigger) -> bool:
    """Whether what was entered for is something that can hold no longer."""
    return isinstance(trigger, Absence | Silence) or held_by(trigger) is not None


def _lost(trigger: Trigger, test: Tester) -> Test:
    if isinstance(trigger, Silence):
        return _is_active_again
    if isinstance(trigger, Crossing) and trigger.rearm is not None:
        return test(trigger.rearm)
    held = held_by(trigger)
    if held is None:
        return _never
    holds = test(held)
    return lambda scope: not holds(scope)


def held_by(trigger: Trigger) -> Expression | None:
    """The condition that was true on entry; of a crossing that rearms the one that is to become true."""
    if isinstance(trigger, Watched | Counted | Standing):
        return trigger.where
    if isinstance(trigger, Crossing):
        return trigger.when if trigger.rearm is None else trigger.rearm
    return None


def _is_active_again(scope: Scope) -> bool:
    last = last_active(scope.profile)
    return last is not None and scope.entry is not None and last > scope.entry


def _never(scope: Scope) -> bool:
    return False
