"""Windows that touch and do not overlap."""

from opportune.policies.spacing import next_objection, objection_to
from tests.unit.policies.users import reservation


def test_one_exactly_a_span_before_the_next_is_the_last_that_fits() -> None:
    assert next_objection(0, [reservation(10)], most=1, span=10) == 1


def test_two_exactly_a_span_apart_never_leave_no_room_for_a_third() -> None:
    assert next_objection(-100, [reservation(0, "a"), reservation(10, "b")], most=2, span=10) is None


def test_a_planned_one_that_begins_where_the_window_ends_is_not_in_the_way() -> None:
    held = [reservation(6), reservation(15, "planned", is_displaceable=True)]
    reason = objection_to(5, held, most=1, span=10, code="frequency_cap")
    assert reason is not None
    assert (reason.until, reason.blockers) == (25, ())


def test_whatever_is_planned_in_any_window_that_is_too_full_is_in_the_way() -> None:
    """One before and one after, so far apart that no window holds both."""
    held = [reservation(at, str(at), is_displaceable=True) for at in (0, 12)]
    reason = objection_to(6, held, most=1, span=10, code="frequency_cap")
    assert reason is not None
    assert (reason.code, reason.until, reason.blockers) == ("frequency_cap", 22, ("0", "12"))
