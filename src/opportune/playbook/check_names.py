"""Names of properties, traits and features that probably mean the same, written in two ways.

A name that nobody has defined is read as a property or a trait, so a slip of the pen is no error (but where it is
almost the name of a feature): it would only never have a value.
"""

import re
from collections.abc import Iterator

from opportune.events.interactions import SCHEMAS
from opportune.features.expression import Expression, Read, reads
from opportune.journeys.expressions import expressions_of
from opportune.journeys.journey import Journey
from opportune.journeys.making import ARM
from opportune.journeys.step import Emit, Named, SetTraits, Step, WaitDate
from opportune.journeys.trigger import DateTrait
from opportune.messages.template import PROVIDED, names_read
from opportune.playbook.check_events import MOST_COMPARED, are_close, looked_at
from opportune.playbook.definition import Playbook
from opportune.playbook.finding import Finding, found


def name_findings(playbook: Playbook) -> Iterator[Finding]:
    """A warning for each name in an expression that differs from another only in case, signs or one letter.

    Names that differ in digits alone, such as ``orders_7d`` and ``orders_9d``, are meant to.
    """
    asked = _asked(playbook)
    every = sorted({*asked, *_spoken_of(playbook)})
    for name, path in sorted(asked.items()) if len(every) <= MOST_COMPARED else ():
        for other in every:
            if other == name:
                continue
            if (other not in asked or name > other) and are_close(name, other) and not _differ_in_digits(name, other):
                what = "feature " if other in playbook.features else ""
                where = f", used at {playbook.places.get(asked[other], asked[other])}" if other in asked else ""
                yield found(playbook, "warning", path, f"{name!r} looks like {what}{other!r}{where}; use one spelling")


def unquoted_findings(playbook: Playbook) -> Iterator[Finding]:
    """A warning for each bare name that a trait or property is set to and that nothing else speaks of: a text, likely.

    A value that is handed on under its own name is meant to.
    """
    made = [
        (f"journeys.{journey.name}.steps[{place}]", step, each)
        for journey in playbook.journeys.values()
        for place, step in enumerate(journey.steps)
        for each in _made(step)
    ]
    alone = {name: path for path, _, each in made if (name := _bare(each)) and name != each.name}
    known = _stated(playbook) | _read_elsewhere(playbook) if alone else set[str]()
    told: set[Finding] = set()
    for path, step, each in made:
        name = _bare(each)
        if name not in alone or name == each.name or name in known:
            continue
        what = "trait" if isinstance(step, SetTraits) else "property"
        text = f"{what} {each.name!r} is set to {name!r}, which nothing states; a text stands in single quotes: "
        finding = found(playbook, "warning", path, f"""{text}"'{name}'\"""")
        if finding not in told:
            told.add(finding)
            yield finding


def _made(step: Step) -> tuple[Named, ...]:
    match step:
        case SetTraits(named) | Emit(properties=named):
            return named
        case _:
            return ()


def _bare(named: Named) -> str:
    """The name that is all of its value, without dots; empty if that is something else."""
    node = named.value.node
    return node.path if isinstance(node, Read) and node.source == "name" and "." not in node.path else ""


def _stated(playbook: Playbook) -> set[str]:
    """Names of traits and properties that steps, or declared and well-known events, give a value."""
    steps = (step for journey in playbook.journeys.values() for step in journey.steps)
    schemas = (*playbook.schemas.values(), *SCHEMAS.values())
    return {each.name for step in steps for each in _made(step)} | {
        each.name for schema in schemas for each in schema.properties
    }


def _read_elsewhere(playbook: Playbook) -> set[str]:
    """Names that are read by something else than a value that is one bare name."""
    bare = {id(each.value) for journey in playbook.journeys.values() for step in journey.steps for each in _made(step)
            if _bare(each)}  # fmt: skip
    read = {name for _, each in _expressions(playbook) if each is not None and id(each) not in bare
            for name in reads(each).properties | reads(each).traits}  # fmt: skip
    traits = {name for journey in playbook.journeys.values() for _, name in _traits_of(journey)}
    return read | traits | _spoken_of(playbook)


def _asked(playbook: Playbook) -> dict[str, str]:
    """Every name that expressions read and that is no feature nor arm of a split, and the first path that does."""
    asked: dict[str, str] = {}
    for path, expression in _expressions(playbook):
        read = frozenset[str]() if expression is None else reads(expression).properties | reads(expression).traits
        for name in sorted(each for each in read if not each.startswith(ARM)):
            asked.setdefault(name, path)
    for journey in playbook.journeys.values():
        for path, name in _traits_of(journey):
            asked.setdefault(name, path)
    return asked


def _expressions(playbook: Playbook) -> Iterator[tuple[str, Expression | None]]:
    for feature in playbook.features.values():
        yield f"features.{feature.name}", feature.formula
        yield from ((f"features.{feature.name}", each) for each in looked_at(feature.aggregate))
    for journey in playbook.journeys.values():
        yield from ((f"journeys.{journey.name}.{part}", each) for part, each in expressions_of(journey))
    for message in playbook.messages.values():
        yield f"messages.{message.name}", message.worth


def _traits_of(journey: Journey) -> Iterator[tuple[str, str]]:
    """The traits that it reads dates from, or sets, and where."""
    if isinstance(journey.enter, DateTrait):
        yield f"journeys.{journey.name}.enter", journey.enter.trait
    for place, step in enumerate(journey.steps):
        traits = [step.trait] if isinstance(step, WaitDate) else []
        traits += [each.name for each in step.traits] if isinstance(step, SetTraits) else []
        yield from ((f"journeys.{journey.name}.steps[{place}]", name) for name in traits)


def _spoken_of(playbook: Playbook) -> set[str]:
    """Names that something else speaks of: features, templates, keys, consent, what every message is given."""
    words = {name for template in playbook.templates.values() for name in names_read(template)}
    keys = {journey.key for journey in playbook.journeys.values() if journey.key}
    traits = {grant.trait for grant in playbook.consents.values() if grant.trait}
    return {*playbook.features, *words, *keys, *traits, *PROVIDED}


def _differ_in_digits(one: str, other: str) -> bool:
    first, second = (re.sub(r"\d+", "0", name) for name in (one, other))
    return first == second
