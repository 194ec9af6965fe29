"""Random conditions of every node there is, well typed, over a fixed set of names."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Final

from opportune.features.expression import (
    Among,
    And,
    Arithmetic,
    Between,
    Branch,
    Call,
    Case,
    Compare,
    Comparison,
    Constant,
    Contains,
    Happened,
    IsNull,
    Kind,
    Like,
    LocalPart,
    Negative,
    Node,
    Not,
    Or,
    Read,
)
from opportune.units import SECOND

READS: Final[Mapping[Kind, tuple[Read, ...]]] = {
    kind: (
        Read("name", f"n_{kind}", kind),
        Read("property", f"p_{kind}", kind),
        Read("property", f"q_{kind}", kind),
        Read("property", f"deep.d_{kind}", kind),
        Read("name", f'deep."odd*\\.d_{kind}', kind),
        Read("context", f"c_{kind}", kind),
        Read("feature", f"f_{kind}", kind),
        Read("trait", f"t_{kind}", kind),
    )
    for kind in ("number", "text", "boolean", "unknown")
}  # fmt: skip
LISTS: Final = (Read("feature", "f_list", "list"), Read("feature", "g_list", "list"))
HAPPENED: Final = (Happened("A", None), Happened("A", SECOND), Happened("B", 5 * SECOND))
NUMBERS: Final = (
    0, 1, -1, 2, 3, 7, 10, 0.5, -1.5, 0.1, 0.2, 0.3, 1 / 3, -0.0, 100, 1e15, 2**31, 2**53, 2**53 - 1, -(2**53), 1e16,
    9.3e18, 1e300, 1e308, -1e308, 1.7976931348623157e308, 5e-324, -5e-324, 2.2250738585072014e-308, 1e-300,
)  # fmt: skip
PIECES: Final = (
    "", "a", "b", "ab", "A", "AB", "z", "10", "9", " ", "'", '"', "\\", "\\%", "%", "_", "\n", "\0", "é", "e\u0301",
    "ß", "ẞ", "İ", "ı", "Σ", "ς", "ŉ", "ǆ", "ǅ", "ﬁ", "ᾳ", "ῼ", "\ud7ff", "\ue000", "\uffff", "🙂", "\U0010ffff",
    "long enough not to be inlined", "n:5.0", "true", "null",
)  # fmt: skip
EQUALITY: Final[tuple[Comparison, ...]] = ("=", "<>")
ORDER: Final[tuple[Comparison, ...]] = (*EQUALITY, "<", "<=", ">", ">=")
SHARE_OF_LEAVES: Final = 0.25


def texts(chance: Random) -> str:
    """One text, often a piece that others have too."""
    return "".join(chance.choice(PIECES) for _ in range(chance.choice((1, 1, 1, 2, 3))))


def numbers(chance: Random) -> int | float:
    """One number, mostly at an edge or whole."""
    match chance.randrange(4):
        case 0:
            return chance.randint(-20, 20)
        case 1:
            return round(chance.uniform(-1e3, 1e3), 2)
        case _:
            return chance.choice(NUMBERS)


def constant(chance: Random, kind: Kind) -> Constant:
    """A constant of the kind; of unknown kind only NULL is one."""
    match kind:
        case "number":
            return Constant(numbers(chance))
        case "text":
            return Constant(texts(chance))
        case "boolean":
            return Constant(chance.random() < 0.5)
        case _:
            return Constant(None)


def node(chance: Random, kind: Kind, depth: int) -> Node:
    """A node of the kind, at most so deep."""
    if depth == 0 or chance.random() < SHARE_OF_LEAVES:
        return _leaf(chance, kind)
    return chance.choice(_MAKERS[kind])(chance, kind, depth - 1)


def _leaf(chance: Random, kind: Kind) -> Node:
    if chance.random() < 0.3:
        return constant(chance, kind)
    if kind == "number" and chance.random() < 0.1:
        return LocalPart(chance.choice(("hour", "weekday")))
    if kind == "boolean" and chance.random() < 0.2:
        return chance.choice(HAPPENED)
    return chance.choice(READS[kind])


def _several(chance: Random, kind: Kind, depth: int, most: int = 3) -> tuple[Node, ...]:
    return tuple(node(chance, kind, depth) for _ in range(chance.randint(2, most)))


def _case(chance: Random, kind: Kind, depth: int) -> Node:
    branches = tuple(
        Branch(node(chance, "boolean", depth), node(chance, kind, depth)) for _ in range(chance.randint(1, 2))
    )
    otherwise: Node = Constant(None) if chance.random() < 0.3 else node(chance, kind, depth)
    return Case(branches, otherwise, kind)


def _coalesce(chance: Random, kind: Kind, depth: int) -> Node:
    return Call("coalesce", _several(chance, kind, depth), kind)


def _nullif(chance: Random, kind: Kind, depth: int) -> Node:
    return Call("nullif", (node(chance, kind, depth), node(chance, kind, depth)), kind)


def _furthest(chance: Random, kind: Kind, depth: int) -> Node:
    return Call(chance.choice(("least", "greatest")), _several(chance, kind, depth), kind)


def _arithmetic(chance: Random, kind: Kind, depth: int) -> Node:
    return Arithmetic(chance.choice(("+", "-", "*", "/")), node(chance, kind, depth), node(chance, kind, depth))


def _negative(chance: Random, kind: Kind, depth: int) -> Node:
    return Negative(node(chance, kind, depth))


def _length(chance: Random, kind: Kind, depth: int) -> Node:
    return Call("length", (node(chance, "text", depth),), kind)


def _letters(chance: Random, kind: Kind, depth: int) -> Node:
    return Call(chance.choice(("lower", "upper")), (node(chance, kind, depth),), kind)


def _ordered(chance: Random) -> Kind:
    return chance.choice(("number", "number", "text"))


def _compare(chance: Random, _: Kind, depth: int) -> Node:
    kind: Kind = chance.choice(("number", "number", "text", "boolean"))
    left, right = node(chance, kind, depth), node(chance, kind, depth)
    return Compare(chance.choice(EQUALITY if kind == "boolean" else ORDER), left, right)


def _junction(chance: Random, kind: Kind, depth: int) -> Node:
    return chance.choice((And, Or))(_several(chance, kind, depth, 4))


def _not(chance: Random, kind: Kind, depth: int) -> Node:
    return Not(node(chance, kind, depth))


def _among(chance: Random, _: Kind, depth: int) -> Node:
    kind = _ordered(chance)
    count = chance.choice((1, 2, 3, 12))
    if kind == "number":
        return Among(node(chance, kind, depth), tuple(numbers(chance) for _ in range(count)))
    return Among(node(chance, kind, depth), tuple(texts(chance) for _ in range(count)))


def _between(chance: Random, _: Kind, depth: int) -> Node:
    kind = _ordered(chance)
    return Between(node(chance, kind, depth), node(chance, kind, depth), node(chance, kind, depth))


def _like(chance: Random, _: Kind, depth: int) -> Node:
    pattern = "".join(chance.choice(("%", "_", "%", texts(chance), "a")) for _ in range(chance.randint(0, 4)))
    return Like(node(chance, "text", depth), pattern)


def _is_null(chance: Random, _: Kind, depth: int) -> Node:
    if chance.random() < 0.1:
        return IsNull(chance.choice(LISTS))
    return IsNull(node(chance, chance.choice(("number", "text", "boolean", "unknown")), depth))


def _contains(chance: Random, _: Kind, depth: int) -> Node:
    return Contains(chance.choice(LISTS), node(chance, chance.choice(("text", "number", "unknown")), depth))


_Maker = Callable[[Random, Kind, int], Node]
_ANY: Final[tuple[_Maker, ...]] = (_case, _coalesce)
_MAKERS: Final[Mapping[Kind, tuple[_Maker, ...]]] = {
    "unknown": _ANY,
    "number": (*_ANY, _nullif, _furthest, _arithmetic, _arithmetic, _arithmetic, _negative, _length),
    "text": (*_ANY, _nullif, _furthest, _letters, _letters),
    "boolean": (
        *_ANY, _nullif, _compare, _compare, _compare, _junction, _junction, _not, _among, _between,
        _like, _like, _is_null, _contains,
    ),
}  # fmt: skip
