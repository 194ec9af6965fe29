"""What is useless leaves the shelf."""

import asyncio

from opportune.errors import Overloaded
from opportune.units import DAY, HOUR, MINUTE, SECOND
from tests.unit.adapters.sources.faces import asked, at_rest, lived
from tests.unit.adapters.sources.inboxes import NOW, Scene


@lived
async def test_what_nobody_saw_leaves_the_shelf_and_is_reported_once() -> None:
    scene = Scene()
    await scene.arrives("seen", deadline=NOW + SECOND)
    await scene.arrives("unseen", deadline=NOW + SECOND)
    await scene.arrives("good", deadline=NOW + DAY)
    await asked(scene.app, "POST", scene.url("ann", "/seen/shown"))
    await scene.passes(SECOND + MINUTE)
    assert await scene.sweeper.sweep() == 2
    assert await scene.sweeper.sweep() == 0
    assert [event.id for event in scene.events] == ["inbox-seen-shown", "inbox-unseen-expired"]
    assert scene.events[-1].name == "In-App Expired"
    assert [item.key for item in scene.store.inbox("ann")] == ["good"]


@lived
async def test_what_was_shown_in_the_last_moment_may_still_be_told_for_a_minute() -> None:
    scene = Scene()
    await scene.arrives("d1", deadline=NOW + SECOND)
    await scene.passes(SECOND + MINUTE - 1)
    assert await scene.sweeper.sweep() == 0
    assert (await asked(scene.app, "POST", scene.url("ann", "/d1/shown"))).status == 200
    await scene.passes(1)
    assert await scene.sweeper.sweep() == 1
    assert [event.id for event in scene.events] == ["inbox-d1-shown"]


@lived
async def test_what_cannot_be_reported_now_stays_for_the_next_sweep() -> None:
    scene = Scene()
    await scene.arrives("d1", deadline=NOW + SECOND)
    await scene.passes(HOUR)
    scene.failure = Overloaded("full")
    assert await scene.sweeper.sweep() == 0
    scene.failure = None
    assert await scene.sweeper.sweep() == 1


@lived
async def test_the_sweeper_works_by_the_clock_until_it_is_stopped() -> None:
    scene = Scene()
    await scene.arrives("d1", deadline=NOW + SECOND)
    running = asyncio.ensure_future(scene.sweeper.run())
    await at_rest()
    assert scene.events == []
    await scene.passes(2 * MINUTE)
    assert [event.id for event in scene.events] == ["inbox-d1-expired"]
    scene.sweeper.stop()
    await running
