"""How far caps were used: what they count, in which window, and what they objected to."""

from opportune.features.ledger import Sent
from opportune.units import DAY, HOUR
from opportune.wiring.backtest.report import CapUse, Unnoticed
from tests.stories.shop import shop
from tests.unit.wiring.backtest.pasts import START, lived, report_of, says

JOURNEYS = {"cart": says("cart"), "news": says("news")}
MESSAGES = {"cart": "", "news": "topic: news\nchannels: [push]"}


def uses(*policies: str, happened: tuple[tuple[float, str], ...], zone: str = "UTC", **messages: str) -> list[CapUse]:
    playbook = shop(*policies, journeys=JOURNEYS, messages=MESSAGES | messages)
    return report_of(playbook, lived(playbook, *happened, zone=zone, push_token="p")).caps


def test_what_stands_exactly_a_span_apart_shares_no_window() -> None:
    (cap,) = uses("frequency_cap: {at_most: 3, within: 24 hours}", happened=((0, "Cart"), (23, "Cart"), (24, "Cart")))
    assert (cap.policy, cap.at_most, cap.fullest) == ("frequency_cap 3 in 1 day", 3, {2: 1})
    assert (cap.users_at_limit, cap.objected, cap.silenced) == (0, 0, 0)


def test_a_calendar_day_is_that_of_the_user() -> None:
    """Ten in the evening and one in the morning in New York: two in three hours, and one a day."""
    evening = ((14, "Cart"), (17, "Cart"))
    (cap,) = uses("frequency_cap: {at_most: 2, within: day}", happened=evening, zone="America/New_York")
    assert (cap.policy, cap.fullest) == ("frequency_cap 2 a day", {1: 1})
    (cap,) = uses("frequency_cap: {at_most: 2, within: day}", happened=evening)
    assert cap.fullest == {2: 1}


def test_a_cap_counts_its_channels_and_topics_and_what_counts() -> None:
    happened = ((0, "Cart"), (1, "News"), (2, "News"))
    on, about = uses(
        "frequency_cap: {at_most: 9, within: 7 days, channels: [push]}",
        "frequency_cap: {at_most: 9, within: week, topics: [cart]}",
        happened=happened,
    )
    assert (on.policy, on.fullest) == ("frequency_cap 9 in 7 days on push", {2: 1})
    assert (about.policy, about.fullest) == ("frequency_cap 9 a week about cart", {1: 1})
    (cap,) = uses(
        "frequency_cap: {at_most: 9, within: 7 days}", happened=happened, news="channels: [push]\ncounts: false"
    )
    assert cap.fullest == {1: 1}


def test_fatigue_counts_everything_and_a_gap_one_at_a_time() -> None:
    gap, tired = uses(
        "minimum_gap: {span: 2 hours}",
        "fatigue: {at_most: 4, within: 3 days, ignored: 9}",
        happened=((0, "Cart"), (3, "News"), (6, "Cart")),
        cart="counts: false",
    )
    assert (gap.policy, gap.at_most, gap.fullest, gap.users_at_limit) == ("minimum_gap 2 hours", 1, {1: 1}, None)
    assert (tired.policy, tired.fullest) == ("fatigue 4 in 3 days or 9 unnoticed", {3: 1})


def test_what_is_delayed_is_objected_to_and_what_falls_silent_is_silenced_too() -> None:
    happened = ((0, "Cart"), (1, "Cart"), (2, "News"))
    (cap,) = uses("frequency_cap: {at_most: 1, within: 20 hours}", happened=happened, news="useful_for: 3 hours")
    assert (cap.objected, cap.silenced, cap.users_at_limit) == (2, 1, 1)


def test_of_two_caps_the_one_that_spoke_is_charged() -> None:
    """The third of a day falls to the cap of the day; the fourth of a week to that of the week."""
    caps = ("frequency_cap: {at_most: 2, within: day}", "frequency_cap: {at_most: 3, within: 7 days}")
    for policies, places in ((caps, (0, 1)), (caps[::-1], (1, 0))):
        day_first = uses(*policies, happened=((0, "Cart"), (1, "Cart"), (2, "News")), news="useful_for: 1 hour")
        assert [day_first[place].silenced for place in places] == [1, 0]
        week = uses(*policies, happened=((0, "Cart"), (1, "Cart"), (30, "Cart"), (60, "News")))
        assert [(week[place].objected, week[place].silenced) for place in places] == [(0, 0), (1, 1)]


def test_the_pace_that_a_user_asks_for_is_told_only_if_it_came_into_play() -> None:
    playbook = shop(journeys=JOURNEYS, messages=MESSAGES)
    happened = (0, "Cart"), (1, "Cart")
    assert report_of(playbook, lived(playbook, *happened)).caps == []
    (pace,) = report_of(playbook, lived(playbook, *happened, messages_per_week=1)).caps
    assert (pace.policy, pace.at_most, pace.silenced, pace.users_at_limit) == ("pace as each user asks", None, 1, 1)


def test_what_other_systems_sent_is_counted() -> None:
    playbook = shop("frequency_cap: {at_most: 3, within: 7 days}", journeys=JOURNEYS, messages=MESSAGES)
    ann = lived(playbook, (0, "Cart"))
    ann.others = [
        Sent(START + HOUR, "", "promo", "email", "", True),
        Sent(START + 9 * DAY, "", "promo", "email", "", True),
        Sent(START + HOUR, "", "parcel", "email", "", False),
    ]
    assert report_of(playbook, ann).caps[0].fullest == {2: 1}


def test_a_decision_counts_once_for_each_cap_on_however_many_channels_it_objects() -> None:
    (cap,) = uses(
        "frequency_cap: {at_most: 1, within: 20 hours}",
        happened=((0, "Cart"), (1, "News")),
        news="topic: news\nchannels: [push, email]",
    )
    assert cap.objected == 1


TIRED = "fatigue: {at_most: 3, within: 7 days, ignored: 2}"


def test_what_fatigue_silences_for_going_unnoticed_is_told_apart_from_a_crowd() -> None:
    (cap,) = uses(TIRED, happened=((0, "Cart"), (1, "Cart"), (2, "News")), news="useful_for: 1 hour")
    assert (cap.objected, cap.silenced, cap.users_at_limit) == (1, 1, 0)
    assert cap.unnoticed == Unnoticed(2, 1, 1, 1)
    (cap,) = uses(
        TIRED.replace("ignored: 2", "ignored: 9"),
        happened=((0, "Cart"), (1, "Cart"), (2, "Cart"), (3, "News")),
        news="useful_for: 1 hour",
    )
    assert (cap.silenced, cap.users_at_limit, cap.unnoticed) == (1, 1, Unnoticed(9))
    (cap,) = uses("fatigue: {at_most: 3, within: 7 days}", happened=((0, "Cart"),))
    assert cap.unnoticed is None


def test_what_was_planned_and_found_tired_at_its_instant_is_told_apart_as_well() -> None:
    """The mail waits for the morning; in the night a second push goes unnoticed. There is room for a third."""
    (cap,) = uses(
        'quiet_hours: {from: "21:00", to: "08:00", channels: [email]}',
        TIRED,
        happened=((8, "News"), (10, "Cart"), (11, "News")),
        cart="channels: [email]\nuseful_for: 24 hours",
    )
    assert (cap.silenced, cap.users_at_limit, cap.unnoticed) == (1, 0, Unnoticed(2, 0, 1, 1))
