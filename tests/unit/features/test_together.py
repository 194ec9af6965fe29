"""Many conditions as one function: the same answers, and nothing read twice or in vain."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.features.condition import Expression, compile_condition, compile_together, condition
from opportune.features.expression import Node
from opportune.features.fold import new_profile
from opportune.features.scope import Reader, Scope
from opportune.features.together import MOST_DEEP
from opportune.units import Scalar
from tests.laws.test_conditions import nodes, readers, scopes


def scope_of(**properties: object) -> Scope:
    return Scope(new_profile(), 1, "Cart Updated", properties)


@given(st.lists(nodes("boolean", 3), min_size=0, max_size=6), st.lists(st.tuples(scopes(), readers()), max_size=3))
@settings(max_examples=300, deadline=None)
def test_together_they_are_true_where_each_is_by_itself(
    several: list[Node], worlds: list[tuple[Scope, dict[str, Reader]]]
) -> None:
    read = [Expression("", node, "boolean") for node in several]
    for scope, known in worlds:
        each = [place for place, one in enumerate(read) if compile_condition(one, known)(scope)]
        assert compile_together(read, known)(scope) == each


def test_a_feature_is_read_only_where_the_clauses_before_it_hold() -> None:
    asked: list[str] = []

    def slow(scope: Scope) -> Scalar:
        asked.append("slow")
        return 1

    texts = ("value > 5 AND slow = 1", "value < 3", "city = 'Oslo' AND slow = 1")
    run = compile_together([condition(text, features={"slow": "number"}) for text in texts], {"slow": slow})
    assert run(scope_of(value=1)) == [1]
    assert asked == []
    assert run(scope_of(value=9, city="Oslo")) == [0, 2]


def test_what_several_read_is_read_once() -> None:
    run = compile_together([condition(f"value > {most} AND city = 'Oslo'") for most in range(20)], {})
    assert (run.__doc__ or "").count("properties.get('value')") == 1
    assert run(scope_of(value=3.5, city="Oslo")) == [0, 1, 2, 3]


@pytest.mark.parametrize("clauses", [MOST_DEEP - 1, MOST_DEEP, MOST_DEEP + 1, 90])
def test_there_may_be_many_clauses(clauses: int) -> None:
    text = " AND ".join(f"a{place} = {place}" for place in range(clauses))
    run = compile_together([condition(text)], {})
    fits = {f"a{place}": place for place in range(clauses)}
    assert run(scope_of(**fits)) == [0]
    assert run(scope_of(**{**fits, f"a{clauses - 1}": -1})) == []
