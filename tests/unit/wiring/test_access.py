"""Inboxes and the admin API over a running engine."""

import asyncio
from pathlib import Path

import pytest

from opportune.adapters.clock import SystemClock
from opportune.adapters.sources.keys import Keys
from opportune.events.alias import Alias
from opportune.events.event import Event
from opportune.ports import DeadLetter
from opportune.wiring.access import Setup
from tests.unit.adapters.sources.faces import asked, lived
from tests.unit.wiring.reached import Town, town


def test_a_message_reaches_an_open_page_and_what_is_said_of_it_reaches_the_log(tmp_path: Path) -> None:
    @lived
    async def story() -> None:
        async with town(tmp_path / "store.db") as at:
            token = await at.token("ann")
            page = await at.page("ann")
            await at.does("ann", "Opened", "e1")
            name, told = await page.next()
            assert name == "message"
            assert told["text"].startswith("The words of hello.")
            assert told["expiresAt"] - told["at"] == 3_600_000
            for _ in range(2):
                got = await asked(at.app, "POST", f"/v1/inbox/{told['key']}/clicked?token={token}")
                assert got.status == 200
            names = [entry.name for entry in at.host.store.log() if isinstance(entry, Event)]
            assert [name for name in names if name.startswith("In-App")] == ["In-App Shown", "In-App Clicked"]
            assert (await asked(at.app, "POST", f"/v1/inbox/{told['key']}/dismissed?token={token}")).status == 200
            assert await page.next() == ("gone", {"key": told["key"]})

    story()


def test_an_engine_stops_while_pages_are_open(tmp_path: Path) -> None:
    @lived
    async def story() -> None:
        async with asyncio.timeout(30):
            async with town(tmp_path / "store.db") as at:
                pages = [await at.page(f"user{count}") for count in range(5)]
                assert at.access.hub.streams == 5
            assert [page.left[-5:] for page in pages] == [b"0\r\n\r\n"] * 5

    story()


def test_a_page_of_an_anonymous_user_shows_the_inbox_of_whom_it_turned_out_to_be(tmp_path: Path) -> None:
    @lived
    async def story() -> None:
        async with town(tmp_path / "store.db") as at:
            page = await at.page("visitor")
            await at.does("visitor", "Opened", "e1")
            _, first = await page.next()
            now = SystemClock().now()
            await at.host.accept([Alias("a1", "visitor", "ann", now, now)], ())
            await at.does("ann", "Closed", "e2")
            await at.does("ann", "Opened", "e3")
            name, second = await page.next()
            assert (name, second["key"] != first["key"]) == ("message", True)
            assert sorted(item.key for item in at.host.store.inbox("ann")) == sorted([first["key"], second["key"]])

    story()


def test_an_id_that_changed_hands_shows_nobodys_inbox(tmp_path: Path) -> None:
    @lived
    async def story() -> None:
        async with town(tmp_path / "store.db") as at:
            page = await at.page("visitor")
            await at.does("visitor", "Opened", "e1")
            _, told = await page.next()
            now = SystemClock().now()
            await at.host.accept([Alias("a1", "visitor", "ann", now, now)], ())
            await at.host.accept([Alias("a2", "visitor", "bob", now, now)], ())
            assert await page.next() == ("gone", {"key": told["key"]})
            url = f"/v1/inbox/{told['key']}/shown?token={await at.token('visitor')}"
            assert (await asked(at.app, "POST", url)).status == 404
            url = f"/v1/inbox/{told['key']}/shown?token={await at.token('ann')}"
            assert (await asked(at.app, "POST", url)).status == 200

    story()


def test_a_token_from_before_an_id_changed_hands_shows_nobodys_inbox_after_an_erasure_and_a_restart(
    tmp_path: Path,
) -> None:
    @lived
    async def story() -> None:
        async with town(tmp_path / "store.db") as at:
            now = SystemClock().now()
            await at.does("visitor", "Opened", "e1")
            await at.host.accept([Alias("a1", "visitor", "ann", now, now)], ())
            old = await at.token("visitor")
            await at.host.accept([Alias("a2", "visitor", "bob", now, now)], ())
            page = await at.page("bob")
            await at.does("bob", "Opened", "e2")
            assert (await page.next())[0] == "message"
            await at.host.erase("ann")
            await shows(at, old, 0)
            await shows(at, await at.token("bob"), 1)
        async with town(tmp_path / "store.db") as at:
            await shows(at, old, 0)
            await shows(at, await at.token("visitor"), 1)

    story()


async def shows(at: Town, token: str, count: int) -> None:
    headers = {"accept": "application/json"}
    got = await asked(at.app, "GET", f"/v1/inbox?token={token}", headers=headers)
    assert (got.status, len(got.said["messages"])) == (200, count)


def test_an_operator_sees_a_user_why_and_when_and_forgets_it_for_good(tmp_path: Path) -> None:
    @lived
    async def story() -> None:
        async with town(tmp_path / "store.db") as at:
            page = await at.page("ann")
            await at.does("ann", "Opened", "e1")
            await page.next()
            user = (await at.ask("GET", "/v1/users/ann")).said
            assert (user["id"], user["isKnownAs"], user["zones"]) == ("ann", "ann", ["UTC"])
            assert user["clocks"] == [{"zone": "UTC", "source": "playbook", "at": None}]
            told = (await at.ask("GET", "/v1/users/ann/timeline")).said
            kinds = [entry["kind"] for entry in told["entries"]]
            assert {"event", "decision"} <= set(kinds) and told["before"] is None
            (decision,) = [entry for entry in told["entries"] if entry["kind"] == "decision"]
            found = (await at.ask("GET", f"/v1/decisions/{decision['id']}")).said
            assert (found["message"], found["decision"]["chosen"]["channel"]) == ("hello", "in_app")
            why = (await at.ask("GET", "/v1/why?user=ann&message=hello")).said
            assert why["decisions"][0]["decision"]["id"] == decision["id"]
            export = (await at.ask("GET", "/v1/users/ann/export")).said
            assert [each["id"] for each in export["decisions"]] == [decision["id"]]
            assert (export["known"]["id"], export["inbox"][0]["key"]) == ("ann", decision["id"])
            assert (await at.ask("DELETE", "/v1/users/ann")).status == 200
            assert (await page.next())[0] == "gone"
            for url in ("users/ann", "users/ann/timeline", f"decisions/{decision['id']}"):
                assert (await at.ask("GET", f"/v1/{url}")).status == 404
            export = (await at.ask("GET", "/v1/users/ann/export")).said
            assert export["isErased"] and "ann was erased" in export["sentence"]
            assert (export["events"], export["decisions"], export["inbox"], export["known"]) == ([], [], [], None)
            assert (await at.ask("DELETE", "/v1/users/ann")).status == 200

    story()


def test_a_timeline_comes_in_pages_that_hold_everything_once(tmp_path: Path) -> None:
    @lived
    async def story() -> None:
        async with town(tmp_path / "store.db") as at:
            for count in range(10):
                await at.does("ann", "Looked", f"e{count}")
            seen: list[str] = []
            before = ""
            for _ in range(10):
                page = (await at.ask("GET", f"/v1/users/ann/timeline?limit=3{before}")).said
                seen += [entry["id"] for entry in page["entries"]]
                if page["before"] is None:
                    break
                before = f"&before={page['before']}"
            assert seen == [f"e{count}" for count in reversed(range(10))]

    story()


def test_dead_letters_are_shown_and_sent_in_again_once(tmp_path: Path) -> None:
    @lived
    async def story() -> None:
        async with town(tmp_path / "store.db") as at:
            good = b'{"userId":"ann","event":"Opened","messageId":"m1"}'
            now = SystemClock().now()
            letters = [DeadLetter(now, "bad_name", "name", good, "track"), DeadLetter(2, "late", "late", b"7")]
            await at.host.accept((), letters)
            said = (await at.ask("GET", "/v1/dead-letters?limit=10")).said["letters"]
            assert [letter["code"] for letter in said] == ["late", "bad_name"]
            assert said[1]["body"] == good.decode()
            for taken in (1, 0):
                got = await at.ask("POST", "/v1/dead-letters/redrive")
                assert got.said == {"taken": taken, "refused": 1, "after": None}
            assert [entry.id for entry in at.host.store.log() if isinstance(entry, Event) and entry.id == "m1"] == [
                "m1"
            ]

    story()


@pytest.mark.parametrize(
    ("url", "is_published"),
    [
        ("", False),
        ("http://127.0.0.1:8080", False),
        ("http://localhost/x", False),
        ("http://[::1]:80", False),
        ("https://mail.shop.example", True),
        ("http://10.0.0.7:8080", True),
    ],
)
def test_an_engine_with_a_public_url_beyond_this_machine_is_published(url: str, is_published: bool) -> None:
    assert Setup(path=Path("x"), keys=Keys.of_texts(), public_url=url).is_published is is_published
