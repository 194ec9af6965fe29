"""Static kinds by unification: a property is a number, a text or a boolean because of how it is used."""

import re
from collections.abc import Mapping

from opportune.errors import ConditionError
from opportune.features.expression import Kind, Source

_ARTICLES: Mapping[Kind, str] = {
    "number": "a number",
    "text": "a text",
    "boolean": "TRUE or FALSE",
    "list": "a list",
    "unknown": "of any kind",
}
_DIGITS = re.compile(r"'\s*-?(\d+(\.\d*)?|\.\d+)\s*'", re.ASCII)
_NUMBER = re.compile(r"-?[\d.]+", re.ASCII)


class Slot:
    """One kind that may not be known yet; slots that must agree share one root."""

    __slots__ = ("_kind", "_next", "said")

    def __init__(self, kind: Kind, said: str = "") -> None:
        self._kind: Kind = kind
        self._next: Slot | None = None
        self.said = said
        """The value this is the kind of, as an error names it."""

    def root(self) -> "Slot":
        """The slot that stands for all that agree with this one."""
        slot = self
        while slot._next is not None:
            slot = slot._next
        return slot

    @property
    def kind(self) -> Kind:
        """What is known so far."""
        return self.root()._kind

    def agree(self, other: "Slot") -> bool:
        """Makes both the same kind, if they can be."""
        one, two = self.root(), other.root()
        if one is two:
            return True
        if "unknown" not in (one._kind, two._kind) and one._kind != two._kind:
            return False
        if one._kind == "unknown":
            one._next = two
        else:
            two._next = one
        return True


class Kinds:
    """The kinds of everything one expression reads."""

    def __init__(self, known: Mapping[tuple[Source, str], Kind]) -> None:
        self._known = known
        self._slots: dict[tuple[Source, str], Slot] = {}

    def of(self, source: Source, path: str, declared: Kind = "unknown") -> Slot:
        """The slot of what is read there: one for each path, however often it is read."""
        key = (source, path)
        if key not in self._slots:
            kind = self._known.get(key, "unknown")
            self._slots[key] = Slot(declared if declared != "unknown" else kind, path)
        return self._slots[key]

    def settled(self) -> dict[tuple[Source, str], Kind]:
        """What the uses have made of them."""
        return {key: slot.kind for key, slot in self._slots.items()}


def named(kind: Kind) -> str:
    """The kind as an error says it: ``a number``."""
    return _ARTICLES[kind]


def is_digits(said: str) -> bool:
    """Whether this is the SQL text of a text that reads like a number: ``'20'``."""
    return _DIGITS.fullmatch(said) is not None


def require(slot: Slot, kind: Kind, *, said: str, because: str, position: int) -> None:
    """The value must be of this kind, because of its use; raises ConditionError."""
    had = slot.kind
    if slot.agree(Slot(kind)):
        return
    remedy = ""
    if is_digits(said) and kind == "number":
        remedy = f"; write {said[1:-1]} without quotes"
    elif kind == "boolean":
        remedy = "; write a comparison, such as value >= 20 or city = 'Oslo'"
    raise ConditionError(f"{because} {named(kind)}, but {said} is {named(had)}{remedy}", position=position)


def conversion(said: str, kind: Kind, other: str, other_kind: Kind) -> str:
    """What to write so that the two can be compared."""
    if is_digits(said) and other_kind == "number":
        return f"write {said[1:-1]} without quotes"
    if kind == "number" and other_kind == "text":
        return f"write '{said}'" if _NUMBER.fullmatch(said) else "compare a text with a text"
    if other_kind == "list":
        return f"write contains({other}, {said})"
    if other_kind == "boolean":
        return f"write {other}, or NOT {other}, alone"
    return f"compare {named(other_kind)} with {named(other_kind)}"
