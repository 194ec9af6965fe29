"""A question to history as SQL text: steps that build on one another, each a relation with a name."""

import re
from collections.abc import Iterable

from msgspec import Struct

_RELATION = re.compile(r"(?:FROM|JOIN) (\w+)")


class Step(Struct, frozen=True):
    """One relation: its name and the SELECT that makes it of those before it."""

    name: str
    text: str
    is_view: bool = False
    """Not worth to be kept: whoever reads it may make it again."""


class Query(Struct, frozen=True):
    """The steps, in order; the last one is the answer."""

    steps: tuple[Step, ...]

    def last_uses(self) -> dict[str, list[str]]:
        """By step: the kept steps before it that no later one reads, not even through a view."""
        last: dict[str, str] = {}
        through: dict[str, set[str]] = {}
        for step in self.steps:
            read = {name for name in _RELATION.findall(step.text) if name in through}
            through[step.name] = read.union(*(through[name] for name in read if self._is_view(name)))
            last.update(dict.fromkeys(sorted(through[step.name]), step.name))
        found: dict[str, list[str]] = {step.name: [] for step in self.steps}
        for step in self.steps[:-1]:
            if not step.is_view:
                found[last.get(step.name, step.name)].append(step.name)
        return found

    def _is_view(self, name: str) -> bool:
        return any(step.is_view for step in self.steps if step.name == name)

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
