"""From what one journey causes to what another is entered by: the hops of which circles are made."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Literal, TypeAlias

from msgspec import Struct

from opportune.features.expression import Expression, Reads, reads
from opportune.features.window import SinceEvent
from opportune.journeys.in_order import ends_at_goal
from opportune.journeys.journey import Journey
from opportune.journeys.lapsing import answers_of, exits_of
from opportune.journeys.step import Digest, Wait, WaitDate, WaitLocal, WaitUntil
from opportune.journeys.trigger import Absence, Counted, Crossing, DateTrait, Watched
from opportune.journeys.trigger import Sequence as Ordered
from opportune.playbook.causes import Cause
from opportune.playbook.definition import Playbook
from opportune.playbook.outcomes import may_be_true, may_be_untrue

Bound: TypeAlias = Literal["none", "time", "pace"]
"""What keeps a hop from happening at once and for ever: nothing, the time that passes, or the journey's cooldown."""


class Hop(Struct, frozen=True):
    """Something that a step of one journey causes enters another one."""

    cause: Cause
    to: str
    bound: Bound


def hops_of(playbook: Playbook, causes: Mapping[str, Sequence[Cause]]) -> dict[str, list[Hop]]:
    """By journey, all that its steps may start again; ``causes`` are those of each journey."""
    every = [cause for each in causes.values() for cause in each]
    return {
        name: [hop for cause in own for target in playbook.journeys.values()
               for hop in _hops(playbook, cause, target, every)]
        for name, own in causes.items()
    }  # fmt: skip


def _hops(playbook: Playbook, cause: Cause, target: Journey, every: Sequence[Cause]) -> Iterator[Hop]:
    bound = None if target.reentry.kind == "once" else _bound(playbook, cause, target, every)
    if bound == "time" or (bound is not None and not _is_own_run(cause, target)):
        is_paced = bound == "none" and target.reentry.kind == "cooldown"
        yield Hop(cause, target.name, "pace" if is_paced else bound)


def _is_own_run(cause: Cause, target: Journey) -> bool:
    """Whether the run that makes the event is under way still when it is folded, and lets no other begin.

    What ends a run does so before the same event is asked whether it begins one. An absence begins one later, when the
    run is over unless it waits for something.
    """
    if cause.journey != target.name or cause.is_of_message or target.reentry.kind == "always":
        return False
    if target.key and target.key not in cause.same:
        return False
    if any(_is(each, cause) for each in _ends(target)):
        return False
    return not isinstance(target.enter, Absence) or _waits(target, cause.place + 1)


def _waits(journey: Journey, place: int) -> bool:
    """Whether a step at this place or behind it takes time."""
    return any(isinstance(step, Wait | WaitUntil | WaitLocal | WaitDate | Digest) for step in journey.steps[place:])


def _ends(journey: Journey) -> Iterator[Watched]:
    """The events that end its runs before they are asked for what they begin."""
    yield from exits_of(journey)
    yield from answers_of(journey)
    if journey.goal is not None and ends_at_goal(journey):
        yield Watched(journey.goal.on, journey.goal.where)


def _bound(playbook: Playbook, cause: Cause, target: Journey, every: Sequence[Cause]) -> Bound | None:
    """What bounds the hop from this cause to the journey; None if there is no such hop."""
    if target.key and target.key not in cause.says:
        return None
    match target.enter:
        case Watched() as watched:
            return "none" if _is(watched, cause) else None
        case Counted(on, where, every=step, within=within):
            return "none" if (step or within) and _is(Watched(on, where), cause) else None
        case Absence(after=after):
            return "none" if _is(after, cause) else None
        case Ordered(events):
            is_part = any(_is(each, cause) for each in events)
            return "none" if is_part and all(any(_is(each, other) for other in every) for each in events) else None
        case Crossing(when, rearm):
            return _crossed(playbook, cause, when, rearm, every)
        case DateTrait(trait):
            return "time" if trait in cause.sets - cause.known.traits.keys() else None
        case _:
            return None


def _is(watched: Watched, cause: Cause) -> bool:
    return watched.on == cause.event and may_be_true(watched.where, cause.known)


def _crossed(
    playbook: Playbook, cause: Cause, when: Expression, rearm: Expression | None, every: Sequence[Cause]
) -> Bound | None:
    """A trait that is set may take the condition back and forth; of a feature only time can, and its own events."""
    traits, events = _looked_at(playbook, [when, *([] if rearm is None else [rearm])])
    if cause.sets & traits and may_be_true(when, cause.known):
        if any(each.sets & traits and _resets(when, rearm, each) for each in every):
            return "none"
    return "time" if cause.event in events and not cause.is_of_message else None


def _resets(when: Expression, rearm: Expression | None, cause: Cause) -> bool:
    """Whether the condition may become true again after what this sets."""
    return may_be_untrue(when, cause.known) if rearm is None else may_be_true(rearm, cause.known)


def _looked_at(playbook: Playbook, expressions: Sequence[Expression]) -> tuple[set[str], set[str]]:
    """The traits that these read, and the events that they count or ask for, through features of features too."""
    traits, events, known, waiting = set[str](), set[str](), set[str](), list[Reads](map(reads, expressions))
    while waiting:
        read = waiting.pop()
        traits |= read.traits
        events |= read.events
        for name in sorted(read.features - known):
            known.add(name)
            feature = playbook.features.get(name)
            aggregate = None if feature is None else feature.aggregate
            if feature is not None and feature.formula is not None:
                waiting.append(reads(feature.formula))
            if aggregate is not None:
                events |= set(aggregate.chosen.names or ())
                events |= {aggregate.window.event} if isinstance(aggregate.window, SinceEvent) else set()
    return traits, events
