"""Triggers and exits that never come about, or not as meant."""

from collections.abc import Iterator

from opportune.features.expression import Expression, LocalPart, Read, reads, walk
from opportune.journeys.journey import AtCondition, AtGoal, Journey, NoLonger
from opportune.journeys.lapsing import can_be_lost
from opportune.journeys.trigger import Broadcast, Crossing, DateTrait, Schedule, Silence
from opportune.playbook.definition import Playbook
from opportune.playbook.finding import Finding, found


def trigger_findings(playbook: Playbook, journey: Journey) -> Iterator[Finding]:
    """Everything there is to say of how one journey begins and ends."""
    enter = journey.enter
    path = f"journeys.{journey.name}"
    if isinstance(enter, Crossing):
        for when in (enter.when, *([] if enter.rearm is None else [enter.rearm])):
            yield from _of_condition(playbook, f"{path}.enter", when)
            yield from _of_events(playbook, f"{path}.enter", when)
    if journey.key and isinstance(enter, Crossing | Schedule | DateTrait | Silence | Broadcast):
        text = f"no event enters this journey, so its runs have no {journey.key!r}; leave 'key' out"
        yield found(playbook, "warning" if isinstance(enter, Silence) else "error", path, text)
    for each in journey.exits:
        match each:
            case AtCondition(when):
                yield from _of_condition(playbook, f"{path}.exit", when)
            case AtGoal() if journey.goal is None:
                text = "exit: goal needs a goal, such as 'goal: {on: Order Completed, within: 7 days}'"
                yield found(playbook, "error", f"{path}.exit", text)
            case NoLonger() if not can_be_lost(journey.enter):
                text = "exit: what begins this journey has no condition that could hold no longer; name an event"
                yield found(playbook, "error", f"{path}.exit", text)
            case _:
                pass


def _of_condition(playbook: Playbook, path: str, when: Expression) -> Iterator[Finding]:
    """An error for a condition that nothing ever changes."""
    asked = reads(when)
    if not (asked.features or asked.traits or asked.events or asked.context or asked.properties):
        is_clock = any(isinstance(node, LocalPart) for node in walk(when.node))
        remedy = "use 'every: day' with 'at'" if is_clock else "read a feature or a trait"
        text = f"{when.text!r} does not change with anything that users do, so it is never asked; {remedy}"
        yield found(playbook, "error", path, text)


def _of_events(playbook: Playbook, path: str, when: Expression) -> Iterator[Finding]:
    """An error for each thing that is asked of an event, where there is none."""
    for node in walk(when.node):
        if isinstance(node, Read) and node.source in ("property", "context", "event"):
            text = f"{node.path!r} is read of an event, and where a condition is watched there is none; read a trait"
            yield found(playbook, "error", path, text)
