"""The shop's users do what the seed says."""

import msgspec

from opportune.units import DAY
from opportune.wiring.demo.shop import Deed, Shop

FIRST = 20_605


def deeds(seed: int, day: int = FIRST) -> list[Deed]:
    return sorted(Shop(seed, 50, first_day=FIRST).day(day))


def test_the_same_seed_draws_the_same_day() -> None:
    assert deeds(1) == deeds(1)
    assert deeds(1) != deeds(2)


def test_no_two_deeds_share_an_id() -> None:
    every = [each.id for day in range(FIRST, FIRST + 10) for each in deeds(1, day)]
    assert len(every) == len(set(every)) > 500


def test_what_users_do_lies_on_their_own_day() -> None:
    day = deeds(1)
    assert all((FIRST - 1) * DAY < each.at < (FIRST + 2) * DAY for each in day)


def test_the_fading_ones_buy_on_the_first_day_and_stay_away() -> None:
    shop = Shop(1, 50, first_day=FIRST)
    fading = {user.id for user in shop.users.values() if user.habit == "fading"}
    assert fading
    assert {each.user for each in shop.day(FIRST) if each.name == "Order Completed"} >= fading
    assert not fading & {each.user for each in shop.day(FIRST + 1)}


def test_a_deed_is_put_on_the_wire_as_analytics_clients_do() -> None:
    deed = Deed(FIRST * DAY, "d1", "ann", "Cart Updated", b'{"value":20}')
    call = msgspec.json.decode(msgspec.json.encode(deed.call()))
    assert call == {
        "messageId": "d1",
        "userId": "ann",
        "timestamp": "2026-06-01T00:00:00.000Z",
        "type": "track",
        "event": "Cart Updated",
        "properties": {"value": 20},
    }
