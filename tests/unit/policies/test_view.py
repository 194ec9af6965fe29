"""What a view counts, and from which instant on."""

from opportune.policies.view import reached_by
from opportune.units import DAY, HOUR, MINUTE
from tests.unit.policies.users import NOW, pending, sent, view


def test_what_counts_for_caps_and_what_does_not_are_told_apart_in_whatever_order_they_are_asked_for() -> None:
    for counted_first in (True, False):
        user = view(sent(NOW - 2, "a"), sent(NOW - 1, "b", counts=False))
        found = {only: user.reservations(counted_only=only) for only in (counted_first, not counted_first)}
        assert [each.id for each in found[True]] == ["a"]
        assert [each.id for each in found[False]] == ["a", "b"]


def test_what_is_asked_for_again_is_not_looked_for_again() -> None:
    user = view(sent(NOW - 1), pending(NOW))
    for channels in ((), ("email",)):
        found = user.reservations(channels, counted_only=True)
        assert user.reservations(channels, counted_only=True) is found
    assert user.reservations(counted_only=True)[0] is user.reservations(("email",), counted_only=True)[0]


def test_all_come_by_instant_whatever_they_are() -> None:
    user = view(sent(NOW - 1, "c"), sent(NOW - 3, "a"), pending(NOW - 2, "b"), pending(NOW, "d"))
    for only in (True, False):
        assert [each.id for each in user.reservations(counted_only=only)] == ["a", "b", "c", "d"]


def test_the_same_user_without_a_decision_is_counted_anew() -> None:
    user = view(pending(NOW, "a"), pending(NOW, "b"))
    assert [each.id for each in user.reservations(counted_only=True)] == ["a", "b"]
    assert [each.id for each in user.excluding(frozenset({"a"})).reservations(counted_only=True)] == ["b"]


def test_what_lies_in_the_inbox_may_be_seen_from_now_on_until_it_is_useless() -> None:
    user = view(pending(NOW + DAY, state="shown_awaited"), now=NOW)
    (found,) = user.reservations(counted_only=True)
    assert (found.earliest, found.at, found.is_displaceable) == (NOW, NOW + DAY, False)
    (found,) = view(pending(NOW - DAY, state="shown_awaited"), now=NOW).reservations(counted_only=True)
    assert (found.earliest, found.at) == (NOW - DAY, NOW - DAY)


def test_only_planned_marketing_can_be_displaced_and_is_there_at_its_instant() -> None:
    user = view(pending(NOW, "a"), pending(NOW, "b", is_marketing=False), pending(NOW, "c", state="claimed"))
    found = {each.id: each for each in user.reservations(counted_only=False)}
    assert [found[each].is_displaceable for each in "abc"] == [True, False, False]
    assert [found[each].at - found[each].earliest for each in "abc"] == [0, 0, 2 * MINUTE]


def test_a_claim_that_may_be_repeated_lasts_until_a_minute_after_the_last_time_it_may_be() -> None:
    claimed = pending(NOW, state="claimed")
    claimed.may_repeat = True
    assert reached_by(claimed) == NOW + 23 * HOUR + MINUTE
    claimed.deadline = NOW + HOUR
    assert reached_by(claimed) == NOW + HOUR + MINUTE


def test_a_run_is_read_with_what_it_kept_and_with_no_event() -> None:
    user = view(sent(NOW - 1))
    found = user.for_run({"value": 80}, NOW - HOUR)
    assert (found.scope.event, found.scope.properties, found.scope.entry) == ("", {"value": 80}, NOW - HOUR)
    assert (found.scope.at, found.scope.context) == (NOW, {})
    assert (found.ledger, found.zones, found.without) == (user.ledger, user.zones, user.without)
    assert user.reservations(counted_only=True) is found.reservations(counted_only=True)
