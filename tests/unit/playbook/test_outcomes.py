"""What a condition can come to: never less than what it does come to."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.features.condition import condition
from opportune.features.expression import And, Compare, Constant, IsNull, Node, Not, Or, Read
from opportune.features.interpret import value_of
from opportune.features.profile import Profile, Stated
from opportune.features.scope import Scope
from opportune.playbook.outcomes import Known, may_be_true, may_be_untrue, outcomes
from opportune.units import Scalar

CASES: list[tuple[str, Known, set[bool | None]]] = [
    ("kind = 'first'", Known({"kind": "first"}), {True}),
    ("kind = 'second'", Known({"kind": "first"}), {False}),
    ("kind = 2", Known({"kind": "first"}), {None}),
    ("kind = 'first'", Known(), {True, False, None}),
    ("properties.kind = 'first'", Known(open=frozenset()), {None}),
    ("properties.kind = 'first'", Known(open=frozenset({"kind"})), {True, False, None}),
    ("traits.kind = 'first'", Known({"kind": "first"}), {True, False, None}),
    ("traits.kind = 'first'", Known({}, {"kind": "second"}), {False}),
    ("kind = 'first' AND value > 3", Known({"kind": "second"}), {False}),
    ("kind = 'first' AND value > 3", Known({"kind": "first"}), {True, False, None}),
    ("kind = 'first' OR value > 3", Known({"kind": "first"}), {True}),
    ("kind = 'first' OR value > 3", Known({"kind": "second"}), {True, False, None}),
    ("NOT (kind = 'first' AND value > 3)", Known({"kind": "second"}), {True}),
    ("value IS NULL", Known(), {True, False}),
    ("value IS NULL AND kind = 2", Known({"kind": "first"}), {None, False}),
    ("value IS NULL OR kind = 2", Known({"kind": "first"}), {None, True}),
    ("EXISTS('Bought', since => '7 days')", Known(), {True, False, None}),
]


@pytest.mark.parametrize(("text", "known", "expected"), CASES)
def test_what_is_known_decides_as_far_as_it_goes(text: str, known: Known, expected: set[bool | None]) -> None:
    assert outcomes(condition(text).node, known) == expected
    assert may_be_true(condition(text), known) is (True in expected)
    assert may_be_untrue(condition(text), known) is (expected != {True})


def test_without_a_condition_it_is_true() -> None:
    assert may_be_true(None, Known())


reads: st.SearchStrategy[Node] = st.builds(
    Read, st.sampled_from(["name", "property", "trait"]), st.sampled_from(["a", "b"]), st.just("number")
)
atoms: st.SearchStrategy[Node] = st.one_of(
    st.builds(Compare, st.sampled_from(["=", ">"]), reads, st.builds(Constant, st.integers(0, 2))),
    st.builds(IsNull, reads),
)


def grown(inner: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    pairs = st.lists(inner, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(And, pairs), st.builds(Or, pairs), st.builds(Not, inner))


nodes = st.recursive(atoms, grown, max_leaves=6)
values: st.SearchStrategy[dict[str, Scalar]] = st.dictionaries(
    st.sampled_from(["a", "b"]), st.one_of(st.integers(0, 2), st.just("x"))
)


@given(nodes, values, values, st.sets(st.sampled_from(["a", "b"])))
def test_what_it_comes_to_is_among_the_outcomes(
    node: Node, properties: dict[str, Scalar], traits: dict[str, Scalar], hidden: set[str]
) -> None:
    profile = Profile({name: [Stated(0, 0, value)] for name, value in traits.items()}, {}, [], {})
    value = value_of(node, Scope(profile, 0, properties=properties), {})
    known = Known(
        {name: value for name, value in properties.items() if name not in hidden},
        {name: value for name, value in traits.items() if name not in hidden},
        frozenset(hidden & properties.keys()),
    )
    assert value in outcomes(node, known)
