"""What a trait may say of a pace, and what it does not say."""

import pytest

from opportune.policies.pace import PaceGate, most_a_week
from opportune.units import WEEK, Scalar


@pytest.mark.parametrize(("stated", "most"), [(0, 0), (2, 2), (2.0, 2), ("4", 4), (" 1 ", 1), (1_000, 1_000)])
def test_a_pace_is_a_whole_number(stated: Scalar, most: int) -> None:
    assert most_a_week(stated) == most


@pytest.mark.parametrize("stated", [None, True, "", "few", "²", 1.5, "1.5", -1, 1_001, 10**18, "9" * 1_000])
def test_what_is_no_such_number_limits_nothing(stated: Scalar) -> None:
    assert most_a_week(stated) is None


def test_sends_are_remembered_for_a_week_whatever_the_playbook_names() -> None:
    assert PaceGate().looks_back == WEEK
