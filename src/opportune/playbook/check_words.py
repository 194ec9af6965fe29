"""Names in templates that nothing speaks of: an ``if`` or a ``default`` would hide for good that they are misspelt."""

from collections.abc import Iterator

from opportune.events.interactions import SCHEMAS
from opportune.events.names import IDENTIFIED
from opportune.journeys.expressions import watched_by
from opportune.journeys.gathering import COUNT
from opportune.journeys.journey import Journey
from opportune.journeys.making import ARM
from opportune.journeys.step import Send, SetTraits
from opportune.messages.template import PROVIDED, Template, names_needed, parts, variables
from opportune.playbook.definition import Playbook
from opportune.playbook.finding import Finding
from opportune.playbook.problems import closest, meant


def word_findings(playbook: Playbook) -> Iterator[Finding]:
    """A warning for each such name that is almost a known one, or that events.yaml, which tells all traits, does not.

    Names that a template cannot do without are errors, told elsewhere.
    """
    everywhere = _known_everywhere(playbook)
    for (message, variant), template in playbook.templates.items():
        journeys = [each for each in playbook.journeys.values() if _sends(each, message)]
        known = everywhere.union(*(_known_in(playbook, journey) for journey in journeys))
        for line, name in _hidden(template):
            text = "" if name.split(".")[0] in known else _complaint(playbook, name, known)
            if text:
                yield Finding("warning", f"{template.file or f'templates.{message}.{variant}'}:{line}", text)


def _hidden(template: Template) -> Iterator[tuple[int, str]]:
    """The names that it can do without, each with the line where it is first written in a part."""
    needed = names_needed(template)
    for part in parts(template):
        for name in sorted(variables(part.source) - needed.keys()):
            if not name.startswith((ARM, COUNT)):
                yield part.line + _line(part.source, name), name


def _complaint(playbook: Playbook, name: str, known: frozenset[str]) -> str:
    """What is wrong with a name that is not known; empty if it may well be a trait."""
    if closest(name, known) is not None:
        return f"nothing speaks of {name!r}; {meant(name, known)}"
    if _are_traits_declared(playbook):
        return f"nothing speaks of {name!r}, and {IDENTIFIED!r} in events.yaml declares no such trait"
    return ""


def _known_everywhere(playbook: Playbook) -> frozenset[str]:
    traits = {grant.trait for grant in playbook.consents.values() if grant.trait}
    stated = {
        each.name
        for journey in playbook.journeys.values()
        for step in journey.steps
        if isinstance(step, SetTraits)
        for each in step.traits
    }
    return frozenset({*playbook.features, *PROVIDED, *traits, *stated, *_declared(playbook, IDENTIFIED)})


def _known_in(playbook: Playbook, journey: Journey) -> set[str]:
    """What a run of this journey may have kept of its entry, as far as that is told."""
    entered = {name for each in watched_by(journey.enter) for name in _declared(playbook, each.on)}
    return {journey.key, *entered} - {""}


def _declared(playbook: Playbook, event: str) -> set[str]:
    found = (playbook.schemas.get(event), SCHEMAS.get(event))
    return {each.name for schema in found if schema is not None for each in schema.properties}


def _are_traits_declared(playbook: Playbook) -> bool:
    schema = playbook.schemas.get(IDENTIFIED)
    return schema is not None and bool(schema.properties)


def _sends(journey: Journey, message: str) -> bool:
    return any(isinstance(step, Send) and step.message == message for step in journey.steps)


def _line(source: str, name: str) -> int:
    """In which of its lines the name is first written."""
    return next((number for number, line in enumerate(source.splitlines()) if name in line), 0)
