"""The inbox for apps as a stream: what it begins with, what it is told at once, and when it ends."""

import asyncio
from collections.abc import MutableMapping
from typing import Any

from opportune.adapters.sources.http_draining import ABORT
from opportune.adapters.sources.inbox_hub import Hub
from opportune.events.event import Merged
from opportune.ports import Batch
from opportune.sending.attempt import Recall
from opportune.units import SECOND
from tests.unit.adapters.sources.faces import Reading, asked, at_rest, lived, scope_of, streaming
from tests.unit.adapters.sources.inboxes import LIST, NOW, Scene


@lived
async def test_a_stream_begins_with_the_whole_shelf_oldest_first() -> None:
    scene = Scene()
    await scene.arrives("d1")
    await scene.passes(5)
    await scene.arrives("d2")
    async with streaming(scene.app, scene.url("ann")) as stream:
        assert stream.status == 200
        assert stream.headers["content-type"] == "text/event-stream; charset=utf-8"
        assert stream.events == [("message", "d1"), ("message", "d2")]
        assert "id: d2\n" in stream.text


@lived
async def test_a_new_message_is_pushed_at_once_to_its_user_alone() -> None:
    scene = Scene()
    async with streaming(scene.app, scene.url("ann")) as ann, streaming(scene.app, scene.url("bob")) as bob:
        await scene.arrives("d1", "ann")
        assert ann.events == [("message", "d1")]
        assert bob.events == []


@lived
async def test_what_is_recalled_goes_from_the_page_at_once() -> None:
    scene = Scene()
    async with streaming(scene.app, scene.url("ann")) as stream:
        await scene.arrives("d1")
        scene.commits(Batch(calls=(Recall("d1", "ann", "exited"),)))
        await at_rest()
        assert stream.events == [("message", "d1"), ("gone", "d1")]


@lived
async def test_what_is_dismissed_in_one_place_goes_from_the_other() -> None:
    scene = Scene()
    await scene.arrives("d1")
    async with streaming(scene.app, scene.url("ann")) as stream:
        assert (await asked(scene.app, "POST", scene.url("ann", "/d1/dismissed"))).status == 200
        await at_rest()
        assert stream.events == [("message", "d1"), ("gone", "d1")]


@lived
async def test_what_becomes_useless_goes_at_that_instant_and_is_not_shown_after() -> None:
    scene = Scene()
    await scene.arrives("d1", deadline=NOW + SECOND)
    async with streaming(scene.app, scene.url("ann")) as stream:
        await scene.passes(SECOND - 1)
        assert stream.events == [("message", "d1")]
        await scene.passes(1)
        assert stream.events == [("message", "d1"), ("gone", "d1")]
    got = await asked(scene.app, "GET", scene.url("ann"), headers=LIST)
    assert got.said == {"messages": []}


@lived
async def test_an_erased_user_is_left_nothing_on_the_page() -> None:
    scene = Scene()
    await scene.arrives("d1")
    async with streaming(scene.app, scene.url("ann")) as stream:
        await scene.store.remove(scene.store.inbox("ann"))
        scene.hub.changed("ann")
        await at_rest()
        assert stream.events == [("message", "d1"), ("gone", "d1")]


@lived
async def test_a_stream_that_is_silent_for_15_seconds_says_that_it_is_there() -> None:
    scene = Scene()
    async with streaming(scene.app, scene.url("ann")) as stream:
        before = stream.text
        await scene.passes(15 * SECOND - 1)
        assert stream.text == before
        await scene.passes(1)
        assert stream.text == before + ": still here\n\n"


@lived
async def test_whoever_comes_back_gets_what_came_and_what_left_meanwhile_and_nothing_twice() -> None:
    scene = Scene()
    for key in ("d1", "d2"):
        await scene.arrives(key)
        await scene.passes(1)
    async with streaming(scene.app, scene.url("ann")):
        pass
    scene.commits(Batch(calls=(Recall("d1", "ann", "exited"),)))
    await scene.arrives("d3")
    async with streaming(scene.app, scene.url("ann"), {"last-event-id": "d2"}) as stream:
        assert stream.events == [("gone", "d1"), ("message", "d3")]


@lived
async def test_whoever_comes_back_after_a_restart_gets_the_whole_shelf() -> None:
    scene = Scene()
    await scene.arrives("d1")
    async with streaming(scene.app, scene.url("ann"), {"last-event-id": "d1"}) as stream:
        assert stream.events == [("message", "d1")]


@lived
async def test_two_pages_that_left_at_the_same_message_are_both_told_all_that_they_may_lack() -> None:
    scene = Scene()
    await scene.arrives("d1")
    await scene.passes(1)
    await scene.arrives("d2")
    async with streaming(scene.app, scene.url("ann")):
        pass
    scene.commits(Batch(calls=(Recall("d1", "ann", "exited"),)))
    async with streaming(scene.app, scene.url("ann")):
        pass
    async with streaming(scene.app, scene.url("ann"), {"last-event-id": "d2"}) as first:
        assert first.events == [("gone", "d1")]


@lived
async def test_a_stream_ends_with_its_token() -> None:
    scene = Scene()
    async with streaming(scene.app, scene.url("ann", seconds=10)) as stream:
        await scene.passes(10 * SECOND)
        assert stream.has_ended


@lived
async def test_a_client_that_does_not_read_is_let_go_when_its_token_ends() -> None:
    scene, told = Scene(), Reading()
    ended = asyncio.Event()

    async def send(message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    def abort() -> None:
        ended.set()
        told.hang_up()

    scope = scope_of("GET", scene.url("ann", seconds=10)) | {"extensions": {ABORT: {"abort": abort}}}
    stream = asyncio.ensure_future(scene.app(scope, told.receive, send))
    await scene.passes(10 * SECOND - 1)
    assert (scene.hub.streams, ended.is_set()) == (1, False)
    await scene.passes(1)
    assert (scene.hub.streams, ended.is_set()) == (0, True)
    await stream


@lived
async def test_streams_are_bounded_for_each_user_and_in_all_and_free_again_when_they_end() -> None:
    scene = Scene(Hub(most_of_user=1, most=2))
    async with streaming(scene.app, scene.url("ann")), streaming(scene.app, scene.url("bob")):
        for user in ("ann", "cat"):
            got = await asked(scene.app, "GET", scene.url(user))
            assert (got.status, got.said["code"]) == (429, "too_many_streams")
        assert (await asked(scene.app, "GET", scene.url("cat"), headers=LIST)).status == 200
        assert scene.hub.streams == 2
    assert scene.hub.streams == 0
    async with streaming(scene.app, scene.url("ann")) as stream:
        assert stream.status == 200


@lived
async def test_all_streams_end_when_the_engine_stops_and_none_begins() -> None:
    scene = Scene()
    async with streaming(scene.app, scene.url("ann")) as stream:
        scene.hub.close()
        await at_rest()
        assert stream.has_ended
        assert (await asked(scene.app, "GET", scene.url("ann"))).status == 503


@lived
async def test_a_token_of_an_absorbed_id_shows_the_heirs_shelf_and_the_page_follows_at_once() -> None:
    scene = Scene()
    await scene.arrives("d1", "anonymous")
    await scene.arrives("d2", "ann")
    async with streaming(scene.app, scene.url("anonymous")) as stream:
        assert stream.events == [("message", "d1")]
        scene.heirs["anonymous"] = "ann"
        scene.commits(Batch(inputs=(Merged("ann", "anonymous", NOW, 1),)))
        await at_rest()
        assert stream.events == [("message", "d1"), ("message", "d2")]
        await scene.arrives("d3", "ann")
        assert stream.events[-1] == ("message", "d3")
        await scene.arrives("d4", "anonymous")
        assert stream.events[-1] == ("message", "d4")
    assert (await asked(scene.app, "POST", scene.url("anonymous", "/d1/shown"))).status == 200
    assert [event.user for event in scene.events] == ["ann"]
