"""Publishing, pausing, a share of the users and going back, on an engine that runs."""

import asyncio
from pathlib import Path

import pytest

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.errors import EventError
from opportune.events.event import Event
from opportune.features.scope import Scope
from opportune.playbook.reading import playbook_from
from opportune.units import ONE
from opportune.wiring.in_force import is_among
from opportune.wiring.service import Engine
from tests.unit.adapters.sources.faces import lived
from tests.unit.wiring.published_shop import AT_ONCE, CART, asked, differences, does, files, open_shop

USERS = [f"u{number}" for number in range(40)]
SLOWER = CART.replace("2 hours", "3 hours")


def sent(engine: Engine) -> list[str]:
    return sorted(each.user for each in engine.store.decisions() if each.chosen is not None)


async def publish(engine: Engine, texts: dict[str, str], share: int = ONE) -> str:
    playbook = await engine.publisher.read(texts)
    told = await engine.publisher.publish(playbook, texts, share)
    assert told.playbook == playbook.hash
    return playbook.hash


@lived
async def test_those_who_wait_go_where_the_new_version_moves_them(tmp_path: Path) -> None:
    async with open_shop(tmp_path / "shop.db") as engine:
        await does(engine, USERS, "Cart Updated", cart_id="c")
        assert sent(engine) == []
        await publish(engine, files(AT_ONCE))
        assert sent(engine) == sorted(USERS)
        await publish(engine, files(SLOWER))
        await publish(engine, files(AT_ONCE))
    assert differences(tmp_path / "shop.db") == []


@lived
async def test_what_is_published_holds_after_a_restart_with_the_old_folder(tmp_path: Path) -> None:
    async with open_shop(tmp_path / "shop.db") as engine:
        first = engine.host.shard.playbook.hash
        newer = await publish(engine, files(SLOWER))
        await engine.publisher.pause("cart")
    async with open_shop(tmp_path / "shop.db") as engine:
        assert engine.host.shard.playbook.hash == newer
        assert engine.host.shard.in_force.said.paused == ("cart",)
        await engine.publisher.roll_back()
        assert engine.host.shard.playbook.hash == first
    async with open_shop(tmp_path / "shop.db", files(SLOWER)) as engine:
        assert engine.host.shard.playbook.hash == first
    async with open_shop(tmp_path / "shop.db", files(AT_ONCE)) as engine:
        assert engine.host.shard.playbook.hash not in (first, newer)
        assert [each.playbook for each in engine.publisher.listed()][1:] == [first, newer, newer, first]
        assert engine.publisher.listed()[0].paused == ("cart",)


@lived
async def test_nobody_enters_a_paused_journey_and_nothing_is_said_in_it(tmp_path: Path) -> None:
    async with open_shop(tmp_path / "shop.db") as engine:
        await does(engine, ["ann"], "Cart Updated", cart_id="c")
        await engine.publisher.pause("cart")
        await does(engine, ["bob"], "Cart Updated", cart_id="c")
        assert engine.host.shard.memory("bob").runs == []
        await publish(engine, files(AT_ONCE))
        [decision] = engine.store.decisions()
        assert (decision.user, decision.code) == ("ann", "journey_paused")
        await engine.publisher.resume("cart")
        await does(engine, ["cid"], "Cart Updated", cart_id="c")
        assert sent(engine) == ["cid"]
        with pytest.raises(EventError, match="journey 'cart' is not paused"):
            await engine.publisher.resume("cart")
        with pytest.raises(EventError, match="has a journey 'carts'"):
            await engine.publisher.pause("carts")
    assert differences(tmp_path / "shop.db") == []


@lived
async def test_a_share_of_the_users_gets_the_new_playbook_and_a_rollback_takes_all_back(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    async with open_shop(path) as engine:
        first = engine.host.shard.playbook.hash
        newer = await publish(engine, files(AT_ONCE), 300_000)
        compiled = engine.host.shard.playbook
        chosen = [user for user in USERS if is_among(compiled, user, 300_000)]
        assert 2 < len(chosen) < 25
        await does(engine, USERS, "Cart Updated", cart_id="c")
        assert sent(engine) == sorted(chosen)
    async with open_shop(path) as engine:
        await does(engine, USERS, "Cart Updated", cart_id="d")
        assert sent(engine) == sorted(chosen * 2)
        told = await engine.publisher.roll_back()
        assert (told.playbook, told.share, told.stable) == (first, 1.0, "")
        await does(engine, USERS, "Cart Updated", cart_id="e")
        assert sent(engine) == sorted(chosen * 2)
        await engine.publisher.roll_back(newer)
        await does(engine, USERS, "Cart Updated", cart_id="f")
        assert sent(engine) == sorted(chosen * 2 + USERS * 2)  # of those moved at one instant one for each user wins
    assert differences(path) == []


@lived
async def test_what_is_asked_anew_is_folded_beside_the_engine(tmp_path: Path) -> None:
    path, carts = tmp_path / "shop.db", "carts: COUNT_IF(event = 'Cart Updated') OVER LAST '7 days'\n"
    async with open_shop(path) as engine:
        for cart in range(60):
            await does(engine, USERS, "Cart Updated", cart_id=str(cart))
        await publish(engine, files(SLOWER, features=carts), 500_000)
        await does(engine, USERS[:5], "Cart Updated", cart_id="more")
        shard = engine.host.shard
        for user, count in ((USERS[0], 61), (USERS[-1], 60)):
            memory = shard.memory(user)
            for playbook in (shard.in_force.playbook, shard.in_force.stable):
                assert memory.profile.series, playbook.hash
            read = shard.playbook.readers["carts"]
            assert read(Scope(memory.profile, memory.clock)) == count
        newest = {user: shard.memories[user] for user in USERS}
    async with open_shop(path) as engine:
        assert {user: engine.host.shard.memories[user] for user in USERS} == newest
    assert differences(path) == []


@lived
async def test_a_preview_tells_what_becomes_of_whom_and_changes_nothing(tmp_path: Path) -> None:
    async with open_shop(tmp_path / "shop.db") as engine:
        first = engine.host.shard.playbook.hash
        await does(engine, USERS, "Cart Updated", cart_id="c")
        features = "carts: COUNT_IF(event = 'Cart Updated') OVER LAST '7 days'\n"
        status, said = await asked(
            engine, "POST", "/v1/publications", {"files": files(AT_ONCE, features=features), "dryRun": True}
        )
        assert status == 200
        preview = said["preview"]
        assert said["publication"] is None
        assert preview["users"] == 40
        [standing] = preview["inFlight"]
        assert (standing["journey"], standing["version"], standing["step"], standing["name"], standing["runs"]) == (
            *("cart", first, 1, "long_wait", 40),
        )
        assert (standing["fate"], standing["to"], standing["toName"]) == ("moves", 1, "ask")
        assert preview["new"] == ["feature carts"]
        assert preview["changed"] == ["journey cart"]
        assert preview["askedAnew"] == ["feature carts"]
        assert preview["warnings"] == []
        missing = {"files": files(AT_ONCE.replace("{long_wait", "{lon_wait")), "dryRun": True}
        [warning] = (await asked(engine, "POST", "/v1/publications", missing))[1]["preview"]["warnings"]
        assert warning.startswith(
            "journey cart: moves: no version has a step named 'lon_wait'; did you mean 'long_wait'"
        )
        assert preview["entries"] == engine.store.last_seq()
        assert engine.host.shard.playbook.hash == first
        assert len((await asked(engine, "GET", "/v1/publications"))[1]["publications"]) == 1


@lived
async def test_what_cannot_be_published_is_refused_and_all_stays(tmp_path: Path) -> None:
    async with open_shop(tmp_path / "shop.db") as engine:
        for body, status, code in (
            ({"files": files(CART.replace("wait: 2 hours", "wait: soon"))}, 400, "bad_playbook"),
            ({"files": files(channel="sms")}, 409, "unknown_channel"),
            ({"files": files(), "share": 0}, 400, "wrong_type"),
            ({}, 400, "wrong_type"),
        ):
            got, said = await asked(engine, "POST", "/v1/publications", body)
            assert (got, said["code"]) == (status, code), said
        for path, status, code in (
            ("/v1/publications/rollback", 409, "nothing_before"),
            ("/v1/journeys/other/pause", 404, "unknown_journey"),
            ("/v1/journeys/cart/resume", 404, "unknown_journey"),
            ("/v1/journeys/cart/stop", 404, "unknown_path"),
        ):
            got, said = await asked(engine, "POST", path)
            assert (got, said["code"]) == (status, code), said
        assert (await asked(engine, "POST", "/v1/publications/rollback", {"playbook": "x"}))[0] == 404
        assert (await asked(engine, "GET", "/v1/journeys/cart/pause"))[0] == 405
        assert (await asked(engine, "POST", "/v1/publications", {"files": files(SLOWER)}, key="wk"))[0] == 403
        assert (await asked(engine, "POST", "/v1/journeys/cart/pause", key="wk"))[1]["code"] == "wrong_key_kind"
        assert engine.host.shard.playbook.hash == playbook_from(files()).hash
        assert len(engine.publisher.listed()) == 1


@lived
async def test_it_is_done_over_http(tmp_path: Path) -> None:
    async with open_shop(tmp_path / "shop.db") as engine:
        first, newer = playbook_from(files()).hash, playbook_from(files(SLOWER)).hash
        _, said = await asked(engine, "POST", "/v1/publications", {"files": files(SLOWER), "share": 0.25})
        assert (said["publication"]["playbook"], said["publication"]["share"]) == (newer, 0.25)
        assert said["publication"]["stable"] == first
        assert (await asked(engine, "POST", "/v1/journeys/cart/pause"))[1]["publication"]["paused"] == ["cart"]
        assert (await asked(engine, "POST", "/v1/journeys/cart/resume"))[1]["publication"]["paused"] == []
        assert (await asked(engine, "POST", "/v1/publications/rollback"))[1]["publication"]["playbook"] == first
        _, said = await asked(engine, "GET", "/v1/publications")
        assert [each["playbook"] for each in said["publications"]] == [first, newer, newer, newer, first]


@lived
async def test_publishing_what_is_in_force_changes_nothing(tmp_path: Path) -> None:
    async with open_shop(tmp_path / "shop.db") as engine:
        await publish(engine, files())
        assert len(engine.publisher.listed()) == 1


@lived
async def test_what_publishes_nothing_new_has_no_place_in_the_log_that_a_snapshot_could_claim(tmp_path: Path) -> None:
    async with open_shop(tmp_path / "shop.db") as engine:
        await does(engine, USERS, "Cart Updated", cart_id="c")
        await publish(engine, files())
    store = SqliteStore(tmp_path / "shop.db")
    assert store.restore().seq == store.last_seq()
    store.close()


@lived
async def test_a_publication_that_fails_leaves_all_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with open_shop(tmp_path / "shop.db") as engine:
        await does(engine, USERS, "Cart Updated", cart_id="c")
        first = engine.host.shard.playbook.hash

        def fails(*given: object, **named: object) -> object:
            raise OSError("the disk is gone")

        with monkeypatch.context() as patched:
            patched.setattr("opportune.wiring.taking_up.Passage.take_up", fails)
            with pytest.raises(OSError, match="the disk is gone"):
                await publish(engine, files(AT_ONCE))
        assert engine.host.shard.playbook.hash == first
        assert len(engine.publisher.listed()) == 1
        await publish(engine, files(AT_ONCE))
        assert sent(engine) == sorted(USERS)


@lived
async def test_events_that_come_while_it_publishes_wait_and_none_is_lost(tmp_path: Path) -> None:
    async with open_shop(tmp_path / "shop.db") as engine:
        await does(engine, USERS, "Cart Updated", cart_id="c")
        playbook = await engine.publisher.read(files(AT_ONCE))

        async def events() -> None:
            for cart in range(20):
                await does(engine, USERS, "Cart Updated", cart_id=f"x{cart}")

        await asyncio.gather(events(), engine.publisher.publish(playbook, files(AT_ONCE)))
        entries = [entry for entry in engine.store.log() if isinstance(entry, Event)]
        assert len(entries) >= 21 * len(USERS)
        runs = [run for user in USERS for run in engine.host.shard.memory(user).runs]
        assert {run.version for run in runs if run.due is not None} <= {playbook.hash}
    assert differences(tmp_path / "shop.db") == []


@lived
async def test_the_watch_has_journeys_paused_and_what_fails_is_written_down(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with open_shop(tmp_path / "shop.db") as engine:
        engine.publisher.pause_soon(["cart", "unknown"])
        while not engine.host.shard.in_force.said.paused:
            await asyncio.sleep(0)
        assert engine.host.shard.in_force.said.paused == ("cart",)
        assert "journey 'unknown' could not be paused" in caplog.text
