"""Events in any order, and the columns that they come to."""

from collections.abc import Mapping

import pytest

from opportune.training.histories import Histories
from opportune.units import HOUR, MINUTE
from opportune.wiring.histories.gathering import Gathering, Happened

NOON = 480_012
"""An hour."""


def _event(name: str, hour: int, **said: object) -> Happened:
    properties: Mapping[str, object] = {key: value for key, value in said.items() if key != "user"}
    return Happened(str(said.get("user", "a")), name, hour * HOUR + MINUTE, hour * HOUR + MINUTE, properties)


def _histories(*events: Happened, kinds: Mapping[str, str] | None = None) -> Histories:
    found = Gathering(kinds)
    for event in events:
        found.take(event)
    return found.histories()


def _sends(histories: Histories) -> list[tuple[int, str, int]]:
    rows = zip(histories.sent_hour.tolist(), histories.sent_group.tolist(), histories.delay.tolist(), strict=True)
    return [(hour - NOON, histories.groups[group], delay) for hour, group, delay in rows]


def test_what_is_done_in_an_hour_is_one_check_in_and_what_is_passive_is_none() -> None:
    found = _histories(_event("Viewed", NOON), _event("Bought", NOON), _event("Email Bounced", NOON + 1))
    assert found.hour.tolist() == [NOON]


def test_an_open_is_matched_by_its_decision_however_late() -> None:
    sent = [_event("Message Sent", NOON + hour, channel="email", decision=f"d{hour}") for hour in (0, 2)]
    opened = _event("Email Opened", NOON + 5, decision="d0", by="human")
    assert _sends(_histories(opened, *sent)) == [(0, "email marketing", 5), (2, "email marketing", -1)]


def test_an_open_without_a_decision_is_of_the_hour_that_it_says() -> None:
    sent = [_event("Message Sent", NOON + hour, channel="email") for hour in (0, 2)]
    opened = _event("Email Opened", NOON + 5, after=5 * HOUR)
    assert _sends(_histories(*sent, opened)) == [(0, "email marketing", 5), (2, "email marketing", -1)]


def test_an_open_that_says_nothing_is_of_the_newest_of_its_message_within_two_days() -> None:
    sent = [_event("Message Sent", NOON + hour, channel="email", message=name) for hour, name in ((0, "hi"), (2, "yo"))]
    near, far = _event("Email Opened", NOON + 5, message="hi"), _event("Email Opened", NOON + 60, message="yo")
    assert _sends(_histories(*sent, near, far)) == [(0, "email marketing", 5), (2, "email marketing", -1)]


def test_an_open_of_a_send_that_nothing_tells_of_stands_for_it() -> None:
    twice = [_event("Push Opened", NOON + hour, after=hour * HOUR) for hour in (4, 3)]
    assert _sends(_histories(*twice)) == [(0, "push marketing", 3)]


def test_machines_and_who_may_be_one_are_not_heard() -> None:
    sent = _event("Message Sent", NOON, channel="email", decision="d")
    opened = [_event("Email Opened", NOON + 1, decision="d", by=by) for by in ("machine", "unsure")]
    assert _sends(_histories(sent, *opened)) == [(0, "email marketing", -1)]


def test_what_is_done_in_the_hour_of_an_open_is_no_check_in() -> None:
    opened = _event("Email Opened", NOON, after=HOUR)
    assert _histories(opened, _event("Viewed", NOON), _event("Viewed", NOON + 1)).hour.tolist() == [NOON + 1]


@pytest.mark.parametrize(("said", "group"), [
    ({"message": "receipt"}, "email transactional"),
    ({"message": "news"}, "email marketing"),
    ({"message": "receipt", "kind": "internal"}, "email internal"),
    ({"message": "news", "channel": "push"}, "push marketing"),
])  # fmt: skip
def test_sends_are_told_apart_by_channel_and_kind(said: Mapping[str, object], group: str) -> None:
    found = _histories(_event("Message Sent", NOON, **said), kinds={"receipt": "transactional"})
    assert _sends(found) == [(0, group, -1)]


def test_a_message_of_which_no_open_can_be_seen_is_none() -> None:
    assert _sends(_histories(_event("Message Sent", NOON, channel="webhook"))) == []


def test_ids_of_one_user_are_one_user() -> None:
    found = Gathering()
    for user in ("b", "a"):
        found.take(_event("Viewed", NOON, user=user))
        found.take(_event("Message Sent", NOON, user=user, channel="email"))
    histories = found.histories({"b": "a"})
    assert (histories.users, histories.hour.tolist()) == (("a",), [NOON])
    assert histories.sent_user.tolist() == [0, 0]


def test_of_nothing_there_is_nothing() -> None:
    found = _histories()
    assert (found.users, found.hour.size, found.sent_hour.size) == ((), 0, 0)


@pytest.mark.parametrize("after", [10**15, 4 * 10**12, 48 * HOUR, -1])
def test_an_open_that_says_an_impossible_or_too_long_time_stands_for_no_send(after: int) -> None:
    assert _sends(_histories(_event("Email Opened", NOON, after=after))) == []


def test_nothing_is_supposed_to_have_gone_out_before_1970() -> None:
    assert _histories(_event("Email Opened", 5, after=6 * HOUR)).sent_hour.tolist() == []
