"""When what grows with time passes a bound: seconds since an event, compared with a number.

``SINCE('Logged In') / 86400 > 7`` is a line over time; it passes the bound at one instant. Lines may be added, taken
from one another, and multiplied or divided by numbers; of functions and CASE each argument is a line of its own.
"""

from collections.abc import Iterator, Mapping, Sequence
from itertools import product

from msgspec import Struct

from opportune.features.aggregate import Aggregate
from opportune.features.expression import (
    Among,
    Arithmetic,
    Between,
    Call,
    Case,
    Compare,
    Constant,
    Negative,
    Node,
    Read,
)
from opportune.features.feature import Feature
from opportune.features.profile import Profile
from opportune.features.series import NEVER, newest_upto
from opportune.features.window import Last
from opportune.units import SECOND, Instant, Millis

MOST_LINES = 64
"""Ways in which one side of a comparison may be calculated; of more, those that come first are looked at."""


class Line(Struct, frozen=True):
    """``constant`` plus, for each of the rest, its factor times the seconds since the newest event of a series."""

    constant: float
    rest: tuple[tuple[float, str, Millis], ...] = ()
    """Factor, key of the series, and how old an event must be to be seen."""

    def scaled(self, factor: float) -> "Line":
        return Line(self.constant * factor, tuple((each * factor, key, offset) for each, key, offset in self.rest))

    def plus(self, other: "Line") -> "Line":
        return Line(self.constant + other.constant, self.rest + other.rest)


class Crossings:
    """When any comparison among these nodes may turn out otherwise because time has passed."""

    def __init__(self, features: Mapping[str, Feature], nodes: Sequence[Node]) -> None:
        self._features = features
        lines = {line for node in nodes for line in self._differences(node)}
        self._lines = [line for line in sorted(lines, key=repr) if line.rest]

    def __bool__(self) -> bool:
        return bool(self._lines)

    def next(self, profile: Profile, at: Instant) -> Instant | None:
        """The first instant after ``at`` at which a line passes zero, or one close to it."""
        return min((each for line in self._lines for each in _zeros(line, profile, at) if each > at), default=None)

    def _differences(self, node: Node) -> Iterator[Line]:
        """Lines that pass zero where the node, if it is a comparison, turns out otherwise."""
        match node:
            case Compare(left=left, right=right):
                yield from self._between(left, right)
            case Between(operand, low, high):
                yield from self._between(operand, low)
                yield from self._between(operand, high)
            case Among(operand, values):
                for value in values:
                    yield from self._between(operand, Constant(value))
            case _:
                return

    def _between(self, left: Node, right: Node) -> Iterator[Line]:
        for one, other in product(self._lines_of(left), self._lines_of(right)):
            yield one.plus(other.scaled(-1))

    def _lines_of(self, node: Node) -> list[Line]:
        """All lines that the node may be, whatever is true or NULL; none where it is no line."""
        match node:
            case Constant(bool()):
                return []
            case Constant(int() | float() as number):
                return [Line(float(number))]
            case Read():
                return self._read(node)
            case Negative(operand):
                return [line.scaled(-1) for line in self._lines_of(operand)]
            case Arithmetic(operator, left, right):
                pairs = product(self._lines_of(left), self._lines_of(right))
                return [line for one, other in pairs for line in _calculated(operator, one, other)][:MOST_LINES]
            case Case(branches, otherwise):
                return self._of_all([*(each.then for each in branches), otherwise])
            case Call(arguments=arguments):
                return self._of_all(arguments)
            case _:
                return []

    def _of_all(self, nodes: Sequence[Node]) -> list[Line]:
        return [line for each in nodes for line in self._lines_of(each)][:MOST_LINES]

    def _read(self, node: Read) -> list[Line]:
        feature = self._features.get(node.path) if node.source == "feature" else None
        if feature is None:
            return []
        if feature.formula is not None:
            return self._lines_of(feature.formula.node)
        aggregate = feature.aggregate
        return (
            [] if aggregate is None or not _grows(aggregate) else [Line(0, ((1.0, aggregate.key, _offset(aggregate)),))]
        )


def _grows(aggregate: Aggregate) -> bool:
    return aggregate.function == "since" and aggregate.by is None


def _offset(aggregate: Aggregate) -> Millis:
    return aggregate.window.offset if isinstance(aggregate.window, Last) else 0


def _calculated(operator: str, one: Line, other: Line) -> Iterator[Line]:
    match operator:
        case "+":
            yield one.plus(other)
        case "-":
            yield one.plus(other.scaled(-1))
        case "*" if not other.rest:
            yield one.scaled(other.constant)
        case "*" if not one.rest:
            yield other.scaled(one.constant)
        case "/" if not other.rest and other.constant:
            yield one.scaled(1 / other.constant)


def _zeros(line: Line, profile: Profile, at: Instant) -> Iterator[Instant]:
    """The instants around which the line passes zero, if it does, by what has happened up to ``at``."""
    slope, value = 0.0, line.constant
    for factor, key, offset in line.rest:
        newest = newest_upto(profile.series.get(key), at - offset)
        if newest == NEVER:
            return
        slope += factor
        value += factor * ((at - newest) / SECOND)
    away = -value / slope * SECOND if slope else -1.0
    if -1 <= away < 1e15:
        zero = at + int(away)
        yield from (zero, zero + 1, zero + 2)
