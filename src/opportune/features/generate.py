"""Conditions as Python code: straight lines over locals, with two expressions for every boolean.

``true(node)`` is Python text that is true exactly if the node is TRUE, ``false(node)`` exactly if it is FALSE; NULL is
neither. NOT swaps the two, so three-valued logic costs nothing at run time. Every value is read once, into a local; a
clause of a top-level AND or OR reads its values only if the clauses before it have not settled the matter.

Names and literals from the text enter the code through ``repr`` or as objects in its namespace, never as code.
"""

from collections.abc import Callable

from opportune.features.clock import CLOCK, part_of
from opportune.features.expression import (
    Among,
    And,
    Arithmetic,
    Between,
    Call,
    Case,
    Compare,
    Constant,
    Contains,
    Expression,
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
    kind_of,
)
from opportune.features.letters import lower, upper
from opportune.features.like import matcher
from opportune.features.scope import Readers, Scope
from opportune.features.values import (
    MOST_WHOLE,
    found_at,
    has_happened,
    number_of,
    scalar_of,
    trait_as_of,
)
from opportune.units import Value

_IN_BOUNDS = f"-{MOST_WHOLE} <= {{0}} <= {MOST_WHOLE}"
_SYMBOLS = {"=": "==", "<>": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_OPPOSITES = {"=": "!=", "<>": "==", "<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def compile_condition(expression: Expression, readers: Readers) -> Callable[[Scope], bool]:
    """A function that is True only if the condition is TRUE in the scope; its ``__doc__`` is its own source."""
    writer = Writer(readers)
    source = writer.condition(expression.node)
    made: dict[str, Callable[[Scope], bool]] = {}
    exec(compile(source, "<condition>", "exec"), writer.namespace, made)
    generated = made["generated"]
    generated.__doc__ = source
    return generated


def compile_value(expression: Expression, readers: Readers) -> Callable[[Scope], Value]:
    """A function that computes the expression in the scope, None for NULL; its ``__doc__`` is its own source."""
    writer = Writer(readers)
    source = writer.scalar(expression.node)
    made: dict[str, Callable[[Scope], Value]] = {}
    exec(compile(source, "<expression>", "exec"), writer.namespace, made)
    generated = made["generated"]
    generated.__doc__ = source
    return generated


def compile_falsehood(expression: Expression, readers: Readers) -> Callable[[Scope], bool]:
    """A function that is True only if the condition is FALSE (not if it is NULL) in the scope."""
    return compile_condition(Expression(expression.text, Not(expression.node), "boolean"), readers)


class Writer:
    """Writes one function; statements are emitted in order, each computing one value from those before it."""

    def __init__(self, readers: Readers) -> None:
        self._readers = readers
        self._lines: list[str] = ["def generated(scope):"]
        self._count = 0
        self._depth = 0
        """How deep inside the function the next statement stands."""
        self._locals: dict[str, str] = {}
        self.namespace: dict[str, object] = {
            "found_at": found_at,
            "has_happened": has_happened,
            "lower": lower,
            "number_of": number_of,
            "part_of": part_of,
            "scalar_of": scalar_of,
            "trait_as_of": trait_as_of,
            "upper": upper,
        }

    def condition(self, node: Node) -> str:
        """The source of a function that is true if the node is TRUE."""
        match node:
            case And():
                for operand in node.operands:
                    self._emit(f"if not ({self._true(operand)}): return False")
                self._emit("return True")
            case Or():
                for operand in node.operands:
                    self._emit(f"if {self._true(operand)}: return True")
                self._emit("return False")
            case _:
                self._emit(f"return {self._true(node)}")
        return self._source()

    def scalar(self, node: Node) -> str:
        """The source of a function that returns the node's value."""
        self._emit(f"return {self._value(node)}")
        return self._source()

    def _source(self) -> str:
        return "\n".join(self._lines) + "\n"

    def _emit(self, line: str, *, depth: int = 1) -> None:
        self._lines.append("    " * (self._depth + depth) + line)

    def _fresh(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._count}"

    def _object(self, prefix: str, value: object) -> str:
        """The name of an object the code uses."""
        name = self._fresh(prefix)
        self.namespace[name] = value
        return name

    def _shared(self, name: str, source: str) -> str:
        """A local that several reads use, such as the properties."""
        if name not in self._locals:
            self._locals[name] = name
            self._emit(f"{name} = {source}")
        return name

    # Booleans, on two rails

    def _true(self, node: Node) -> str:
        match node:
            case And():
                return self._joined("and", [self._true(operand) for operand in node.operands])
            case Or():
                return self._joined("or", [self._true(operand) for operand in node.operands])
            case Not():
                return self._false(node.operand)
            case Compare():
                return self._comparison(node, _SYMBOLS[node.operator])
            case Among():
                return self._membership(node, "in")
            case Between():
                return self._true(_both_bounds(node))
            case Like():
                return self._matching(node, "")
            case Contains():
                return self._containing(node, "")
            case IsNull():
                return self._nullness(node, "is")
            case Constant():
                return repr(node.value is True)
            case _:
                return f"{self._value(node)} is True"

    def _false(self, node: Node) -> str:
        match node:
            case And():
                return self._joined("or", [self._false(operand) for operand in node.operands])
            case Or():
                return self._joined("and", [self._false(operand) for operand in node.operands])
            case Not():
                return self._true(node.operand)
            case Compare():
                return self._comparison(node, _OPPOSITES[node.operator])
            case Among():
                return self._membership(node, "not in")
            case Between():
                return self._false(_both_bounds(node))
            case Like():
                return self._matching(node, "not ")
            case Contains():
                return self._containing(node, "not ")
            case IsNull():
                return self._nullness(node, "is not")
            case Constant():
                return repr(node.value is False)
            case _:
                return f"{self._value(node)} is False"

    def _joined(self, word: str, texts: list[str]) -> str:
        return "(" + f" {word} ".join(texts) + ")"

    def _comparison(self, node: Compare, symbol: str) -> str:
        left, right = self._value(node.left), self._value(node.right)
        return self._guarded([(node.left, left), (node.right, right)], f"{left} {symbol} {right}")

    def _membership(self, node: Among, word: str) -> str:
        operand = self._value(node.operand)
        values = "(" + "".join(f"{value!r}, " for value in node.values) + ")"
        return self._guarded([(node.operand, operand)], f"{operand} {word} {values}")

    def _matching(self, node: Like, negation: str) -> str:
        operand = self._value(node.operand)
        name = self._object("matches", matcher(node.pattern))
        return self._guarded([(node.operand, operand)], f"{negation}{name}({operand})")

    def _containing(self, node: Contains, negation: str) -> str:
        operand, item = self._value(node.operand), self._value(node.item)
        test = f"{item} in {operand}"
        if kind_of(node.item) not in ("text", "number"):
            test = f"({item}.__class__ is not bool and {test})"  # TRUE is not 1
        return self._guarded([(node.operand, operand), (node.item, item)], f"{negation}{test}")

    def _nullness(self, node: IsNull, word: str) -> str:
        operand = self._value(node.operand)
        if isinstance(node.operand, Constant):
            return repr((node.operand.value is None) == (word == "is"))
        return f"{operand} {word} None"

    def _guarded(self, operands: list[tuple[Node, str]], test: str) -> str:
        """The test, false if an operand is NULL."""
        if any(node == Constant(None) for node, _ in operands):
            return "False"
        guards = [f"{name} is not None" for node, name in operands if not isinstance(node, Constant)]
        return "(" + " and ".join([*guards, test]) + ")"

    # Values

    def _value(self, node: Node) -> str:
        """A local, or a literal, that holds the node's value."""
        if isinstance(node, Constant):
            return f"({node.value!r})" if isinstance(node.value, int | float) else repr(node.value)
        key = repr(node)
        if key not in self._locals:
            self._locals[key] = self._computed(node)
        return self._locals[key]

    def _computed(self, node: Node) -> str:
        match node:
            case Read():
                return self._read(node)
            case Arithmetic():
                return self._arithmetic(node)
            case Negative():
                operand = self._value(node.operand)
                return self._bounded([operand], f"-{operand}")
            case Case():
                otherwise = self._value(node.otherwise)
                branches = [(self._true(branch.when), self._value(branch.then)) for branch in node.branches]
                chain = "".join(f"{then} if {when} else " for when, then in branches)
                return self._assigned(chain + otherwise)
            case Call():
                return self._called(node)
            case LocalPart():
                clock = self._object("clock", self._readers[CLOCK])
                return self._assigned(f"part_of({clock}(scope), {node.part!r})")
            case Happened():
                at = self._shared("at", "scope.at")
                start = "scope.entry" if node.span is None else f"{at} - {node.span - 1}"
                profile = self._shared("profile", "scope.profile")
                return self._assigned(f"has_happened({profile}, {node.event!r}, {start}, {at})")
            case _:
                return self._assigned(f"True if {self._true(node)} else False if {self._false(node)} else None")

    def _assigned(self, source: str) -> str:
        name = self._fresh("v")
        self._emit(f"{name} = {source}")
        return name

    def _arithmetic(self, node: Arithmetic) -> str:
        left, right = self._value(node.left), self._value(node.right)
        return self._bounded(
            [left, right], f"{left} {node.operator} {right}", divisor=right if node.operator == "/" else ""
        )

    def _bounded(self, operands: list[str], source: str, *, divisor: str = "") -> str:
        """A local with the result of arithmetic: NULL if an operand is, by 0, or beyond the bounds of numbers."""
        name = self._fresh("v")
        tests = [f"{operand} is None" for operand in operands if operand.isidentifier()]
        tests += [f"not {divisor}"] if divisor else []
        self._emit(f"if {' or '.join(tests) or 'False'}: {name} = None")
        self._emit("else:")
        self._emit(f"{name} = {source}", depth=2)
        self._emit(f"if not {_IN_BOUNDS.format(name)}: {name} = number_of({name})", depth=2)
        return name

    def _called(self, node: Call) -> str:
        values = [self._value(argument) for argument in node.arguments]
        first = values[0]
        match node.function:
            case "coalesce":
                chain = "".join(f"{value} if {self._known(value)} else " for value in values)
                return self._assigned(chain + "None")
            case "nullif":
                equal = self._true(Compare("=", node.arguments[0], node.arguments[1]))
                return self._assigned(f"None if {equal} else {first}")
            case "least" | "greatest":
                return self._furthest(values, "<=" if node.function == "least" else ">=")
            case "lower" | "upper":
                return self._assigned(f"{node.function}({first}) if {self._known(first)} else None")
            case "length":
                return self._assigned(f"len({first}) if {self._known(first)} else None")

    def _known(self, value: str) -> str:
        """A test that a local or literal is not NULL."""
        if value.isidentifier() and value != "None":
            return f"{value} is not None"
        return repr(value != "None")

    def _furthest(self, values: list[str], symbol: str) -> str:
        best, *rest = values
        for value in rest:
            keep = f"not ({self._known(value)}) or ({self._known(best)} and {best} {symbol} {value})"
            best = self._assigned(f"{best} if {keep} else {value}")
        return best

    # Reading

    def _read(self, node: Read) -> str:
        name = self._fresh("v")
        match node.source:
            case "name" | "property" | "context":
                values = "context" if node.source == "context" else "properties"
                self._shared(values, f"scope.{values}")
                finder = f"found_at({values}, {node.path!r})" if "." in node.path else f"{values}.get({node.path!r})"
                self._emit(f"{name} = {finder}")
                if node.source == "name":
                    self._read_trait(name, node.path, f"if {name} is None:")
            case "trait":
                self._read_trait(name, node.path)
            case "feature":
                reader = self._object("reader", self._readers[node.path])
                self._emit(f"{name} = {reader}(scope)")
            case "event":
                self._emit(f"{name} = scope.event")
        self._emit(_kept_as(name, node.kind))
        return name

    def _read_trait(self, name: str, path: str, condition: str = "") -> None:
        at, traits = self._shared("at", "scope.at"), self._shared("traits", "scope.profile.traits")
        depth = 1
        if condition:
            self._emit(condition)
            depth = 2
        newest = f"newest.value if (newest := {name}[-1]).at <= {at} else trait_as_of({name}, {at})"
        self._emit(f"{name} = {traits}.get({path!r})", depth=depth)
        self._emit(f"{name} = ({newest}) if {name} else None", depth=depth)


def _both_bounds(node: Between) -> And:
    return And((Compare(">=", node.operand, node.low), Compare("<=", node.operand, node.high)))


def _kept_as(name: str, kind: Kind) -> str:
    """The statement that makes NULL of a value of another kind."""
    match kind:
        case "number":
            ordinary = f"{name}.__class__ is int or {name}.__class__ is float"
            return f"if not (({ordinary}) and {_IN_BOUNDS.format(name)}): {name} = number_of({name})"
        case "text":
            return f"if {name}.__class__ is not str: {name} = None"
        case "boolean":
            return f"if {name}.__class__ is not bool: {name} = None"
        case "list":
            return f"if {name}.__class__ is not tuple: {name} = None"
        case "unknown":
            return f"{name} = scalar_of({name})"
