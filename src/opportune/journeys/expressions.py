"""Where in a journey expressions stand, and which events it waits for: one walk for all who ask."""

from collections.abc import Iterator

from opportune.features.expression import Expression
from opportune.journeys.journey import AtCondition, Journey
from opportune.journeys.step import Branch, Emit, Send, SetTraits, Step, WaitUntil
from opportune.journeys.trigger import (
    Absence,
    Broadcast,
    Counted,
    Crossing,
    DateTrait,
    Schedule,
    Sequence,
    Silence,
    Trigger,
    Watched,
)


def expressions_of(journey: Journey) -> Iterator[tuple[str, Expression]]:
    """Each expression, and the part it stands in: ``enter``, ``exit``, ``goal`` or ``steps[3]``."""
    for expression in _of_trigger(journey.enter):
        yield "enter", expression
    for each in journey.exits:
        if isinstance(each, Watched) and each.where is not None:
            yield "exit", each.where
        if isinstance(each, AtCondition):
            yield "exit", each.when
    if journey.goal is not None:
        yield from (("goal", each) for each in (journey.goal.where, journey.goal.value) if each is not None)
    for place, step in enumerate(journey.steps):
        yield from ((f"steps[{place}]", each) for each in of_step(step))


def watched_by(trigger: Trigger) -> tuple[Watched, ...]:
    """The events a trigger waits for, the ones that must not come last."""
    match trigger:
        case Watched():
            return (trigger,)
        case Counted(on, where):
            return (Watched(on, where),)
        case Absence(after, without):
            return (after, *without)
        case Sequence(events):
            return events
        case Crossing() | Schedule() | DateTrait() | Silence() | Broadcast():
            return ()


def of_step(step: Step) -> tuple[Expression, ...]:
    """What a step calculates."""
    match step:
        case Send(when=when) | Branch(when=when) | WaitUntil(condition=when):
            return () if when is None else (when,)
        case SetTraits(named) | Emit(properties=named):
            return tuple(each.value for each in named)
        case _:
            return ()


def _of_trigger(trigger: Trigger) -> Iterator[Expression]:
    match trigger:
        case Crossing(when, rearm):
            yield when
            if rearm is not None:
                yield rearm
        case Schedule(where=where) | DateTrait(where=where) | Broadcast(where=where):
            if where is not None:
                yield where
        case _:
            yield from (each.where for each in watched_by(trigger) if each.where is not None)
