"""Steps that no run can take, or that cannot do what they are there for."""

from collections.abc import Iterator

from opportune.journeys.journey import Journey
from opportune.journeys.step import Goto, targets
from opportune.playbook.causes import reached
from opportune.playbook.definition import Playbook
from opportune.playbook.finding import Finding, found


def step_findings(playbook: Playbook, journey: Journey) -> Iterator[Finding]:
    """Everything there is to say of the steps of one journey."""
    yield from _ways(playbook, journey)


def path_of(journey: Journey, place: int) -> str:
    """Under what name the place of a step is known."""
    return f"journeys.{journey.name}.steps[{place}]"


def _ways(playbook: Playbook, journey: Journey) -> Iterator[Finding]:
    """Steps that go backwards or nowhere, and steps no run can come to."""
    last, can_come = len(journey.steps), reached(journey)
    for index, step in enumerate(journey.steps):
        for target in targets(step):
            if not index < target <= last:
                text = f"a step can only go on to a later one, not from {index} to {target}; a loop would never wait"
                yield found(playbook, "error", path_of(journey, index), text)
        if index not in can_come and not isinstance(step, Goto):
            text = "no run ever comes to this step; remove it or what leads past it"
            yield found(playbook, "warning", path_of(journey, index), text)
