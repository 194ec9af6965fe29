"""Journeys that would start themselves: a send causes events, and an event may enter a journey."""

from collections.abc import Iterator

from opportune.events.names import (
    ATTEMPT_LAPSED,
    ENGAGEMENTS,
    IN_APP_SHOWN,
    MESSAGE_FAILED,
    MESSAGE_SENT,
    MESSAGE_UNKNOWN,
)
from opportune.features.expression import Among, And, Compare, Constant, Expression, Node, Read
from opportune.journeys.journey import Journey
from opportune.journeys.step import Goto, Send, goes_on, targets
from opportune.journeys.trigger import Watched
from opportune.playbook.definition import Playbook
from opportune.playbook.finding import Finding, found

_ON_ANY_CHANNEL = frozenset({MESSAGE_SENT, MESSAGE_FAILED, MESSAGE_UNKNOWN, ATTEMPT_LAPSED})


def loop_findings(playbook: Playbook) -> Iterator[Finding]:
    """An error for each journey that its own sends can enter again, directly or through others."""
    causes = {
        name: [other for other in playbook.journeys if _enters(playbook, name, other)] for name in playbook.journeys
    }
    for name, journey in playbook.journeys.items():
        circle = _circle(name, causes)
        if circle and journey.reentry.kind != "once":
            way = " -> ".join(circle)
            text = (
                f"journey {name!r} can be entered by what its own messages cause ({way}); "
                "ask for another message in 'where', enter on another event, or say 'reentry: once'"
            )
            yield found(playbook, "error", f"journeys.{name}.enter", text)


def step_findings(playbook: Playbook, journey: Journey) -> Iterator[Finding]:
    """Steps that go backwards or nowhere, and steps no run can come to."""
    last = len(journey.steps)
    reached: set[int] = set()
    waiting = [0]
    while waiting:
        index = waiting.pop()
        if index in reached or index >= last:
            continue
        reached.add(index)
        step = journey.steps[index]
        waiting += [place for place in targets(step) if place > index] + [index + 1] * goes_on(step)
    for index, step in enumerate(journey.steps):
        path = f"journeys.{journey.name}.steps[{index}]"
        for target in targets(step):
            if not index < target <= last:
                text = f"a step can only go on to a later one, not from {index} to {target}; a loop would never wait"
                yield found(playbook, "error", path, text)
        if index not in reached and not isinstance(step, Goto):
            yield found(playbook, "warning", path, "no run ever comes to this step; remove it or what leads past it")


def _enters(playbook: Playbook, sender: str, other: str) -> bool:
    """Whether something a message of ``sender`` causes can enter ``other``."""
    enter = playbook.journeys[other].enter
    if not isinstance(enter, Watched):
        return False
    sends = {step.message for step in playbook.journeys[sender].steps if isinstance(step, Send)}
    channels = {channel for name in sends if name in playbook.messages for channel in playbook.messages[name].channels}
    if enter.on == IN_APP_SHOWN:
        is_caused = "in_app" in channels
    else:
        is_caused = (enter.on in _ON_ANY_CHANNEL and bool(sends)) or ENGAGEMENTS.get(enter.on) in channels
    return is_caused and not _asks_for_others(enter.where, sends)


def _asks_for_others(where: Expression | None, sends: set[str]) -> bool:
    """Whether the condition surely names a message that is none of these."""
    if where is None:
        return False
    parts: tuple[Node, ...] = where.node.operands if isinstance(where.node, And) else (where.node,)
    for part in parts:
        match part:
            case Compare(operator="=", left=Read(path="message"), right=Constant(value=name)) if name not in sends:
                return True
            case Compare(operator="=", left=Constant(value=name), right=Read(path="message")) if name not in sends:
                return True
            case Among(operand=Read(path="message"), values=names) if not sends & set(map(str, names)):
                return True
    return False


def _circle(start: str, causes: dict[str, list[str]]) -> list[str]:
    """A way from the journey back to itself, or nothing."""
    ways = [[start]]
    known: set[str] = set()
    while ways:
        way = ways.pop(0)
        for following in causes[way[-1]]:
            if following == start:
                return [*way, start]
            if following not in known:
                known.add(following)
                ways.append([*way, following])
    return []
