"""What an operator sees of when a user looks."""

from opportune.adapters.stores.memory import MemoryStore
from opportune.ports import Batch
from opportune.testing.world import World
from opportune.units import DAY, HOUR
from opportune.wiring.presence import AttentionView, Looked, Presence, looks_said, presence_of
from opportune.wiring.user_view import ClockView, UserView, presence_said, user_view
from tests.stories.moments import does_in_context
from tests.stories.shop import shop


def store_of(world: World) -> MemoryStore:
    store = MemoryStore()
    store.commit_now(Batch(inputs=tuple(world.log)))
    return store


def viewed(world: World, user: str) -> UserView:
    view = user_view(world._shard, user, world.now, presence=presence_of(store_of(world), user))
    assert view is not None
    return view


def test_the_newest_opens_and_clicks_of_each_channel_are_shown_and_no_machines() -> None:
    world = World(shop())
    ann = world.user("ann")
    start = world.now
    for name, said in (
        ("Email Opened", {"by": "human"}), ("Email Link Clicked", {}), ("Email Opened", {}),
        ("Email Opened", {"by": "machine"}), ("Email Link Clicked", {"by": "unsure"}), ("Push Opened", {}),
    ):  # fmt: skip
        world.passes(hours=1)
        ann.does(name, **said)
    looked = (Looked("email", start + 3 * HOUR, start + 2 * HOUR), Looked("push", start + 6 * HOUR, None))
    assert presence_of(store_of(world), "ann") == Presence(looked, start + 6 * HOUR)
    assert presence_of(store_of(world), "nobody") == Presence()


def test_attention_is_shown_where_send_time_asks_for_it() -> None:
    world = World(shop())
    world.user("ann")
    assert viewed(world, "ann").attention is None
    world = World(shop("send_time"))
    ann = world.user("ann", zone="Europe/Berlin")
    assert viewed(world, "ann").attention == AttentionView(0, 0, 0, [], "default")
    world.until(world.now - world.now % DAY + DAY + 5 * HOUR)
    for _ in range(12):
        ann.does("Page Viewed")
        world.passes(days=1)
    found = viewed(world, "ann").attention
    assert found == AttentionView(12, 0, 0, ["every day 07:00-08:00"], "default")
    assert found is not None
    assert looks_said(found) == "Mostly looks every day 07:00-08:00: 12 sessions, 0 of 0 messages opened."


def test_all_of_it_is_said_in_sentences() -> None:
    world = World(shop("send_time"), start="2026-06-01T12:00Z")
    ann = world.user("ann", zone="Europe/Berlin")
    world.passes(hours=1)
    does_in_context(ann, "Page Viewed", {"timezone": "America/New_York"})
    ann.does("Email Link Clicked")
    view = viewed(world, "ann")
    assert view.clock_now == ClockView("America/New_York", "context.timezone", world.now)
    assert list(presence_said(view, "UTC")) == [
        "Last active on Mon 1 Jun 2026, 13:00 (UTC).",
        "Last clicked an email on Mon 1 Jun 2026, 13:00 (UTC).",
        "Their clock is that of America/New_York, as context.timezone said on Mon 1 Jun 2026, 13:00 (UTC).",
        "When they look is not known yet: 1 session, 0 of 0 messages opened.",
    ]


def test_of_somebody_of_whom_nothing_is_known_little_is_said() -> None:
    world = World(shop("send_time"))
    world.user("bob")
    view = viewed(world, "bob")
    assert view.clock_now == ClockView("UTC", "playbook", None)
    assert [line.split(" ")[0] for line in presence_said(view, "UTC")] == ["When"]
