"""Many conditions about one event as one function: what several of them read is read once.

A condition's clauses are asked one after the other, each inside the one before it, so that nothing is read for a
clause that no longer matters.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Final

from opportune.features.expression import And, Expression, Node, Read, walk
from opportune.features.generate import Writer
from opportune.features.scope import Readers, Scope

MOST_DEEP: Final = 20
"""Clauses inside one another; further ones are asked in one line."""


def compile_together(expressions: Sequence[Expression], readers: Readers) -> Callable[[Scope], list[int]]:
    """A function that answers the places of those that are TRUE in the scope, in order; its ``__doc__`` is its source.

    It answers what ``compile_condition`` would of each.
    """
    writer = _Together(readers)
    source = writer.conditions([expression.node for expression in expressions])
    made: dict[str, Callable[[Scope], list[int]]] = {}
    exec(compile(source, "<conditions>", "exec"), writer.namespace, made)
    generated = made["generated"]
    generated.__doc__ = source
    return generated


class _Together(Writer):
    """Writes one function for all."""

    def conditions(self, nodes: Sequence[Node]) -> str:
        """The source."""
        self._emit("found = []")
        for read in _shared(nodes):
            self._value(read)
        for place, node in enumerate(nodes):
            known = dict(self._locals)
            self._condition(place, node.operands if isinstance(node, And) else (node,))
            self._depth, self._locals = 0, known
        self._emit("return found")
        return self._source()

    def _condition(self, place: int, clauses: Sequence[Node]) -> None:
        for clause in clauses[: MOST_DEEP - 1]:
            self._emit(f"if {self._true(clause)}:")
            self._depth += 1
        rest = clauses[MOST_DEEP - 1 :]
        if rest:
            self._emit(f"if {self._true(And(tuple(rest)))}:")
            self._depth += 1
        self._emit(f"found.append({place})")


def _shared(nodes: Sequence[Node]) -> list[Read]:
    """What two conditions or more read and is at hand: features cost more, and are read where they are needed."""
    counts = Counter(
        read
        for node in nodes
        for read in dict.fromkeys(part for part in walk(node) if isinstance(part, Read) and part.source != "feature")
    )
    return [read for read, count in counts.items() if count > 1]
