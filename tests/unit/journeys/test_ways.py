"""The table by which runs move, step by step."""

import pytest

from opportune.features.expression import Constant, Expression
from opportune.features.local_time import WallTime
from opportune.journeys.step import (
    Arm,
    Branch,
    Call,
    Digest,
    Emit,
    End,
    Goto,
    Send,
    SetTraits,
    Split,
    Step,
    Wait,
    WaitDate,
    WaitLocal,
    WaitUntil,
    goes_on,
    targets,
)
from opportune.journeys.ways import Way, after, ends, ways_of
from opportune.units import HOUR

VIP = Expression("TRUE", Constant(True), "boolean")
STEPS: list[tuple[Step, set[tuple[str, int | None]]]] = [
    (Wait(HOUR), {("over", 4)}),
    (WaitLocal(WallTime(540)), {("over", 4)}),
    (Digest(HOUR), {("over", 4)}),
    (WaitDate("birthday"), {("over", 4), ("missing", 4)}),
    (WaitDate("birthday", if_missing="end"), {("over", 4), ("missing", None)}),
    (WaitUntil("Bought", HOUR), {("answered", 4), ("timeout", 4)}),
    (WaitUntil("Bought", HOUR, on_timeout=7), {("answered", 4), ("timeout", 7)}),
    (Send("hello"), {("sent", 4), ("not_sent", 4)}),
    (Call("tell_shop"), {("sent", 4), ("not_sent", 4)}),
    (Send("hello", VIP), {("sent", 4), ("not_sent", 4), ("unless", 4)}),
    (Send("hello", if_not_sent="end"), {("sent", 4), ("not_sent", None)}),
    (Send("hello", VIP, on_not_sent=7), {("sent", 4), ("not_sent", 7), ("unless", 4)}),
    (Branch(VIP, 7), {("true", 4), ("otherwise", 7)}),
    (Split("haste", (Arm("soon", 500_000, 4), Arm("late", 500_000, 6))), {("arm", 4), ("arm", 6)}),
    (SetTraits(()), {("made", 4)}),
    (Emit("Given Up"), {("made", 4)}),
    (Goto(7), {("goto", 7)}),
    (End(), set()),
]


@pytest.mark.parametrize(("step", "expected"), STEPS, ids=lambda value: type(value).__name__)
def test_a_step_has_these_ways_on_and_no_others(step: Step, expected: set[tuple[str, int | None]]) -> None:
    assert {(way.by, way.to) for way in ways_of(step, 3)} == expected


@pytest.mark.parametrize("step", [step for step, _ in STEPS], ids=lambda step: type(step).__name__)
def test_the_ways_on_lead_where_its_targets_are_and_to_the_next_one_if_it_goes_on(step: Step) -> None:
    led = {way.to for way in ways_of(step, 3)} - {None}
    assert led == {*targets(step), *([4] if goes_on(step) else [])}


@pytest.mark.parametrize("step", [step for step, _ in STEPS], ids=lambda step: type(step).__name__)
def test_every_way_on_says_what_the_engine_asks(step: Step) -> None:
    asked = [way for way in ways_of(step, 3) if way.by != "arm"]
    assert [way.to for way in asked] == [None if ends(step, way.by) else after(step, 3, way.by) for way in asked]


def test_the_ways_of_an_experiment_are_its_arms() -> None:
    split = Split("haste", (Arm("soon", 500_000, 4), Arm("late", 500_000, 6)))
    assert list(ways_of(split, 3)) == [Way("arm", 4, "soon"), Way("arm", 6, "late")]


def test_an_end_ends_the_run_by_whatever_it_is_left() -> None:
    assert ends(End(), "over")
