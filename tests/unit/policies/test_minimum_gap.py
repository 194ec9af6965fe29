"""How near is too near."""

import pytest

from opportune.messages.message import Message
from opportune.policies.minimum_gap import MinimumGap
from opportune.units import DAY, HOUR
from tests.unit.policies.users import NOW, candidate, pending, sent, view

GAP = MinimumGap(span=3 * HOUR)


@pytest.mark.parametrize(("ago", "is_too_near"), [(3 * HOUR, False), (3 * HOUR - 1, True)])
def test_two_exactly_a_gap_apart_are_far_enough(ago: int, is_too_near: bool) -> None:
    reason = GAP.objection(candidate(), view(sent(NOW - ago)))
    assert (None if reason is None else reason.until) == (NOW + 1 if is_too_near else None)


def test_what_does_not_count_for_caps_may_be_near() -> None:
    user = view(sent(NOW - HOUR, counts=False), pending(NOW + DAY, counts=False))
    assert GAP.objection(candidate(), user) is None
    assert GAP.stays(None, candidate(), user) is None


def test_room_ends_a_gap_before_what_is_planned() -> None:
    user = view(pending(NOW + DAY))
    assert GAP.stays(None, candidate(), user) == NOW + DAY - 3 * HOUR + 1


def test_while_another_is_too_near_the_gap_is_another_at_each_instant() -> None:
    user, near = view(pending(NOW + DAY)), candidate(NOW + DAY - HOUR)
    reason = GAP.objection(near, user)
    assert reason is not None
    assert (reason.until, reason.needs) == (NOW + DAY + 3 * HOUR, HOUR)
    assert GAP.stays(reason, near, user) == near.at + 1


def test_no_gap_is_short_enough_for_two_at_one_instant() -> None:
    reason = GAP.objection(candidate(), view(sent(NOW)))
    assert reason is not None
    assert reason.needs is None
    assert GAP.looks_back == 3 * HOUR


def test_a_gap_binds_what_obeys_on_the_channels_named_or_on_any() -> None:
    obeying, free = Message("m", ("email",), "cart"), Message("m", ("email",), "cart", "transactional", obeys=False)
    narrow = MinimumGap(span=HOUR, channels=("sms",))
    assert [GAP.binds(obeying, each) for each in ("email", "sms")] == [True, True]
    assert [narrow.binds(obeying, each) for each in ("email", "sms")] == [False, True]
    assert [narrow.binds(free, each) for each in ("email", "sms")] == [False, False]
    assert not GAP.binds(free, "sms")
