"""Errors carry what whoever must act needs."""

from opportune.errors import (
    ConditionError,
    EventError,
    OpportuneError,
    Overloaded,
    PlaybookError,
    Rejected,
    Retryable,
    Unavailable,
    UnitError,
)  # fmt: skip


def test_all_errors_have_one_root() -> None:
    for error in (ConditionError, EventError, Overloaded, PlaybookError, Rejected, Retryable, Unavailable, UnitError):
        assert issubclass(error, OpportuneError)
    assert issubclass(UnitError, PlaybookError)
    assert issubclass(ConditionError, PlaybookError)


def test_a_condition_knows_its_position_and_an_event_its_code() -> None:
    assert ConditionError("no such function", position=7).position == 7
    refused = EventError("bad_id", "blank userId")
    assert (refused.code, str(refused)) == ("bad_id", "blank userId")


def test_a_provider_says_whether_to_try_again() -> None:
    assert Rejected("no", code="smtp_550").code == "smtp_550"
    assert (Retryable("wait").is_outage, Retryable("down", is_outage=True).is_outage) == (False, True)
