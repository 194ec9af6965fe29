"""A message to everybody: what is planned for all at once is what each user's own decision then does."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path

import pytest

from opportune.errors import Unavailable
from opportune.playbook.reading import playbook_from
from opportune.policies.planned import Capacity, Opening, Plan
from opportune.testing.world import World, instant
from opportune.units import HOUR
from opportune.wiring.cli.store import read
from opportune.wiring.planning.crowd import gathered, span_of
from opportune.wiring.planning.instants import hour_named
from opportune.wiring.planning.planning import Order, Planning, Report
from tests.unit.wiring.planning.broadcast import AT, SALE, files, town

from msgspec.structs import replace  # isort: skip


def planned(
    texts: Mapping[str, str], path: Path, limits: Mapping[str, int], *, workers: int = 1, at: str = "",
    others: Capacity | None = None,
) -> tuple[Report, Capacity]:  # fmt: skip
    playbook = replace(playbook_from(texts), capacity=others)
    span = span_of(playbook, "sale", instant(at) if at else None)
    with read(path) as history, gathered(history, texts, "sale", span=span, workers=workers) as crowd:
        return Planning(crowd, playbook, Order("sale", span, limits), lambda done, of: None).planned()


def lived(world: World, capacity: Capacity) -> Counter[tuple[str, str]]:
    """How many attempts begin in which hour on which channel once the playbook with this plan is in force."""
    world.publish(replace(world.playbook, capacity=capacity, hash="planned"))
    world.until("2026-06-12T00:00Z")
    return Counter((hour_named(each.at // HOUR), each.channel) for each in world.attempts if each.message == "sale")


@pytest.mark.parametrize(
    ("send_time", "limits"),
    [
        ("{explore: 0%, control: 0%}", {"": 6}),
        ("{}", {"": 5}),
        ("{explore: 100%}", {"": 6}),
        ("{}", {"": 2}),
        ("{control: 100%, spread: 1 second}", {"": 4}),
    ],
)
def test_every_users_own_decision_does_what_was_planned(tmp_path: Path, send_time: str, limits: dict[str, int]) -> None:
    texts = files(send_time=send_time)
    world = town(texts, tmp_path / "shop.db")
    report, capacity = planned(texts, tmp_path / "shop.db", limits)
    found = lived(world, capacity)
    assert found == {(each.hour, each.channel): each.planned for each in report.hours if each.planned}
    assert max(found.values()) <= limits[""]
    assert report.placed + report.unplaced == 54
    assert sum(found.values()) == report.placed


def test_a_broadcast_on_everybodys_own_clock_is_planned_too(tmp_path: Path) -> None:
    texts = files(journeys=SALE.replace(AT, "2026-06-09 09:00").replace("to:", "over: 2 hours, to:"))
    world = town(texts, tmp_path / "shop.db")
    report, capacity = planned(texts, tmp_path / "shop.db", {"": 5})
    assert report.name == "sale 2026-06-09T09:00Z"
    assert report.users == 54
    assert lived(world, capacity) == {(each.hour, each.channel): each.planned for each in report.hours if each.planned}


def test_what_the_playbook_asks_for_anew_is_folded_first_as_a_publication_would(tmp_path: Path) -> None:
    texts = files()
    before = texts | {"opportune.yaml": texts["opportune.yaml"].replace("  - send_time: {}\n", "")}
    world = town(before, tmp_path / "shop.db")
    report, capacity = planned(texts, tmp_path / "shop.db", {"": 5})
    world.playbook = playbook_from(texts)
    assert lived(world, capacity) == {(each.hour, each.channel): each.planned for each in report.hours if each.planned}
    assert any(each.timing is not None and each.timing.check_ins for each in world.decisions)


def test_without_a_limit_everybody_gets_what_they_would_choose(tmp_path: Path) -> None:
    texts = files()
    town(texts, tmp_path / "shop.db")
    report, _ = planned(texts, tmp_path / "shop.db", {"push": 1})
    assert [each.planned for each in report.hours] == [each.wanted for each in report.hours]
    assert report.opens == report.opens_freely
    assert all(each.capacity is None for each in report.hours)


def test_a_channel_with_room_takes_what_another_cannot(tmp_path: Path) -> None:
    texts = files(channels="[email, push]", send_time="{explore: 0%}")
    world = town(texts, tmp_path / "shop.db")
    report, capacity = planned(texts, tmp_path / "shop.db", {"email": 2, "push": 3})
    found = lived(world, capacity)
    assert {channel for _, channel in found} == {"email", "push"}
    assert all(count <= (2 if channel == "email" else 3) for (_, channel), count in found.items())
    assert found == {(each.hour, each.channel): each.planned for each in report.hours if each.planned}


def test_for_whom_no_hour_has_room_is_told_so_and_gets_nothing(tmp_path: Path) -> None:
    texts = files(useful_for="3 hours")
    world = town(texts, tmp_path / "shop.db")
    report, capacity = planned(texts, tmp_path / "shop.db", {"": 2})
    assert report.unplaced > 0
    assert sum(lived(world, capacity).values()) == report.placed <= 3 * 2 + 2
    codes = Counter(each.code for each in world.decisions if each.chosen is None)
    assert codes["over_capacity"] > 0


def test_several_processes_plan_the_same(tmp_path: Path) -> None:
    texts = files()
    town(texts, tmp_path / "shop.db", users=1_100)
    alone = planned(texts, tmp_path / "shop.db", {"": 70})
    assert planned(texts, tmp_path / "shop.db", {"": 70}, workers=2) == alone


def test_room_that_another_plan_has_taken_is_not_given_twice(tmp_path: Path) -> None:
    texts = files(send_time="{explore: 0%, control: 0%}")
    town(texts, tmp_path / "shop.db")
    free, _ = planned(texts, tmp_path / "shop.db", {"": 8})
    fullest = max(free.hours, key=lambda each: each.planned)
    other = Plan("other", "digest", {"email": {fullest.hour: Opening(1_000_000, 5)}})
    report, capacity = planned(texts, tmp_path / "shop.db", {"": 8}, others=Capacity((other,)))
    [hour] = [each for each in report.hours if each.hour == fullest.hour]
    assert (hour.capacity, hour.planned <= 3) == (3, True)
    assert capacity.plans[0] == other


def test_a_schedule_is_planned_for_the_day_that_is_named(tmp_path: Path) -> None:
    journey = 'journey: sale\nenter: {every: [tuesday], at: "06:00"}\nsteps:\n  - send: sale\n'
    texts = files(journeys=journey, useful_for="12 hours")
    town(texts, tmp_path / "shop.db", users=20)
    report, _ = planned(texts, tmp_path / "shop.db", {"": 3}, at="2026-06-09T00:00Z")
    assert report.users == 20
    assert all(each.planned <= 3 for each in report.hours)
    with pytest.raises(Unavailable, match="--at says from when on"):
        span_of(playbook_from(texts), "sale", None)


def test_what_cannot_be_planned_says_why(tmp_path: Path) -> None:
    texts = files()
    playbook = playbook_from(texts)
    with pytest.raises(Unavailable, match="there is no journey 'winter' in the playbook; there are: sale"):
        span_of(playbook, "winter", None)
    cart = files(journeys="journey: sale\nenter: {on: Cart Updated}\nsteps:\n  - send: sale\n")
    with pytest.raises(Unavailable, match="begins with what a user does"):
        span_of(playbook_from(cart), "sale", None)
    town(texts, tmp_path / "shop.db", users=3)
    past = files(journeys=SALE.replace(AT, "2026-06-01T00:00Z"))
    with pytest.raises(Unavailable, match="are over by the engine's clock"):
        planned(past, tmp_path / "shop.db", {"": 3})
