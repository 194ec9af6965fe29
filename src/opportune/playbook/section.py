"""One mapping of a playbook file: values are taken out by name and kind, and what nobody took is a problem."""

from collections.abc import Mapping
from typing import TypeVar

from opportune.errors import UnitError
from opportune.playbook.problems import Problems, meant
from opportune.playbook.yaml_nodes import Branch, Items, Leaf, Node, Place
from opportune.units import Micros, Millis, share_of, span_of

T = TypeVar("T")


def described(node: Node) -> str:
    """The node as an error names it."""
    match node:
        case Leaf(text):
            return repr(text if len(text) <= 80 else text[:77] + "...")
        case Items():
            return "a list"
        case Branch():
            return "a mapping"


class Section:
    """Takes typed values out of one mapping.

    A value that is missing or wrong becomes a problem and the fallback is returned in its place; the playbook is never
    built then, so the fallback goes nowhere.
    """

    def __init__(self, branch: Branch, problems: Problems, name: str) -> None:
        self.place = branch.place
        self.problems = problems
        self.name = name
        self._branch = branch
        self._asked: dict[str, None] = {}

    def node(self, key: str) -> Node | None:
        """The raw value; None if the key is missing or says nothing."""
        self._asked[key] = None
        found = self._branch.nodes.get(key)
        return None if isinstance(found, Leaf) and found.value is None else found

    def names(self) -> tuple[str, ...]:
        """All keys, in the order written."""
        return tuple(self._branch.nodes)

    def at(self, key: str) -> Place:
        """Where the key stands, or where the section begins."""
        return self._branch.places.get(key, self.place)

    def wrong(self, key: str, text: str) -> None:
        """Remember a problem with this key."""
        self.problems.add(self.at(key), text)

    def close(self) -> None:
        """Every key that nobody asked for is a problem."""
        for key, place in self._branch.places.items():
            if key not in self._asked:
                self.problems.add(place, f"{self.name} has no {key!r}; {meant(key, self._asked)}")

    def missing(self, key: str, example: str) -> None:
        """The key is needed and is not there."""
        self.problems.add(self.place, f"{self.name} needs {key!r}, such as {example}")

    def text(self, key: str, *, example: str | None = None) -> str:
        """Any scalar as written; empty if missing, which is a problem where an example is given."""
        found = self.node(key)
        if found is None:
            if example is not None:
                self.missing(key, f"'{key}: {example}'")
            return ""
        if not isinstance(found, Leaf):
            self.wrong(key, f"{key} must be one value, not {described(found)}")
            return ""
        return found.text.strip()

    def choice(self, key: str, options: Mapping[str, T], fallback: T) -> T:
        """One of these words."""
        if self.node(key) is None:
            return fallback
        word = self.text(key)
        if word in options:
            return options[word]
        self.wrong(key, f"{key} must be {' or '.join(options)}, not {word!r}")
        return fallback

    def flag(self, key: str, fallback: bool) -> bool:
        """``true`` or ``false``, unquoted; ``yes`` and ``no`` are words."""
        found = self.node(key)
        if found is None:
            return fallback
        if isinstance(found, Leaf) and isinstance(found.value, bool):
            return found.value
        self.wrong(key, f"{key} must be true or false, not {described(found)}")
        return fallback

    def whole(self, key: str, fallback: int, *, least: int, most: int) -> int:
        """An unquoted whole number in [least, most]."""
        found = self.node(key)
        if found is None:
            return fallback
        value = found.value if isinstance(found, Leaf) else None
        if isinstance(value, int) and not isinstance(value, bool) and least <= value <= most:
            return value
        self.wrong(key, f"{key} must be a whole number from {least} to {most}, not {described(found)}")
        return fallback

    def span(self, key: str, fallback: Millis | None = None) -> Millis:
        """A span such as ``45 minutes``; needed where there is no fallback."""
        found = self.node(key)
        if found is None:
            if fallback is None:
                self.missing(key, f"'{key}: 7 days'")
            return fallback or 0
        return span_at(found, key, self.problems)

    def texts(self, key: str) -> tuple[str, ...]:
        """A list of scalars, or one of them alone."""
        return tuple(leaf.text.strip() for leaf in self.leaves(key))

    def leaves(self, key: str) -> tuple[Leaf, ...]:
        """The scalars of a list with their places; one alone is a list of one."""
        found = self.node(key)
        nodes = found.nodes if isinstance(found, Items) else () if found is None else (found,)
        leaves = tuple(each for each in nodes if isinstance(each, Leaf) and each.text.strip())
        if len(leaves) != len(nodes):
            self.wrong(key, f"{key} must be a list of words, such as [email, push]")
        return leaves

    def section(self, key: str, name: str) -> "Section | None":
        """A mapping inside this one."""
        found = self.node(key)
        return None if found is None else section_of(found, self.problems, name)


def section_of(node: Node | None, problems: Problems, name: str, *, file: str = "") -> Section | None:
    """The section of this node, or None and a problem if it is no mapping."""
    match node:
        case Branch():
            return Section(node, problems, name)
        case None:
            problems.add(Place(file, 1), f"{name} is empty")
        case _:
            problems.add(node.place, f"{name} must be a mapping of names to values, not {described(node)}")
    return None


def span_at(node: Node, name: str, problems: Problems) -> Millis:
    """The span this node writes."""
    if isinstance(node, Leaf):
        try:
            return span_of(node.text)
        except UnitError as error:
            if str(error).startswith("a span is at most"):
                problems.add(node.place, _of_name(str(error), "a span", name))
                return 1
    problems.add(node.place, f"{name} must be a positive span such as '45 minutes', not {described(node)}")
    return 1


def share_at(node: Node, name: str, problems: Problems) -> Micros:
    """The share this node writes, in millionths."""
    if isinstance(node, Leaf):
        try:
            return share_of(node.text)
        except UnitError as error:
            problems.add(node.place, _of_name(str(error), "a share", name))
            return 0
    problems.add(node.place, f"{name} must be a share such as '5%', not {described(node)}")
    return 0


def _of_name(text: str, kind: str, name: str) -> str:
    """The unit's complaint, said of this name: ``share lies between 0% and 100%, not ...``."""
    return name + text.removeprefix(kind) if text.startswith(kind) else f"{name}: {text}"
