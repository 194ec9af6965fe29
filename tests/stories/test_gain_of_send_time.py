"""What an engine that chooses moments leaves on record is what its gain is reckoned from."""

from pathlib import Path

from opportune.adapters.stores.reading import SqliteHistory
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Tick
from opportune.playbook.definition import Playbook
from opportune.ports import Batch
from opportune.testing.world import World
from opportune.training.gain import Send
from opportune.units import DAY, ONE
from opportune.wiring.gain.record import Record, send_of
from tests.stories.moments import does_in_context
from tests.stories.shop import shop

BERLIN: dict[str, object] = {"timezone": "Europe/Berlin"}


def a_shop() -> Playbook:
    return shop(
        "send_time: {control: 30%, explore: 60%}",
        journeys="journey: cart\nenter: {on: Cart Updated}\nsteps:\n  - send: reminder\n",
        messages={"reminder": "useful_for: 1 day"},
    )


def lived() -> World:
    """Twenty users who visit a shop in the mornings of a week, and then leave a cart; a few days go by."""
    world = World(a_shop(), start="2026-06-01T00:00+02:00")
    users = [world.user(f"user{place}", zone="Europe/Berlin", email=f"u{place}@example.com") for place in range(20)]
    for _ in range(7):
        world.passes(hours=9)
        for user in users[:15]:
            does_in_context(user, "Page Viewed", BERLIN)
        world.passes(hours=15)
    world.passes(hours=11)
    for user in users:
        does_in_context(user, "Cart Updated", BERLIN)
    world.passes(days=3)
    return world


def sends(world: World) -> list[Send]:
    found = [send_of(each, each.timing, has_goal=False) for each in world.decisions if each.timing is not None]
    return [each for each in found if each is not None]


def test_every_message_whose_moment_was_chosen_is_read_with_its_chances(tmp_path: Path) -> None:
    world = lived()
    found = sends(world)
    assert len(found) == len([each for each in world.decisions if each.chosen is not None]) == 20
    assert {each.side for each in found} == {"treated", "control"}
    for each in found:
        assert 0 < each.chance <= ONE and each.aim_chance > 0 and each.baseline_chance > 0
        if each.side == "control":
            assert each.aim and each.baseline and each.chance == ONE
    for decision in world.decisions:
        assert decision.timing is not None
        assert sum(slot.chance for slot in decision.timing.slots) == ONE
    assert any(each.best and not each.baseline for each in found)
    path = tmp_path / "db"
    store = SqliteStore(path)
    store.commit_now(
        Batch(
            inputs=(Tick(world.now + 9 * DAY, seq=1),),
            decisions=tuple(world.decisions),
            endings=tuple(world.endings.values()),
        )
    )
    store.close()
    history = SqliteHistory(path)
    try:
        record = Record(history)
    finally:
        history.close()
    assert sum(record.counts.sent.values()) == sum(record.counts.decided.values()) == 20
    assert record.counts.waiting == record.counts.both == 0
