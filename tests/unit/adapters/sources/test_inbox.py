"""The inbox for apps: as a list, as a stream, and what apps say of it."""

import asyncio
import random
from collections.abc import Sequence

import pytest

from opportune.adapters.channels.inbox import Inbox
from opportune.adapters.sealing import Sealer
from opportune.adapters.sources.inbox import InboxFace
from opportune.adapters.sources.inbox_hub import Hub
from opportune.adapters.sources.inbox_sweeping import Sweeper
from opportune.adapters.sources.user_tokens import PURPOSE, UserTokens
from opportune.adapters.stores.memory import MemoryStore
from opportune.errors import Overloaded, Unavailable
from opportune.events.event import Event, Merged
from opportune.messages.template import Rendered
from opportune.ports import Batch, Delivery, InboxItem
from opportune.sending.attempt import Recall
from opportune.units import DAY, HOUR, MINUTE, SECOND
from opportune.wiring.demo.clock import SimulatedClock
from tests.unit.adapters.sources.faces import asked, at_rest, lived, streaming

NOW = 1_790_000_000_000
LIST = {"accept": "application/json"}


class Scene:
    """A shelf, who looks at it, and the events that came of it."""

    def __init__(self, hub: Hub | None = None) -> None:
        self.store, self.clock, self.hub = MemoryStore(), SimulatedClock(NOW), hub or Hub()
        self.tokens = UserTokens(Sealer(b"s" * 32, PURPOSE), now=self.clock.now)
        self.heirs: dict[str, str] = {}
        self.events: list[Event] = []
        self.failure: Exception | None = None
        self.app = InboxFace(
            shelf=self.store,
            tokens=self.tokens,
            hub=self.hub,
            accept=self.accept,
            owner=self.heir,
            clock=self.clock,
        )
        self.channel = Inbox(self.store, changed=self.hub.changed, heir=self.heir)
        self.sweeper = Sweeper(self.store, accept=self.accept, clock=self.clock)

    def heir(self, user: str) -> str:
        return self.heirs.get(user, user)

    async def accept(self, events: Sequence[Event]) -> None:
        if self.failure is not None:
            raise self.failure
        known = {event.id for event in self.events}
        self.events += [event for event in events if event.id not in known]

    def url(self, user: str, rest: str = "", seconds: int = 3_600) -> str:
        return f"/v1/inbox{rest}?token={self.tokens.made(user, seconds)[0]}"

    async def arrives(self, key: str, user: str = "ann", *, deadline: int | None = None) -> None:
        async def yes() -> bool:
            return True

        delivery = Delivery(key, user, user, self.clock.now(), deadline=deadline)
        await self.channel.send(Rendered("Hi", f"text of {key}", ""), delivery, commits=yes)
        await at_rest()

    def commits(self, batch: Batch) -> None:
        self.store.commit_now(batch)
        self.hub.after(batch.inputs, batch.calls)

    async def passes(self, span: int) -> None:
        self.clock.move(self.clock.now() + span)
        await at_rest()

    def told(self) -> list[tuple[str, str, bytes]]:
        return [(event.user, event.name, event.properties) for event in self.events]


@lived
async def test_a_list_has_the_newest_first_with_words_and_instants() -> None:
    scene = Scene()
    await scene.arrives("d1", deadline=NOW + HOUR)
    await scene.passes(5)
    await scene.arrives("d2")
    got = await asked(scene.app, "GET", scene.url("ann"), headers=LIST)
    assert got.status == 200
    assert got.headers["access-control-allow-origin"] == "*"
    assert got.headers["cache-control"] == "no-store"
    assert got.said == {
        "messages": [
            {"key": "d2", "subject": "Hi", "text": "text of d2", "at": NOW + 5},
            {"key": "d1", "subject": "Hi", "text": "text of d1", "at": NOW, "expiresAt": NOW + HOUR},
        ]
    }


@lived
async def test_a_token_is_taken_as_bearer_too() -> None:
    scene = Scene()
    token, _ = scene.tokens.made("ann", 60)
    got = await asked(scene.app, "GET", "/v1/inbox", headers={**LIST, "authorization": f"Bearer {token}"})
    assert got.status == 200


@pytest.mark.parametrize("url", ["/v1/inbox", "/v1/inbox?token=x", "/v1/inbox?token=%00%ff", "/v1/inbox?&&=&token"])
@lived
async def test_without_a_good_token_nothing_is_told(url: str) -> None:
    got = await asked(Scene().app, "GET", url)
    assert (got.status, got.said["code"]) == (401, "bad_token")


@lived
async def test_a_token_that_has_run_out_is_told_apart_so_that_the_app_asks_for_a_new_one() -> None:
    scene = Scene()
    url = scene.url("ann", seconds=60)
    await scene.passes(MINUTE)
    got = await asked(scene.app, "GET", url)
    assert (got.status, got.said["code"]) == (401, "token_expired")


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
async def test_what_an_app_says_becomes_one_event_however_often_it_says_so() -> None:
    scene = Scene()
    await scene.arrives("d1")
    for what in ("shown", "shown", "clicked", "clicked", "dismissed", "dismissed"):
        got = await asked(scene.app, "POST", scene.url("ann", f"/d1/{what}"))
        assert (got.status, got.said) == (200, {"success": True})
    decision = b'{"decision":"d1"}'
    names = ["In-App Shown", "In-App Clicked", "In-App Dismissed"]
    assert scene.told() == [("ann", name, decision) for name in names]
    assert [event.id for event in scene.events] == ["inbox-d1-shown", "inbox-d1-clicked", "inbox-d1-dismissed"]
    assert scene.store.inbox("ann") == []


@pytest.mark.parametrize("what", ["clicked", "dismissed"])
@lived
async def test_whoever_clicks_or_dismisses_a_message_has_seen_it(what: str) -> None:
    scene = Scene()
    await scene.arrives("d1")
    await asked(scene.app, "POST", scene.url("ann", f"/d1/{what}"))
    assert [event.id for event in scene.events] == ["inbox-d1-shown", f"inbox-d1-{what}"]
    item = scene.store.inbox_item("ann", "d1")
    assert item is not None and item.shown_at == NOW


@lived
async def test_a_message_of_somebody_else_is_answered_as_one_that_never_was() -> None:
    scene = Scene()
    await scene.arrives("d1", "bob")
    theirs = await asked(scene.app, "POST", scene.url("ann", "/d1/shown"))
    nobodys = await asked(scene.app, "POST", scene.url("ann", "/d2/shown"))
    assert theirs.status == nobodys.status == 404
    assert theirs == nobodys
    assert scene.events == []


@pytest.mark.parametrize("rest", ["/d1", "/d1/eaten", "/d1/shown/x", "/../d1/shown", "//d1/shown", "/%00/shown", "/x/"])
@lived
async def test_a_path_that_means_nothing_is_answered_as_a_message_that_never_was(rest: str) -> None:
    scene = Scene()
    await scene.arrives("d1")
    got = await asked(scene.app, "POST", scene.url("ann", rest))
    assert (got.status, got.said["code"]) == (404, "unknown_message")


@lived
async def test_ten_thousand_calls_across_users_tell_and_change_nothing() -> None:
    scene, dice = Scene(), random.Random(7)
    users = [f"user{count}" for count in range(20)]
    for user in users:
        for count in range(3):
            await scene.store.keep(InboxItem(f"{user}-{count}", user, NOW, Rendered("s", f"secret of {user}", "")))
    for _ in range(10_000):
        mine, theirs = dice.sample(users, 2)
        key = f"{theirs}-{dice.randrange(3)}"
        if dice.random() < 0.2:
            got = await asked(scene.app, "GET", scene.url(mine), headers=LIST)
            assert {each["text"] for each in got.said["messages"]} == {f"secret of {mine}"}
        else:
            what = dice.choice(["shown", "dismissed", "clicked"])
            got = await asked(scene.app, "POST", scene.url(mine, f"/{key}/{what}"))
            assert got.status == 404
    assert scene.events == []


@lived
async def test_an_app_that_was_told_to_come_again_has_changed_nothing() -> None:
    for failure, status in ((Overloaded("full"), 429), (Unavailable("disk"), 503)):
        scene = Scene()
        await scene.arrives("d1")
        scene.failure = failure
        got = await asked(scene.app, "POST", scene.url("ann", "/d1/shown"))
        assert got.status == status
        assert got.headers["retry-after"] == "1"
        item = scene.store.inbox_item("ann", "d1")
        assert item is not None and item.shown_at is None


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


@lived
async def test_pages_of_any_origin_may_ask_before_they_ask() -> None:
    got = await asked(Scene().app, "OPTIONS", "/v1/inbox/d1/shown", headers={"origin": "https://shop.example"})
    assert got.status == 204
    assert "authorization" in got.headers["access-control-allow-headers"]


@pytest.mark.parametrize(("method", "rest"), [("POST", ""), ("GET", "/d1/shown"), ("DELETE", "")])
@lived
async def test_another_method_is_refused(method: str, rest: str) -> None:
    scene = Scene()
    got = await asked(scene.app, method, scene.url("ann", rest))
    assert (got.status, got.said["code"]) == (405, "wrong_method")
