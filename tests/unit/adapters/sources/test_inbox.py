"""The inbox for apps as a list, and what apps say of it."""

import random

import pytest

from opportune.errors import Overloaded, Unavailable
from opportune.messages.template import Rendered
from opportune.ports import InboxItem
from opportune.units import HOUR, MINUTE
from tests.unit.adapters.sources.faces import asked, lived
from tests.unit.adapters.sources.inboxes import LIST, NOW, Scene


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


@pytest.mark.parametrize(
    "url", ["/v1/inbox", "/v1/inbox?token=x", "/v1/inbox?token=%00%ff", "/v1/inbox?&&=&token", f"/v1/inbox?{'a&' * 99}"]
)
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
