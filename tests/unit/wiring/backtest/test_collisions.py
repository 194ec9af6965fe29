"""Which journey kept which other from speaking, and how that is counted."""

import pytest

from opportune.features.ledger import Sent
from opportune.units import HOUR
from opportune.wiring.backtest.collisions import OTHERS
from opportune.wiring.backtest.lived import Lived
from tests.stories.shop import shop
from tests.unit.wiring.backtest.pasts import START, lived, report_of, says

JOURNEYS = {name: says(name) for name in ("cart", "news", "sale")}
MESSAGES = {"cart": "worth: 1", "news": "worth: 2\ntopic: news", "sale": "worth: 3"}
CAP = "frequency_cap: {at_most: 2, within: 7 days}"


def collisions(*policies: str, happened: tuple[tuple[float, str], ...], **messages: str) -> dict[tuple[str, str], str]:
    playbook = shop(*policies, journeys=JOURNEYS, messages=MESSAGES | messages)
    found = report_of(playbook, lived(playbook, *happened, phone="+49 30 123456")).collisions
    assert all(each.count == 1 for each in found)
    return {(each.loser, each.winner): each.code for each in found}


def test_every_journey_in_the_window_of_a_cap_counts_once() -> None:
    happened = ((0, "Cart"), (1, "News"), (2, "Sale"))
    assert collisions(CAP, happened=happened) == {
        ("sale", "cart"): "frequency_cap",
        ("sale", "news"): "frequency_cap",
    }
    assert collisions(CAP, happened=((0, "Cart"), (1, "Cart"), (2, "Sale"))) == {("sale", "cart"): "frequency_cap"}


def test_a_journey_may_stand_in_its_own_way() -> None:
    assert collisions("minimum_gap: {span: 3 days}", happened=((0, "Cart"), (1, "Cart"))) == {
        ("cart", "cart"): "minimum_gap"
    }


def test_what_a_cap_does_not_count_stands_in_nobodys_way() -> None:
    happened = ((0, "Cart"), (1, "News"), (2, "Sale"))
    only = "frequency_cap: {at_most: 1, within: 7 days, topics: [cart]}"
    assert collisions(only, happened=happened) == {("sale", "cart"): "frequency_cap"}


def test_what_was_sent_before_the_window_or_decided_later_does_not_count() -> None:
    happened = ((0, "News"), (24 * 8, "Cart"), (24 * 8 + 1, "Sale"), (24 * 8 + 3, "Cart"))
    cap = "frequency_cap: {at_most: 1, within: 7 days}"
    assert collisions(cap, happened=happened[:3]) == {("sale", "cart"): "frequency_cap"}


def test_what_is_planned_is_reserved_and_stands_in_the_way() -> None:
    night = 'quiet_hours: {from: "21:00", to: "08:00"}'
    cap = "frequency_cap: {at_most: 1, within: 7 days}"
    assert collisions(night, cap, happened=((10, "Sale"), (11, "Cart"))) == {("cart", "sale"): "frequency_cap"}


def test_of_those_that_want_to_speak_at_once_the_others_lose_to_the_one_that_does() -> None:
    one = {name: f"journey: {name}\nenter: {{on: Ping}}\nsteps:\n  - send: {name}\n" for name in MESSAGES}
    playbook = shop(journeys=one, messages=MESSAGES)
    found = report_of(playbook, lived(playbook, (0, "Ping"))).collisions
    assert [(each.loser, each.winner, each.code) for each in found] == [
        ("cart", "sale", "outranked"),
        ("news", "sale", "outranked"),
    ]


def test_what_was_planned_loses_to_what_displaced_it() -> None:
    night = 'quiet_hours: {from: "21:00", to: "08:00", channels: [sms]}'
    cap = "frequency_cap: {at_most: 1, within: 24 hours}"
    cart = "channels: [sms]\nworth: 1"
    assert collisions(night, cap, happened=((10, "Cart"), (11, "Sale")), cart=cart) == {("cart", "sale"): "displaced"}


@pytest.mark.parametrize(
    ("at_end", "lost"),
    [
        ("all", {}),
        ("best", {("cart", "sale"): "queued_out", ("news", "sale"): "queued_out"}),
        ("one_per_topic", {("cart", "sale"): "queued_out"}),
    ],
)
def test_at_the_end_of_quiet_hours_those_lose_that_give_way(at_end: str, lost: dict[tuple[str, str], str]) -> None:
    night = f'quiet_hours: {{from: "21:00", to: "08:00", at_end: {at_end}}}'
    assert collisions(night, happened=((10, "Cart"), (10.5, "News"), (11, "Sale"))) == lost


def test_what_another_system_sent_is_named_as_such() -> None:
    playbook = shop("frequency_cap: {at_most: 1, within: 7 days}", journeys=JOURNEYS, messages=MESSAGES)
    ann = lived(playbook, (0, "Cart"), (1, "Sale"))
    ann.others = [
        Sent(START + HOUR // 2, "", "promo", "email", "", True),
        Sent(START + 2 * HOUR, "", "", "email", "", True),
    ]
    found = report_of(playbook, ann).collisions
    assert [(each.winner, each.count) for each in found] == [(OTHERS, 1), ("cart", 1)]


def test_pairs_stand_by_how_often_they_collided() -> None:
    playbook = shop(CAP, journeys=JOURNEYS, messages=MESSAGES)

    def life(user: str, *happened: tuple[float, str]) -> Lived:
        return lived(playbook, *happened, user=user)

    often = [life(f"u{n}", (0, "News"), (1, "News"), (2, "Sale")) for n in range(3)]
    found = report_of(playbook, life("ann", (0, "Cart"), (1, "Cart"), (2, "Sale")), *often).collisions
    assert [(each.winner, each.count) for each in found] == [("news", 3), ("cart", 1)]


def test_what_was_planned_and_stopped_at_its_instant_lost_to_what_came_between() -> None:
    """Another system mails at three in the morning what the cap counts, too."""
    night, cap = 'quiet_hours: {from: "21:00", to: "08:00"}', "frequency_cap: {at_most: 1, within: 24 hours}"
    playbook = shop(night, cap, journeys=JOURNEYS, messages=MESSAGES | {"cart": "useful_for: 12 hours"})
    ann = lived(playbook, (10, "Cart"), (15, "Message Sent"))
    assert [each.at for each in ann.others] == [START + 15 * HOUR]
    report = report_of(playbook, ann)
    assert [(each.loser, each.winner, each.code) for each in report.collisions] == [("cart", OTHERS, "frequency_cap")]
    assert (report.caps[0].silenced, report.caps[0].objected) == (1, 0)
