"""When a user has had enough, to the millisecond."""

import pytest

from opportune.policies.fatigue import Fatigue
from opportune.units import DAY, HOUR
from tests.unit.policies.users import NOW, candidate, pending, sent, view


def test_everything_counts_also_what_caps_do_not_count() -> None:
    user = view(sent(NOW - HOUR, counts=False))
    reason = Fatigue(at_most=1, within=DAY).objection(candidate(), user)
    assert reason is not None
    assert reason.until == NOW - HOUR + DAY


@pytest.mark.parametrize(("channel", "tires"), [("email", True), ("push", True), ("in_app", True), ("sms", False)])
def test_only_what_can_be_noticed_can_be_ignored(channel: str, tires: bool) -> None:
    reason = Fatigue(at_most=9, within=DAY, ignored=1).objection(candidate(), view(sent(NOW - HOUR, channel=channel)))
    assert (reason is not None) == tires


@pytest.mark.parametrize(("ago", "tires"), [(DAY, False), (DAY - 1, True), (0, True), (-1, False)])
def test_what_was_ignored_counts_from_its_instant_on_and_for_the_window(ago: int, tires: bool) -> None:
    reason = Fatigue(at_most=9, within=DAY, ignored=1).objection(candidate(), view(sent(NOW - ago)))
    assert (reason and reason.until) == (NOW - ago + DAY if tires else None)


def test_whoever_is_tired_and_crowded_is_so_until_neither_holds() -> None:
    """The ignored ones are older than the one that crowds, and the other way round."""
    old, new = sent(NOW - 9 * HOUR, "old"), sent(NOW - HOUR, "new", channel="sms")
    reason = Fatigue(at_most=1, within=DAY, ignored=1).objection(candidate(), view(old, new))
    assert reason is not None
    assert (reason.code, reason.until) == ("fatigue", NOW - HOUR + DAY)
    old, new = sent(NOW - 9 * HOUR, "old", channel="sms"), sent(NOW - HOUR, "new")
    reason = Fatigue(at_most=2, within=DAY, ignored=1).objection(candidate(), view(old, new))
    assert reason is not None
    assert reason.until == NOW - HOUR + DAY


def test_a_refusal_is_asked_again_at_the_very_next_instant() -> None:
    fatigue, user = Fatigue(at_most=1, within=DAY), view(sent(NOW - HOUR))
    assert fatigue.stays(fatigue.objection(candidate(), user), candidate(), user) == NOW + 1


def test_room_ends_a_window_before_what_is_planned() -> None:
    user = view(pending(NOW + 3 * DAY, counts=False))
    assert Fatigue(at_most=1, within=DAY).stays(None, candidate(), user) == NOW + 2 * DAY + 1


@pytest.mark.parametrize("at", [NOW - 2 * DAY, NOW])
def test_what_was_sent_until_then_ends_no_room(at: int) -> None:
    assert Fatigue(at_most=2, within=DAY).stays(None, candidate(), view(sent(at))) is None


def test_while_something_sent_later_may_yet_be_ignored_every_instant_is_asked_anew() -> None:
    """A provider's clock may be ahead of ours: one such send suffices, whatever else there is."""
    user = view(sent(NOW - 2 * DAY, "old"), sent(NOW + 1, "ahead"))
    assert Fatigue(at_most=9, within=DAY, ignored=1).stays(None, candidate(), user) == NOW + 1
