"""Laws of conditions: generated code is the interpreter, texts read back as themselves, and no text does harm."""

from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.errors import ConditionError
from opportune.features.clock import CLOCK
from opportune.features.condition import (
    Expression,
    Kind,
    Node,
    Scope,
    compile_condition,
    compile_falsehood,
    compile_value,
    condition,
    explain,
    interpret,
    sql_of,
)
from opportune.features.expression import (
    Among,
    And,
    Arithmetic,
    Between,
    Branch,
    Call,
    Case,
    Compare,
    Constant,
    Contains,
    Happened,
    IsNull,
    Like,
    LocalPart,
    Negative,
    Not,
    Or,
    Read,
    walk,
)
from opportune.features.like import matcher
from opportune.features.profile import Profile, Stated
from opportune.features.scope import Reader
from opportune.units import HOUR, SECOND, Scalar, Value

KINDS: tuple[Kind, ...] = ("number", "text", "boolean")
EDGES = (
    0, 1, -1, 2, 3, 7, 2**53, 2**53 + 1, 2**63 - 1, -(2**63), 2**62, 0.0, -0.0, 0.5, -1.5, 0.1, 1e15, 1e308, -1e308,
    5e-324, 9.3e18, 9007199254740993.0,
)  # fmt: skip
TEXTS = ("", "a", "b", "ab", "aB", "A", "é", "ß", "Σ", "a'b", "10", "🙂", "%", "_", "a\nb")
STRANGE: tuple[object, ...] = (
    None, None, True, False, "x", 2**63, 2**200, float("inf"), float("nan"), [1], {"a": 1}, {}, (), b"x",
)  # fmt: skip
PATTERNS = ("", "%", "a%", "%b", "%a%", "_", "a_", "%_b%", "__", "a%b%")
FEATURES: dict[str, Kind] = {"f_number": "number", "f_text": "text", "f_boolean": "boolean", "f_list": "list"}
LISTS: tuple[Value, ...] = (None, (), ("a",), ("aB", "10", "é"), (0, 1, 2), (0, 10, 3))


@cache
def reads_of(kind: Kind) -> st.SearchStrategy[Node]:
    sources = st.sampled_from(("name", "property", "trait", "context", "feature", "dotted"))

    def made(source: str) -> Node:
        match source:
            case "name" | "property" | "trait" | "context":
                return Read(source, f"{source[0]}_{kind}", kind)
            case "feature":
                return Read("feature", f"f_{kind}", kind)
            case _:
                return Read("name", f"deep.d_{kind}", kind)

    return sources.map(made)


@cache
def constants(kind: Kind) -> st.SearchStrategy[Node]:
    values: dict[Kind, tuple[Scalar, ...]] = {"number": EDGES, "text": TEXTS, "boolean": (True, False)}
    return st.sampled_from(values[kind]).map(Constant)


@cache
def nodes(kind: Kind, depth: int) -> st.SearchStrategy[Node]:
    """Well-typed nodes of the kind, at most so deep."""
    leaves = st.one_of(reads_of(kind), reads_of(kind), constants(kind))
    if depth == 0:
        return leaves
    same = st.deferred(lambda: nodes(kind, depth - 1))
    conditions = st.deferred(lambda: nodes("boolean", depth - 1))
    several = st.lists(same, min_size=2, max_size=3).map(tuple)
    branches = st.lists(st.builds(Branch, conditions, same), min_size=1, max_size=2).map(tuple)
    options: list[st.SearchStrategy[Node]] = [
        leaves,
        st.builds(Case, branches, st.one_of(same, st.just(Constant(None))), st.just(kind)),
        st.builds(Call, st.just("coalesce"), several, st.just(kind)),
        st.builds(Call, st.just("nullif"), st.tuples(same, same), st.just(kind)),
    ]
    if kind != "boolean":
        options.append(st.builds(Call, st.sampled_from(("least", "greatest")), several, st.just(kind)))
    match kind:
        case "number":
            options += numbers(depth)
        case "text":
            text = st.deferred(lambda: nodes("text", depth - 1))
            options.append(st.builds(Call, st.sampled_from(("lower", "upper")), st.tuples(text), st.just("text")))
        case _:
            options += booleans(depth)
    return st.one_of(options)


def numbers(depth: int) -> list[st.SearchStrategy[Node]]:
    number = st.deferred(lambda: nodes("number", depth - 1))
    text = st.deferred(lambda: nodes("text", depth - 1))
    return [
        st.builds(Arithmetic, st.sampled_from("+-*/"), number, number),
        st.builds(Negative, number),
        st.sampled_from((LocalPart("hour"), LocalPart("weekday"))),
        st.builds(Call, st.just("length"), st.tuples(text), st.just("number")),
    ]


def booleans(depth: int) -> list[st.SearchStrategy[Node]]:
    boolean, number, text = (
        st.deferred(lambda kind=kind: nodes(kind, depth - 1)) for kind in ("boolean", "number", "text")
    )
    every = st.sampled_from(("=", "<>", "<", "<=", ">", ">="))
    several = st.lists(boolean, min_size=2, max_size=4).map(tuple)
    return [
        st.builds(Compare, every, number, number),
        st.builds(Compare, every, text, text),
        st.builds(Compare, st.sampled_from(("=", "<>")), boolean, boolean),
        st.builds(And, several),
        st.builds(Or, several),
        st.builds(Not, boolean),
        st.builds(Among, number, st.lists(st.sampled_from(EDGES), min_size=1, max_size=4).map(tuple)),
        st.builds(Among, text, st.lists(st.sampled_from(TEXTS), min_size=1, max_size=4).map(tuple)),
        st.builds(Between, number, number, number),
        st.builds(Like, text, st.sampled_from(PATTERNS)),
        st.builds(IsNull, st.one_of(boolean, number, text)),
        st.builds(Contains, st.just(Read("feature", "f_list", "list")), st.one_of(number, text)),
        st.builds(Happened, st.sampled_from(("A", "B")), st.sampled_from((None, SECOND, 5 * SECOND))),
    ]


@cache
def seen(kind: Kind) -> st.SearchStrategy[object]:
    ordinary: dict[Kind, tuple[object, ...]] = {"number": EDGES, "text": TEXTS, "boolean": (True, False)}
    return st.one_of(st.sampled_from(ordinary[kind]), st.sampled_from(ordinary[kind]), st.sampled_from(STRANGE))


def scalars(kind: Kind) -> st.SearchStrategy[Scalar]:
    return seen(kind).filter(lambda value: value is None or isinstance(value, bool | int | float | str))


INSTANTS = st.integers(0, 10).map(lambda step: step * SECOND)


@st.composite
def scopes(draw: st.DrawFn) -> Scope:
    properties = {f"{source}_{kind}": draw(seen(kind)) for source in "np" for kind in KINDS}
    deep = {f"d_{kind}": draw(seen(kind)) for kind in KINDS}
    properties |= draw(st.sampled_from(({}, {"deep": deep}, {f"deep.{name}": value for name, value in deep.items()})))
    traits: dict[str, list[Stated]] = {}
    for kind in KINDS:
        for name in (f"t_{kind}", f"n_{kind}", f"deep.d_{kind}"):
            instants = sorted(draw(st.lists(INSTANTS, max_size=3)))
            traits[name] = [Stated(at, seq, draw(scalars(kind))) for seq, at in enumerate(instants)]
    lasts = {"A": sorted(draw(st.lists(INSTANTS, max_size=3)))}
    return Scope(
        profile=Profile(traits=traits, series={}, sessions=[], lasts=lasts),
        at=draw(INSTANTS),
        properties=properties,
        context={f"c_{kind}": draw(seen(kind)) for kind in KINDS},
        entry=draw(st.one_of(st.none(), INSTANTS)),
    )


@st.composite
def readers(draw: st.DrawFn) -> dict[str, Reader]:
    values: dict[str, Value] = {f"f_{kind}": draw(scalars(kind)) for kind in KINDS}
    values |= {"f_list": draw(st.sampled_from(LISTS)), CLOCK: draw(st.integers(0, 400)) * HOUR}
    return {name: (lambda scope, value=value: value) for name, value in values.items()}


@given(nodes("boolean", 3), st.lists(st.tuples(scopes(), readers()), min_size=1, max_size=4))
@settings(max_examples=1_000, deadline=None)
def test_generated_conditions_agree_with_the_interpreter_on_both_rails(
    node: Node, worlds: list[tuple[Scope, dict[str, Reader]]]
) -> None:
    read = Expression("", node, "boolean")
    for scope, known in worlds:
        plain = interpret(read, scope, known)
        assert plain is None or isinstance(plain, bool)
        assert compile_condition(read, known)(scope) is (plain is True)
        assert compile_falsehood(read, known)(scope) is (plain is False)
        assert compile_value(read, known)(scope) is plain


@pytest.mark.parametrize("kind", KINDS)
@given(st.data())
@settings(max_examples=400, deadline=None)
def test_generated_values_agree_with_the_interpreter_to_the_bit(kind: Kind, data: st.DataObject) -> None:
    read = Expression("", data.draw(nodes(kind, 3)), kind)
    scope, known = data.draw(scopes()), data.draw(readers())
    assert repr(compile_value(read, known)(scope)) == repr(interpret(read, scope, known))


@given(nodes("boolean", 2), scopes(), readers())
@settings(max_examples=500, deadline=None)
def test_a_node_said_in_sql_reads_back_with_the_same_value(node: Node, scope: Scope, known: dict[str, Reader]) -> None:
    try:
        read = condition(sql_of(node), features=FEATURES)
    except ConditionError:
        return  # constants compared with constants, and their like, are refused in texts
    if {part for part in walk(node) if isinstance(part, Read)} != {p for p in walk(read.node) if isinstance(p, Read)}:
        return  # what is only asked for NULL has no kind when it is read back
    assert repr(interpret(read, scope, known)) == repr(interpret(Expression("", node, "boolean"), scope, known))
    assert condition(sql_of(read.node), features=FEATURES).node == read.node


@given(nodes("boolean", 3), scopes(), readers())
@settings(max_examples=300, deadline=None)
def test_every_condition_can_be_explained(node: Node, scope: Scope, known: dict[str, Reader]) -> None:
    read = Expression("", node, "boolean")
    said = explain(read, scope, known)
    assert (said == "TRUE") is (interpret(read, scope, known) is True)


WORDS = (
    *"value city properties traits context features event entry since AND OR NOT IN BETWEEN LIKE IS NULL CASE".split(),
    *"WHEN THEN ELSE END EXISTS coalesce nullif least lower length TRUE FALSE SELECT FROM OVER CAST AS".split(),
    *"local_hour local_weekday at contains f_list".split(),
    *"INTERVAL DATE ANY ALL DISTINCT ( ) ( ) , . = <> < >= + - * / => 'a' 20 1.5 % ; [ ] ' -- /* */ $$".split(),
    *'{ :: -> @ ? é \x00 " features. properties.'.split(),
    "'2 days'",
    '"x y"',
    "\n",
)


@given(st.one_of(st.lists(st.sampled_from(WORDS), max_size=20).map(" ".join), st.text(max_size=40)))
@settings(max_examples=2_000, deadline=None)
def test_any_text_is_read_or_refused_with_a_place_inside_it(text: str) -> None:
    try:
        read = condition(text, features=FEATURES)
    except ConditionError as error:
        assert 0 <= error.position <= max(len(text) - 1, 0)
        assert str(error)
    else:
        assert compile_condition(read, {name: lambda scope: None for name in (*FEATURES, CLOCK)})


def matches_plainly(pattern: str, text: str) -> bool:
    """LIKE by its definition, on short texts."""
    if not pattern:
        return not text
    if pattern[0] == "%":
        return any(matches_plainly(pattern[1:], text[start:]) for start in range(len(text) + 1))
    return bool(text) and pattern[0] in ("_", text[0]) and matches_plainly(pattern[1:], text[1:])


@given(st.text("ab%_", max_size=8), st.text("ab_\n", max_size=8))
@settings(max_examples=2_000, deadline=None)
def test_like_is_its_definition(pattern: str, text: str) -> None:
    assert matcher(pattern)(text) is matches_plainly(pattern, text)
