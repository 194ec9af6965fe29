"""Names of properties, traits and features that probably mean the same, written in two ways.

A name that nobody has defined is read as a property or a trait, so a slip of the pen is no error (but where it is
almost the name of a feature): it would only never have a value.
"""

import re
from collections.abc import Iterator

from opportune.features.expression import Expression, reads
from opportune.journeys.expressions import expressions_of
from opportune.journeys.journey import Journey
from opportune.journeys.step import SetTraits, WaitDate
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


def _asked(playbook: Playbook) -> dict[str, str]:
    """Every name that expressions read and that is no feature, and the first path that does."""
    asked: dict[str, str] = {}
    for path, expression in _expressions(playbook):
        if expression is not None:
            for name in sorted(reads(expression).properties | reads(expression).traits):
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
