"""No text keeps the reader busy for long: its steps are counted, not its seconds (benchmarks/refusing.py times it)."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from benchmarks.refusing import FEATURES, HEAVY
from opportune.errors import ConditionError
from opportune.features.condition import condition

MOST_STEPS = 250_000
"""Calls of functions, of Python and of C; an ordinary condition takes a few thousand."""


class Steps:
    """How many there have been."""

    count = 0


@contextmanager
def counted() -> Iterator[Steps]:
    """Counts the calls within."""
    steps = Steps()

    def step(_: object, event: str, __: object) -> None:
        steps.count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(step)
    try:
        yield steps
    finally:
        sys.setprofile(before)


@pytest.mark.parametrize("name", HEAVY)
def test_a_text_that_asks_for_much_work_is_refused_in_bounded_steps(name: str) -> None:
    with counted() as steps, pytest.raises(ConditionError) as refused:
        condition(HEAVY[name], features=FEATURES)
    assert steps.count <= MOST_STEPS
    assert 0 <= refused.value.position < len(HEAVY[name])


def test_steps_are_counted() -> None:
    with counted() as steps:
        condition("x > 1")
    assert 100 < steps.count < 20_000
