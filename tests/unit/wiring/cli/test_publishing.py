"""Publications by the command: on a file that no engine has, and of an engine that runs."""

import json
import subprocess
from pathlib import Path

import pytest

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.playbook.reading import playbook_from
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import publish
from opportune.wiring.sample import write_texts
from tests.contracts.made import NOW, event
from tests.unit.adapters.sources.faces import lived
from tests.unit.wiring.cli.commands import COMMAND, shell
from tests.unit.wiring.published_shop import AT_ONCE, asked, does, files, open_shop

HASH, NEWER = playbook_from(files()).hash, playbook_from(files(AT_ONCE)).hash


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A folder with a playbook, and an engine's file with the one before it in force."""
    write_texts(tmp_path / "shop", files(AT_ONCE))
    store = SqliteStore(tmp_path / "opportune.db")
    publish(store, Publications(store), playbook_from(files()), files(), now=NOW)
    store.close()
    return tmp_path


def said(done: "subprocess.CompletedProcess[str]") -> list[str]:
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout.splitlines()


def test_a_file_that_no_engine_has_is_published_on_itself(place: Path) -> None:
    assert said(shell("publish", "shop", "--dry-run", folder=place)) == [
        f"playbook {NEWER} instead of {HASH}",
        "",
        "nobody is in a journey",
        "changed: journey cart",
    ]
    assert said(shell("publish", "shop", "--yes", "--share", "25%", folder=place))[-1] == (
        f"in force: {NEWER} for 25% of the users, {HASH} for the others"
    )
    for since in ("now", "already"):
        assert said(shell("pause", "cart", folder=place)) == [
            f"journey cart is paused {since}: nobody enters it, nothing is said in it; "
            f"in force: {NEWER} for 25% of the users, {HASH} for the others; paused: cart"
        ]
    assert said(shell("resume", "cart", folder=place)) == [
        f"journey cart goes on; in force: {NEWER} for 25% of the users, {HASH} for the others"
    ]
    assert said(shell("rollback", "--yes", folder=place))[-1] == f"in force: {HASH} for all"
    listed = json.loads(shell("publications", "--json", folder=place).stdout)["publications"]
    assert [(each["playbook"], each["share"], each["paused"]) for each in listed] == [
        (HASH, 1.0, []),
        (NEWER, 0.25, []),
        (NEWER, 0.25, ["cart"]),
        (NEWER, 0.25, []),
        (HASH, 1.0, []),
    ]
    assert len(said(shell("publications", folder=place))) == 5


@pytest.mark.parametrize("way", ["--dry-run", "--yes"])
def test_what_is_in_force_already_is_not_published_again(place: Path, way: str) -> None:
    said(shell("publish", "shop", "--yes", "--share", "25%", folder=place))
    assert said(shell("publish", "shop", way, "--share", "25%", folder=place)) == [
        f"nothing to do: {NEWER} is in force already for 25% of the users, {HASH} for the others"
    ]
    assert said(shell("publish", "shop", "--yes", folder=place))[0] == (
        f"playbook {NEWER} for all, in force until now for other users"
    )
    assert said(shell("publish", "shop", way, folder=place)) == [f"nothing to do: {NEWER} is in force already for all"]
    assert len(said(shell("publications", folder=place))) == 3


def test_nothing_is_published_unasked(place: Path) -> None:
    done = shell("publish", "shop", folder=place)
    assert (done.returncode, done.stdout) == (2, "")
    assert "say --yes to do it, or --dry-run to look" in done.stderr


def test_a_playbook_that_cannot_be_used_is_wrong_and_anything_else_not_there(place: Path) -> None:
    (place / "shop/journeys/cart.yaml").write_text(AT_ONCE.replace("send: reminder", "send: reminders"))
    done = shell("publish", "shop", "--yes", folder=place)
    assert done.returncode == 1
    assert "journeys/cart.yaml" in done.stderr
    for words, reason in (
        (("pause", "carts"), "has a journey 'carts'"),
        (("rollback", "--yes"), "there is no earlier playbook to go back to"),
        (("rollback", "--yes", "x"), "'x' was never published"),
        (("publications", "--store", "other.db"), "there is no such file"),
        (("publications", "--url", "http://127.0.0.1:9"), "--url names a running engine"),
    ):
        done = shell(*words, folder=place)
        assert (done.returncode, reason in done.stderr) == (3, True), done.stderr


@lived
async def test_an_engine_that_runs_is_asked(place: Path) -> None:
    import asyncio

    async with open_shop(place / "opportune.db") as engine:
        await does(engine, ["ann", "bob"], "Cart Updated", cart_id="c")
        at = ("--url", engine.url)
        key = {"OPPORTUNE_ADMIN_KEY": "ak"}
        told = said(await asyncio.to_thread(shell, "publish", "shop", "--yes", *at, folder=place, **key))
        assert told[2:4] == [
            "journey  version           step           runs  what becomes of them",
            f"cart     {HASH}  1 (long_wait)  2     go to step 1 (ask)",
        ]
        assert told[-1] == f"in force: {NEWER} for all"
        assert len(list(engine.store.decisions())) == 2
        refused = await asyncio.to_thread(shell, "pause", "cart", *at, folder=place, OPPORTUNE_ADMIN_KEY="wk")
        assert (refused.returncode, "OPPORTUNE_ADMIN_KEY must be an admin key" in refused.stderr) == (3, True)
        assert (await asked(engine, "GET", "/v1/publications"))[1]["publications"][0]["paused"] == []


def test_a_file_that_may_be_a_copy_is_left_alone(place: Path) -> None:
    store = SqliteStore(place / "opportune.db")
    store.admit(event(2))
    store.close()
    (place / "opportune.db").rename(place / "moved.db")
    (place / "opportune.db.mark").rename(place / "moved.db.mark")
    copy = (place / "moved.db").read_bytes()
    (place / "opportune.db").write_bytes(copy)
    (place / "opportune.db.mark").write_bytes((place / "moved.db.mark").read_bytes())
    done = shell("pause", "cart", folder=place)
    assert (done.returncode, "may be a copy" in done.stderr) == (3, True), done.stderr


def test_a_start_says_what_is_in_force_if_its_folder_is_not(place: Path) -> None:
    said(shell("publish", "shop", "--yes", folder=place))
    said(shell("rollback", "--yes", folder=place))
    words = [COMMAND, "run", "shop", "--port", "0", "--write-key", "wk"]
    with subprocess.Popen(words, cwd=place, env={}, stdout=subprocess.PIPE, text=True) as engine:
        assert engine.stdout is not None
        lines = []
        while not lines or not lines[-1].startswith("Ctrl-C"):
            lines.append(engine.stdout.readline())
            assert lines[-1], lines
        engine.terminate()
        assert engine.wait(30) == 0
    assert f"playbook     {HASH} for all, journeys: cart\n" in lines
    assert [line for line in lines if line.startswith("NOT IN FORCE")] == [
        f"NOT IN FORCE the folder says {NEWER}, which was published before, and another one since:\n"
    ]
