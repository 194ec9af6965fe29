"""Conditions and values that read the arm of a split: the split stands in the journey, and has the arm asked for."""

from collections.abc import Iterator

from opportune.features.expression import Among, Compare, Constant, Node, Read, walk
from opportune.journeys.expressions import expressions_of
from opportune.journeys.journey import Journey
from opportune.journeys.making import ARM
from opportune.journeys.step import Split
from opportune.playbook.definition import Playbook
from opportune.playbook.finding import Finding, found
from opportune.playbook.problems import meant


def arm_findings(playbook: Playbook, journey: Journey) -> Iterator[Finding]:
    """An error for each split that is read and does not stand in the journey, and for each arm that it has not."""
    arms: dict[str, set[str]] = {}
    for step in journey.steps:
        if isinstance(step, Split):
            arms.setdefault(step.name, set()).update(arm.name for arm in step.arms)
    told = set[Finding]()
    for part, expression in expressions_of(journey):
        path = f"journeys.{journey.name}.{part}"
        if not part.startswith("steps") and part != "exit":
            continue
        for text in (text for node in walk(expression.node) for text in _unfit(arms, node)):
            finding = found(playbook, "error", path, text)
            if finding not in told:
                told.add(finding)
                yield finding


def _unfit(arms: dict[str, set[str]], node: Node) -> Iterator[str]:
    split = _split_of(node)
    if split is not None and split not in arms:
        hint = meant(split, arms) if arms else "no split stands in this journey"
        yield f"{ARM}{split}: this journey has no split {split!r}; {hint}"
    for name, value in _asked(node):
        if name in arms and value not in arms[name]:
            yield f"split {name!r} has no arm {value!r}, so {ARM}{name} is never that; {meant(value, arms[name])}"


def _asked(node: Node) -> Iterator[tuple[str, str]]:
    """Each split whose arm is compared with a text here, and the text."""
    match node:
        case Compare("=" | "<>", Constant(str(value)), right) if (name := _split_of(right)) is not None:
            yield name, value
        case Compare("=" | "<>", left, Constant(str(value))) if (name := _split_of(left)) is not None:
            yield name, value
        case Among(operand, values) if (name := _split_of(operand)) is not None:
            yield from ((name, value) for value in values if isinstance(value, str))
        case _:
            pass


def _split_of(node: Node) -> str | None:
    """The name of the split whose arm the node reads, if it does."""
    match node:
        case Read("name" | "property", path) if path.startswith(ARM):
            return path.removeprefix(ARM)
        case _:
            return None
