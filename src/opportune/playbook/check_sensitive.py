"""Traits that nobody should be judged by: what the law of many places calls special categories of data."""

import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from opportune.features.expression import Expression, reads
from opportune.journeys.expressions import expressions_of
from opportune.playbook.check_events import looked_at
from opportune.playbook.definition import Playbook
from opportune.playbook.finding import Finding, found

SENSITIVE: Final = {
    "religion": "belief", "religious": "belief", "faith": "belief", "church": "belief", "belief": "belief",
    "ethnicity": "origin", "ethnic": "origin", "racial": "origin", "race": "origin", "caste": "origin",
    "immigration": "origin", "refugee": "origin",
    "health": "health", "medical": "health", "disease": "health", "diagnosis": "health", "illness": "health",
    "disability": "health", "disabled": "health", "pregnant": "health", "pregnancy": "health", "hiv": "health",
    "medication": "health", "therapy": "health", "depression": "health",
    "sexual": "sexual life", "sexuality": "sexual life", "transgender": "sexual life",
    "political": "political opinion", "politics": "political opinion", "voter": "political opinion",
    "genetic": "genetics", "biometric": "biometrics", "fingerprint": "biometrics",
    "conviction": "criminal record", "criminal": "criminal record", "arrest": "criminal record",
}  # fmt: skip
"""Words in names, and of what category: Articles 9 and 10 of the GDPR, and what is like them elsewhere."""
PAIRS: Final = {
    ("union", "member"): "union membership",
    ("union", "membership"): "union membership",
    ("trade", "union"): "union membership",
    ("labor", "union"): "union membership",
    ("labour", "union"): "union membership",
}
"""Words that are harmless alone."""
_WORDS: Final = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def sensitive_findings(playbook: Playbook) -> Iterator[Finding]:
    """A warning for each name of that kind that something in the playbook is decided by, once for each place."""
    told: set[tuple[str, str]] = set()
    for path, expression in _expressions(playbook):
        for name in sorted(_names(expression)):
            category = category_of(name)
            if category is not None and (path, name) not in told:
                told.add((path, name))
                text = (
                    f"{name!r} sounds like a sensitive trait ({category}): deciding by it needs explicit consent and "
                    "often may not be done at all; decide by what the user did instead, unless it means something else"
                )
                yield found(playbook, "warning", path, text)


def category_of(name: str) -> str | None:
    """The category that one of the words of this name, or two in a row, speak of; None if none does."""
    words = [each.lower() for each in _WORDS.findall(name)]
    alone = (SENSITIVE[word] for word in words if word in SENSITIVE)
    return next(alone, next((PAIRS[pair] for pair in pairwise(words) if pair in PAIRS), None))


def _expressions(playbook: Playbook) -> Iterator[tuple[str, Expression]]:
    for feature in playbook.features.values():
        inside = (feature.formula, *looked_at(feature.aggregate))
        yield from ((f"features.{feature.name}", each) for each in inside if each is not None)
    for journey in playbook.journeys.values():
        yield from ((f"journeys.{journey.name}.{part}", each) for part, each in expressions_of(journey))
    for message in playbook.messages.values():
        if message.worth is not None:
            yield f"messages.{message.name}", message.worth


def _names(expression: Expression) -> set[str]:
    read = reads(expression)
    return {*read.properties, *read.traits, *read.context, *read.features}
