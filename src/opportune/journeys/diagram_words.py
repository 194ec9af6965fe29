"""What stands in the picture of a journey: its steps, triggers and ways on, in words."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TypeAlias

from opportune.features.expression import Expression
from opportune.features.local_time import WallTime
from opportune.journeys.journey import Goal, Journey, NoLonger, Reentry
from opportune.journeys.lapsing import held_by
from opportune.journeys.step import (
    Branch,
    Call,
    Digest,
    Emit,
    End,
    Goto,
    Send,
    SetTraits,
    Split,
    Step,
    Wait,
    WaitDate,
    WaitLocal,
    WaitUntil,
)
from opportune.journeys.trigger import (
    EVERY_DAY,
    Absence,
    Broadcast,
    Counted,
    Crossing,
    DateTrait,
    Schedule,
    Sequence,
    Silence,
    Watched,
)
from opportune.journeys.ways import Way
from opportune.units import SECOND, Instant, Millis, in_words

Label: TypeAlias = tuple[str, str]
"""An event, and a condition; empty where there is none."""
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_BASES = {"entry": "entry", "send": "last message sent", "goal": "last goal"}


def title_of(step: Step) -> str:
    """What happens at the step."""
    match step:
        case Wait(span, "active"):
            return f"wait until {in_words(span)} after the last activity"
        case Wait(span):
            return f"wait {in_words(span)}"
        case WaitUntil(event):
            return f"wait for {event}"
        case WaitLocal(start, end, weekdays):
            return f"wait {_clock(start, end)}{_on(weekdays)}"
        case WaitDate(trait, offset, at):
            return f"wait until {_date(trait, offset, at)}"
        case Call(message):
            return f"call {message}"
        case Send(message):
            return f"send {message}"
        case Branch():
            return "branch"
        case Split(name):
            return f"split {name}"
        case SetTraits(traits):
            return "set " + ", ".join(f"{each.name} = {each.value.text}" for each in traits)
        case Emit(event):
            return f"emit {event}"
        case Digest(span):
            return f"gather for {in_words(span)}"
        case Goto() | End():
            return "end"


def details_of(step: Step) -> tuple[str, ...]:
    """What else is to be said of the step, in lines."""
    match step:
        case WaitUntil(since="entry", at_most=span):
            return (f"at most {in_words(span)}, or since the entry",)
        case WaitUntil(at_most=span):
            return (f"at most {in_words(span)}",)
        case WaitDate(if_missing="continue"):
            return ("goes on if there is none",)
        case Send(when=Expression(text)):
            return (f"if {text}",)
        case Emit(properties=named) if named:
            return (", ".join(f"{each.name} = {each.value.text}" for each in named),)
        case Digest(quiet=quiet, most=most):
            ends = (f"or until {in_words(quiet)} without another",) if quiet else ()
            return ("what else would enter", *ends, f"tells of {most} at most")
        case _:
            return ()


def label_of(step: Step, way: Way) -> Label:
    """What takes a run this way."""
    match step, way.by:
        case WaitUntil(event, condition=condition), "answered":
            return event, _text(condition)
        case WaitUntil(at_most=span), "timeout":
            return f"after {in_words(span)}", ""
        case WaitDate(trait), "missing":
            return "", f"no {trait}"
        case Send(when=Expression(text)), "unless":
            return "", f"unless {text}"
        case Branch(Expression(text)), "true":
            return "", text
        case Split(arms=arms), "arm":
            return "", next(f"{arm.name}, {arm.share / 10_000:g}%" for arm in arms if arm.name == way.arm)
        case _:
            return _PLAIN.get(way.by, ("", ""))


_PLAIN: dict[str, Label] = {"sent": ("sent", ""), "not_sent": ("not sent", ""), "otherwise": ("", "otherwise")}


def begins(journey: Journey) -> Iterator[Label]:
    """What begins a run of the journey."""
    match journey.enter:
        case Watched(on, where):
            yield on, _text(where)
        case Counted(on, where, nth, every, within):
            counts = [_nth(each) for each in nth] + ([f"every {_nth(every)}"] if every else [])
            span = f", within {in_words(within)}" if within else ""
            yield f"{' or '.join(counts)} {on}{span}", _text(where)
        case Absence(after, without, within):
            said = " or ".join(f"no {_watched(each)}" for each in without)
            yield (
                f"{in_words(within)} after {after.on}",
                " AND ".join(each for each in (_text(after.where), said.replace(" or no ", ", no ")) if each),
            )
        case Sequence(events, within):
            yield f"{', then '.join(map(_watched, events))}, within {in_words(within)}", ""
        case Crossing(when, rearm):
            yield f"becomes true: {when.text}", "" if rearm is None else f"since the last time: {rearm.text}"
        case Schedule(at, weekdays, where):
            yield f"{at}{_on(weekdays) or ' every day'}", _text(where)
        case DateTrait(trait, offset, at, is_yearly, where):
            yield _date(trait, offset, at) + (", every year" if is_yearly else ""), _text(where)
        case Silence(span):
            yield f"{in_words(span)} without activity", ""
        case Broadcast(at, is_local, over, where):
            clock = "on the user's clock" if is_local else "UTC"
            spread = f", over {in_words(over)}" if over else ""
            yield f"broadcast {_instant(at)} {clock}{spread}", _text(where)


def goal_of(goal: Goal) -> Label:
    """The event that a goal is, and what else it has to be."""
    where = "" if goal.where is None else f"{goal.where.text} AND "
    return goal.on, f"{where}within {in_words(goal.within)} of the entry"


def loss_of(journey: Journey) -> str:
    """When what a run entered for does not hold any more, if that ends it; empty if it does not."""
    if not any(isinstance(each, NoLonger) for each in journey.exits):
        return ""
    held = held_by(journey.enter)
    match journey.enter:
        case Silence():
            return "the user is active again"
        case Crossing(rearm=Expression(text)):
            return text
        case _:
            return "" if held is None else f"unless {held.text}"


def notes_of(journey: Journey) -> tuple[str, ...]:
    """What holds for all of a journey's states, in sentences."""
    found = [f"One run for each {journey.key}."] if journey.key else []
    found.append(_reentry(journey.reentry))
    if journey.goal is not None:
        goal = journey.goal
        where = "" if goal.where is None else f" [{goal.where.text}]"
        value = "" if goal.value is None else f", worth {goal.value.text}"
        found.append(f"Goal: {goal.on}{where} within {in_words(goal.within)} of the entry{value}.")
    awaited = dict.fromkeys(step.event for step in journey.steps if isinstance(step, WaitUntil))
    if awaited:
        found.append(f"{' or '.join(awaited)} heard of late takes a run that has done nothing yet to its first step.")
    return tuple(found)


def _reentry(reentry: Reentry) -> str:
    match reentry.kind:
        case "once":
            return "Each user enters once."
        case "always":
            return "Each entry is a run of its own, beside others."
        case "cooldown":
            return (
                f"May enter again {in_words(reentry.span)} after the {_BASES[reentry.basis]}, when no run is under way."
            )
        case "while_not_active":
            return "May enter again when no run is under way."


def _watched(watched: Watched) -> str:
    return watched.on if watched.where is None else f"{watched.on} [{watched.where.text}]"


def _text(condition: Expression | None) -> str:
    return "" if condition is None else condition.text


def _clock(start: WallTime, end: WallTime | None) -> str:
    if end is None:
        return f"until {start}"
    return "until the day begins" if start == end else f"until between {start} and {end}"


def _on(weekdays: frozenset[int]) -> str:
    return "" if weekdays == EVERY_DAY else " on " + ", ".join(_DAYS[day] for day in sorted(weekdays))


def _date(trait: str, offset: Millis, at: WallTime | None) -> str:
    moved = f"{in_words(abs(offset))} {'after' if offset > 0 else 'before'} " if offset else ""
    return f"{moved}{trait}{'' if at is None else f' at {at}'}"


def _nth(number: int) -> str:
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _instant(at: Instant) -> str:
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%d %H:%M")
