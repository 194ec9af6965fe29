"""What a cap counts, at the edges of its windows."""

import pytest

from opportune.policies.frequency_cap import FrequencyCap
from opportune.units import DAY, HOUR, Instant
from tests.unit.policies.users import NOW, candidate, pending, sent, view

MIDNIGHT: Instant = NOW - 12 * HOUR
NEXT: Instant = MIDNIGHT + DAY


@pytest.mark.parametrize("within", ["day", "week"])
def test_a_cap_by_the_calendar_looks_back_a_week_and_a_day(within: str) -> None:
    assert FrequencyCap(at_most=1, within=within).looks_back == 8 * DAY  # type: ignore[arg-type]


def test_any_other_cap_looks_back_its_own_window() -> None:
    assert FrequencyCap(at_most=1, within=3 * HOUR).looks_back == 3 * HOUR


@pytest.mark.parametrize(("at", "is_of_today"), [(MIDNIGHT - 1, False), (MIDNIGHT, True)])
def test_a_day_begins_with_its_first_instant(at: Instant, is_of_today: bool) -> None:
    reason = FrequencyCap(at_most=1, within="day").objection(candidate(), view(sent(at)))
    assert (reason and (reason.code, reason.until)) == (("frequency_cap", NEXT) if is_of_today else None)


@pytest.mark.parametrize(("at", "is_of_today"), [(NEXT - 1, True), (NEXT, False)])
def test_a_day_ends_before_the_first_instant_of_the_next(at: Instant, is_of_today: bool) -> None:
    reason = FrequencyCap(at_most=1, within="day").objection(candidate(), view(pending(at)))
    assert (reason and (reason.until, reason.blockers)) == ((NEXT, ("planned",)) if is_of_today else None)


@pytest.mark.parametrize("within", [DAY, "day"])
def test_what_does_not_count_for_caps_is_not_counted(within: int | str) -> None:
    cap = FrequencyCap(at_most=1, within=within)  # type: ignore[arg-type]
    user = view(sent(NOW - HOUR, counts=False), pending(NOW + 3 * DAY, counts=False))
    assert cap.objection(candidate(), user) is None
    assert cap.stays(None, candidate(), user) is None


def test_a_cap_by_the_calendar_has_room_until_the_next_day_if_so_many_are_held_at_all() -> None:
    cap = FrequencyCap(at_most=1, within="day")
    assert cap.stays(None, candidate(), view(sent(MIDNIGHT - 1))) == NEXT
    assert cap.stays(None, candidate(), view()) is None


def test_a_cap_that_has_room_stays_so_until_what_is_planned_comes_near() -> None:
    cap = FrequencyCap(at_most=1, within=DAY)
    user = view(pending(NOW + 3 * DAY))
    assert cap.objection(candidate(), user) is None
    assert cap.stays(None, candidate(), user) == NOW + 2 * DAY + 1
