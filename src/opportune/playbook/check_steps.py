"""Steps that no run can take, or that cannot do what they are there for."""

from collections.abc import Iterator
from typing import Final

from opportune.events.names import ENGAGEMENTS, IDENTIFIED, IN_APP_DISMISSED, IN_APP_EXPIRED, INTERNAL, RECEIPTS
from opportune.features.local_time import WallTime
from opportune.journeys.journey import Journey
from opportune.journeys.step import (
    Digest,
    Emit,
    Goto,
    Send,
    SetTraits,
    Split,
    Step,
    WaitDate,
    WaitLocal,
    WaitUntil,
    goes_on,
    targets,
)
from opportune.journeys.trigger import DateTrait, Schedule, Watched
from opportune.playbook.causes import reached
from opportune.playbook.definition import Playbook
from opportune.playbook.finding import Finding, found
from opportune.playbook.problems import meant
from opportune.policies.quiet_hours import QuietHours
from opportune.units import ONE

RESERVED: Final = INTERNAL | RECEIPTS | ENGAGEMENTS.keys() | {IN_APP_DISMISSED, IN_APP_EXPIRED}
"""Events by which the engine hears what became of its messages: no step may make them up."""


def step_findings(playbook: Playbook, journey: Journey) -> Iterator[Finding]:
    """Everything there is to say of the steps of one journey; of a step in several rounds once."""
    told: set[Finding] = set()
    for finding in _findings(playbook, journey):
        if finding not in told:
            told.add(finding)
            yield finding


def experiment_findings(playbook: Playbook) -> Iterator[Finding]:
    """A warning for each experiment whose arms are not the same wherever it is named: users would change theirs."""
    first: dict[str, tuple[str, dict[str, int]]] = {}
    for journey in playbook.journeys.values():
        for place, step in enumerate(journey.steps):
            if not isinstance(step, Split):
                continue
            path, arms = path_of(journey, place), {arm.name: arm.share for arm in step.arms}
            where, others = first.setdefault(step.name, (path, arms))
            if arms != others:
                said = f"split {step.name!r} has other arms, or shares, at {playbook.places.get(where, where)}"
                text = f"{said}: a user would go another arm there; make them the same, or use another name"
                yield found(playbook, "warning", path, text)


def path_of(journey: Journey, place: int) -> str:
    """Under what name the place of a step is known."""
    return f"journeys.{journey.name}.steps[{place}]"


def _findings(playbook: Playbook, journey: Journey) -> Iterator[Finding]:
    yield from _ways(playbook, journey)
    yield from _opening(playbook, journey)
    if isinstance(journey.enter, DateTrait):
        yield from _date(playbook, f"journeys.{journey.name}.enter", journey.enter.trait)
    for place, step in enumerate(journey.steps):
        yield from _of_step(playbook, journey, place, step)


def _ways(playbook: Playbook, journey: Journey) -> Iterator[Finding]:
    """Steps that go backwards or nowhere, and steps no run can come to, in whatever round they stand."""
    last, can_come = len(journey.steps), reached(journey)
    written = [(playbook.places.get(path_of(journey, index)), type(step)) for index, step in enumerate(journey.steps)]
    in_some_round = {written[index] for index in can_come if written[index][0] is not None}
    for index, step in enumerate(journey.steps):
        for target in targets(step):
            if not index < target <= last:
                text = f"a step can only go on to a later one, not from {index} to {target}; a loop would never wait"
                yield found(playbook, "error", path_of(journey, index), text)
        if index not in can_come and written[index] not in in_some_round and not isinstance(step, Goto):
            text = "no run ever comes to this step; remove it or what leads past it"
            yield found(playbook, "warning", path_of(journey, index), text)


def _of_step(playbook: Playbook, journey: Journey, place: int, step: Step) -> Iterator[Finding]:
    path = path_of(journey, place)
    match step:
        case WaitUntil():
            yield from _until(playbook, journey, place, step)
        case WaitDate(trait):
            yield from _date(playbook, path, trait)
        case WaitLocal(start, None):
            yield from _in_the_night(playbook, journey, place + 1, start)
        case Emit(event) if event in RESERVED or event == IDENTIFIED:
            remedy = "use 'set', which says so" if event == IDENTIFIED else "name an event of your own"
            yield found(playbook, "error", path, f"{event!r} means something to the engine itself; {remedy}")
        case SetTraits(traits):
            for each in traits:
                if each.name in playbook.features:
                    text = f"{each.name!r} is a feature as well, and conditions read that; name the trait otherwise"
                    yield found(playbook, "warning", path, text)
        case Split(name, arms) if sum(arm.share for arm in arms) != ONE:
            yield found(playbook, "error", path, f"split {name!r}: the shares of all arms must sum to 100%")
        case Digest() if journey.reentry.kind == "always":
            text = "with 'reentry: always' each entry begins a run of its own, so nothing is gathered; leave that out"
            yield found(playbook, "warning", path, text)
        case _:
            pass


def _until(playbook: Playbook, journey: Journey, place: int, step: WaitUntil) -> Iterator[Finding]:
    """A wait that an exit ends first, and one for what becomes of a message that no run has sent by then."""
    path = path_of(journey, place)
    ends = [each for each in journey.exits if isinstance(each, Watched) and each.on == step.event]
    if any(each.where is None or each.where == step.condition for each in ends):
        text = (
            f"{step.event!r} ends the run, as 'exit' says, so nobody goes on from here when it comes; keep one of both"
        )
        yield found(playbook, "warning", path, text)
    if step.event in ENGAGEMENTS and not any(isinstance(journey.steps[each], Send) for each in _before(journey, place)):
        text = f"{step.event!r} is about a message, and no run has sent one by then; wait for it behind a 'send'"
        yield found(playbook, "warning", path, text)


def _before(journey: Journey, place: int) -> set[int]:
    """The steps from which some run can come to this one."""
    found: set[int] = set()
    for index in range(place - 1, -1, -1):
        step = journey.steps[index]
        if {place, *found} & {*targets(step), *([index + 1] if goes_on(step) else [])}:
            found.add(index)
    return found


def _date(playbook: Playbook, path: str, trait: str) -> Iterator[Finding]:
    """A date is a trait that may hold one, as far as that is known."""
    if trait in playbook.features:
        text = f"date: {trait!r} is a feature; a date is read from a trait: {meant(trait, _traits_set(playbook))}"
        yield found(playbook, "error", path, text)
    schema = playbook.schemas.get(IDENTIFIED)
    kept = None if schema is None else schema.property(trait)
    if kept is not None and kept.type in ("boolean", "list", "object"):
        place = playbook.places.get(f"events.{IDENTIFIED}.{trait}", "events.yaml")
        text = f"date: {trait!r} is declared as {kept.type} at {place}; a date is a text, such as 2026-12-24"
        yield found(playbook, "error", path, text)
    elif schema is not None and schema.properties and kept is None and trait not in _traits_set(playbook):
        hint = meant(trait, [*(each.name for each in schema.properties), *_traits_set(playbook)])
        text = f"date: {IDENTIFIED!r} in events.yaml declares no {trait!r}; {hint}"
        yield found(playbook, "warning", path, text)


def _traits_set(playbook: Playbook) -> set[str]:
    steps = (step for journey in playbook.journeys.values() for step in journey.steps)
    return {each.name for step in steps if isinstance(step, SetTraits) for each in step.traits}


def _opening(playbook: Playbook, journey: Journey) -> Iterator[Finding]:
    """What a schedule, or a date at a wall time, begins with."""
    match journey.enter:
        case Schedule(at=WallTime() as at) | DateTrait(at=WallTime() as at):
            yield from _in_the_night(playbook, journey, 0, at)
        case _:
            pass


def _in_the_night(playbook: Playbook, journey: Journey, place: int, at: WallTime) -> Iterator[Finding]:
    """A warning if the step here sends at this wall time a message that quiet hours forbid then on every channel."""
    step = journey.steps[place] if place < len(journey.steps) else None
    message = playbook.messages.get(step.message) if isinstance(step, Send) else None
    quiet = [each for each in playbook.policies if isinstance(each, QuietHours) and _is_in(each, at)]
    if message is None or message.kind != "marketing" or not message.channels:
        return
    if all(any(each.binds(message, channel) for each in quiet) for channel in message.channels):
        text = (
            f"{message.name!r} is proposed at {at}, in the quiet hours of all its channels: it goes out at their end, "
            "or never; choose another time"
        )
        yield found(playbook, "warning", path_of(journey, place), text)


def _is_in(quiet: QuietHours, at: WallTime) -> bool:
    start, end = quiet.start.minutes, quiet.end.minutes
    return start <= at.minutes < end if start < end else at.minutes >= start or at.minutes < end
