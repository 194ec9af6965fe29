"""A question to history as SQL text: steps that build on one another, each a relation with a name."""

import re
from collections.abc import Iterable

from msgspec import Struct

_RELATION = re.compile(r"(?:FROM|JOIN) (\w+)")


class Step(Struct, frozen=True):
    """One relation: its name and the SELECT that makes it of those before it."""

    name: str
    text: str


class Query(Struct, frozen=True):
    """The steps, in order; the last one is the answer."""

    steps: tuple[Step, ...]

    def last_uses(self) -> dict[str, list[str]]:
        """By step: the steps before it that no later one reads."""
        last: dict[str, str] = {}
        for step in self.steps:
            last.update((name, step.name) for name in _RELATION.findall(step.text))
        found: dict[str, list[str]] = {step.name: [] for step in self.steps}
        for step in self.steps[:-1]:
            found[last.get(step.name, step.name)].append(step.name)
        return found

    @property
    def text(self) -> str:
        """All of it as one SELECT."""
        before = ",\n".join(f"{step.name} AS (\n{step.text}\n)" for step in self.steps[:-1])
        return f"WITH {before}\n{self.steps[-1].text}" if before else self.steps[-1].text


def listed(columns: Iterable[str]) -> str:
    """What stands after SELECT."""
    return ", ".join(columns)


def every(conditions: Iterable[str]) -> str:
    """All of these, joined by AND; TRUE if there is none."""
    return " AND ".join(conditions) or "TRUE"


def quoted(name: str) -> str:
    """A name as a column, whatever it is made of."""
    return '"' + name.replace('"', '""') + '"'


def own(name: str) -> str:
    """The column of a feature, while there are others of which it could have the name."""
    return quoted(f"={name}")
