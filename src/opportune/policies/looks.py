"""What is written down, with a decision, of the features that spoke for or against it: their values and their ages."""

from collections.abc import Callable, Mapping, Sequence
from typing import TypeAlias

from msgspec import Struct

from opportune.features.age import Age
from opportune.features.scope import Reader, Scope
from opportune.policies.decision import Seen

MOST_CHARACTERS = 1_024
"""Of a text so much is written down."""


class Look(Struct, frozen=True, gc=False):
    """A feature of one version of the playbook, and how it is read."""

    name: str
    value: Reader
    age: Callable[[Scope], Age]


Looks: TypeAlias = Mapping[tuple[str, str, int], Sequence[Look]]
"""By version, journey and step: what is looked at where that step proposes, in order of names."""


def seen(looks: Sequence[Look], scope: Scope) -> tuple[Seen, ...]:
    """What these features are in the scope."""
    return tuple(_seen(each, scope) for each in looks)


def _seen(look: Look, scope: Scope) -> Seen:
    value, age = look.value(scope), look.age(scope)
    written = value[:MOST_CHARACTERS] if isinstance(value, str) else value
    return Seen(look.name, written, None if age.newest is None else scope.at - age.newest, age.since)
