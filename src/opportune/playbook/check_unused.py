"""What is written and read by nothing: features, and names in templates that nothing else speaks of."""

from collections.abc import Iterator

from opportune.features.expression import reads
from opportune.journeys.expressions import expressions_of
from opportune.messages.template import names_read
from opportune.playbook.check_events import looked_at
from opportune.playbook.definition import Playbook
from opportune.playbook.finding import Finding, found


def unused_findings(playbook: Playbook) -> Iterator[Finding]:
    """A note for each feature that nothing reads: it costs time and memory for every user."""
    used = _read(playbook)
    for name in playbook.features:
        if name not in used:
            text = f"nothing in the playbook reads feature {name!r}; remove it, unless it is kept to learn from"
            yield found(playbook, "note", f"features.{name}", text)


def _read(playbook: Playbook) -> set[str]:
    """All names that something reads; a feature that only itself reads is not among them."""
    used: set[str] = set()
    for feature in playbook.features.values():
        for each in (feature.formula, *looked_at(feature.aggregate)):
            used |= set() if each is None else set(reads(each).features)
    for journey in playbook.journeys.values():
        for _, each in expressions_of(journey):
            used |= reads(each).features
        used |= {journey.key, *journey.keeps}
    for message in playbook.messages.values():
        used |= set() if message.worth is None else set(reads(message.worth).features)
    for template in playbook.templates.values():
        used |= names_read(template)
    for policy in playbook.policies:
        used |= set(getattr(policy, "features", ()))
    return used
