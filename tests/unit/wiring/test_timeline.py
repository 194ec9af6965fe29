"""What is told of one user, in order, and nothing of those they shared a device with."""

from opportune.adapters.stores.memory import MemoryStore
from opportune.events.event import Merged
from opportune.ports import Batch
from opportune.testing import World
from opportune.wiring.timeline import Page, timeline
from opportune.wiring.timeline_lines import lines_of
from tests.stories.shop import NIGHT, shop


def kept(world: World) -> MemoryStore:
    store = MemoryStore()
    endings = tuple(world.endings.values())
    store.commit_now(
        Batch(inputs=tuple(world.log), decisions=tuple(world.decisions), endings=endings, calls=tuple(world.attempts))
    )
    return store


def page_of(world: World, user: str = "ann") -> Page:
    found = timeline(kept(world), user, None, 100)
    assert found is not None
    return found


def test_a_timeline_reads_like_a_story() -> None:
    world = World(shop(NIGHT, "frequency_cap: {at_most: 1, within: 7 days}"), start="2026-06-01T20:30+09:00")
    ann = world.user("ann", zone="Asia/Tokyo")
    ann.does("Cart Updated", value=80)
    world.until("2026-06-02T09:00+09:00")
    ann.opens("reminder")
    ann.does("Cart Updated", at="2026-06-02T08:55+09:00", value=20)
    world.passes(hours=2)
    assert lines_of(page_of(world), "Asia/Tokyo") == [
        "2026 (Asia/Tokyo)",
        "  Mon 1 Jun 20:30   event     Identified  email=ann@example.com, timezone=Asia/Tokyo",
        "  Mon 1 Jun 20:30   event     Cart Updated  value=80",
        "  Mon 1 Jun 21:15   decision  reminder of cart: email, wording 'default', planned for Tue 2 Jun 08:00",
        "  Tue 2 Jun 08:00   channel   reminder: sent on email",
        "  Tue 2 Jun 08:00   ending    reminder: sent",
        "  Tue 2 Jun 08:55   event     Cart Updated  value=20 (heard of on Tue 2 Jun 09:00)",
        "  Tue 2 Jun 09:00   event     Email Opened: reminder",
        "  Tue 2 Jun 09:40   silence   reminder of cart: the user has had as many messages as the frequency cap "
        "allows (frequency_cap)",
    ]


def test_a_planned_message_that_is_called_off_says_why() -> None:
    world = World(shop(NIGHT), start="2026-06-01T20:30Z")
    ann = world.user("ann")
    ann.does("Cart Updated")
    world.passes(hours=1)
    ann.does("Order Completed")
    assert lines_of(page_of(world), "UTC")[-1] == (
        "  Mon 1 Jun 21:30   ending    reminder: not sent, what the journey waited for happened first, so there is "
        "nothing left to say (exited)"
    )


def test_whoever_had_a_device_before_is_told_nothing_of_those_who_had_it_after() -> None:
    world = World(shop())
    for name in ("ann", "ben"):
        world.user(name).does("Page Viewed", path=f"seen-by-{name}")
    world.known("tablet").does("Page Viewed", path="seen-on-the-tablet")
    for name in ("ann", "ben"):
        world.feed([Merged(name, "tablet", world.now, next(world._seq))])
    ann, ben, tablet = (page_of(world, name) for name in ("ann", "ben", "tablet"))
    assert (ann.names, ben.names) == (["ann", "tablet"], ["ben"])
    said = {name: "\n".join(lines_of(page, "UTC")) for name, page in (("ann", ann), ("ben", ben))}
    assert "seen-on-the-tablet" in said["ann"] and "tablet turned out to be ann" in said["ann"]
    assert "seen-by-ben" not in said["ann"] and "ben" not in said["ann"]
    assert "seen-on-the-tablet" not in said["ben"] and "ann" not in said["ben"]
    assert tablet.names == ["ben"]


def test_what_steers_a_terminal_is_not_shown_and_what_is_long_is_cut() -> None:
    world = World(shop())
    world.user("ann").does("Page Viewed", path="\x1b[31m" + "x" * 200)
    (line,) = [each for each in lines_of(page_of(world), "UTC") if "Page Viewed" in each]
    assert "\x1b" not in line and line.endswith("...")


def test_of_nobody_there_is_no_timeline() -> None:
    assert timeline(kept(World(shop())), "nobody", None, 10) is None
