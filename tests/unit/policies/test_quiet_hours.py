"""What a night says of itself where its end cannot be told."""

from opportune.features.local_time import WallTime
from opportune.messages.message import Message
from opportune.policies.quiet_hours import QuietHours
from tests.unit.policies.users import NOW, candidate, view

LONG = QuietHours(start=WallTime(8 * 60), end=WallTime(7 * 60))
"""An hour a day is left, and two clocks six hours apart leave none."""


def test_a_night_that_no_clock_ends_is_asked_about_again_at_the_next_instant() -> None:
    user = view(zones=("Europe/Berlin", "America/New_York"))
    reason = LONG.objection(candidate(), user)
    assert reason is not None
    assert (reason.code, reason.until, type(LONG).codes) == ("quiet_hours", None, ("quiet_hours",))
    assert LONG.stays(reason, candidate(), user) == NOW + 1


def test_a_night_binds_marketing_on_the_channels_that_ring_and_nothing_else() -> None:
    night = QuietHours(start=WallTime(0), end=WallTime(60), channels=("email",))
    marketing, receipt = Message("m", ("email",), "cart"), Message("m", ("email",), "cart", "transactional")
    assert [night.binds(marketing, each) for each in ("email", "in_app")] == [True, False]
    assert [night.binds(receipt, each) for each in ("email", "in_app")] == [False, False]
    assert QuietHours(start=WallTime(0), end=WallTime(60)).channels == ("email", "sms", "push", "webhook")
