"""Triggers and exits that never come about, or not as meant."""

from collections.abc import Iterator

from opportune.features.expression import Expression, Happened, LocalPart, Node, Read, walk
from opportune.journeys.expressions import expressions_of
from opportune.journeys.journey import AtCondition, AtGoal, Journey, NoLonger
from opportune.journeys.lapsing import can_be_lost
from opportune.journeys.trigger import Crossing, Silence, Standing
from opportune.playbook.definition import Playbook
from opportune.playbook.finding import Finding, found


def trigger_findings(playbook: Playbook, journey: Journey) -> Iterator[Finding]:
    """Everything there is to say of how one journey begins and ends."""
    path = f"journeys.{journey.name}"
    if isinstance(journey.enter, Crossing | Silence | Standing):
        yield from _without_event(playbook, journey, f"{path}.enter")
    if isinstance(journey.enter, Crossing):
        yield from _of_crossing(playbook, journey.enter, f"{path}.enter")
    for each in journey.exits:
        match each:
            case AtCondition(when):
                yield from _constant(playbook, when, f"{path}.exit")
            case AtGoal() if journey.goal is None:
                text = "exit: goal needs a goal, such as 'goal: {on: Order Completed, within: 7 days}'"
                yield found(playbook, "error", f"{path}.exit", text)
            case NoLonger() if not can_be_lost(journey.enter):
                text = "exit: what begins this journey has no condition that could hold no longer; name an event"
                yield found(playbook, "error", f"{path}.exit", text)
            case _:
                pass


def _without_event(playbook: Playbook, journey: Journey, path: str) -> Iterator[Finding]:
    """What is asked of an event where none begins the journey: it is always NULL."""
    if journey.key:
        text = f"no event enters this journey, so its runs have no {journey.key!r}; leave 'key' out"
        yield found(playbook, "warning" if isinstance(journey.enter, Silence) else "error", path, text)
    for part, expression in expressions_of(journey):
        for node in _nodes(playbook, expression.node) if part == "enter" else ():
            if not isinstance(node, Read):
                continue
            feature = playbook.features.get(node.path) if node.source == "feature" else None
            by = feature.aggregate.by if feature is not None and feature.aggregate is not None else None
            if node.source in ("property", "context", "event"):
                text = f"{node.path!r} is read of an event, and none begins this journey; read a trait or a feature"
                yield found(playbook, "error", path, text)
            elif by is not None:
                text = (
                    f"feature {node.path!r} is BY {by!r}, and no event begins this journey to say which; leave BY out"
                )
                yield found(playbook, "error", path, text)


def _of_crossing(playbook: Playbook, crossing: Crossing, path: str) -> Iterator[Finding]:
    for each in (crossing.when, *([] if crossing.rearm is None else [crossing.rearm])):
        yield from _constant(playbook, each, path)
    for node in _nodes(playbook, crossing.when.node):
        feature = playbook.features.get(node.path) if isinstance(node, Read) and node.source == "feature" else None
        if feature is not None and feature.aggregate is not None and feature.aggregate.half_life is not None:
            text = (
                f"{feature.name!r} fades all the time, and is looked at when something happens to the user: nobody "
                "enters at the instant at which it has faded; for silence use 'inactive_for', or a window"
            )
            yield found(playbook, "note", path, text)


def _constant(playbook: Playbook, when: Expression, path: str) -> Iterator[Finding]:
    """An error for a condition that nothing ever changes."""
    if not any(isinstance(node, Read | Happened | LocalPart) for node in walk(when.node)):
        text = f"{when.text!r} is the same for everybody and ever; read a feature or a trait"
        yield found(playbook, "error", path, text)


def _nodes(playbook: Playbook, node: Node) -> Iterator[Node]:
    """The node, all below it, and those of the formulas that are read; each formula once."""
    waiting, known = [node], set[str]()
    while waiting:
        for each in walk(waiting.pop()):
            yield each
            feature = playbook.features.get(each.path) if isinstance(each, Read) and each.source == "feature" else None
            if feature is not None and feature.formula is not None and feature.name not in known:
                known.add(feature.name)
                waiting.append(feature.formula.node)
