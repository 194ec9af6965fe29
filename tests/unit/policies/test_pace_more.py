"""What a wish for less counts, and how a text states it."""

import pytest

from opportune.policies.pace import PaceGate, most_a_week
from opportune.policies.verbs import Reason
from opportune.units import DAY, HOUR, WEEK
from tests.unit.policies.users import NOW, candidate, pending, sent, view

ONE = {"messages_per_week": 1}


@pytest.mark.parametrize(("stated", "most"), [("0" * 12 + "4", 4), ("0" * 12, 0), ("0" * 12 + "1001", None)])
def test_zeros_before_a_number_change_nothing(stated: str, most: int | None) -> None:
    assert most_a_week(stated) == most


def test_what_does_not_count_for_caps_does_not_count_for_a_pace() -> None:
    user = view(sent(NOW - HOUR, counts=False), pending(NOW + 2 * WEEK, counts=False), traits=ONE)
    assert PaceGate().objection(candidate(), user) is None
    assert PaceGate().stays(None, candidate(), user) is None


def test_room_ends_a_week_before_what_is_planned() -> None:
    user = view(pending(NOW + WEEK + DAY), traits=ONE)
    assert PaceGate().stays(None, candidate(), user) == NOW + DAY + 1


def test_a_refusal_stays_as_long_as_it_says() -> None:
    user = view(sent(NOW - DAY), traits=ONE)
    reason = PaceGate().objection(candidate(), user)
    assert reason is not None
    assert reason.until == PaceGate().stays(reason, candidate(), user) == NOW - DAY + WEEK


def test_whoever_wants_none_gets_none_for_good() -> None:
    user = view(traits={"messages_per_week": 0})
    reason = PaceGate().objection(candidate(), user)
    assert reason == Reason("pace", needs=1)
    assert PaceGate().stays(reason, candidate(), user) is None


def test_whoever_wants_none_would_have_to_want_as_many_as_are_near() -> None:
    user = view(sent(NOW - DAY), pending(NOW + 2 * DAY), traits={"messages_per_week": 0})
    reason = PaceGate().objection(candidate(), user)
    assert reason is not None
    assert reason.needs == 3
    assert PaceGate().stays(reason, candidate(), user) == NOW - DAY + WEEK
