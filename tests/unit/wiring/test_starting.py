"""What a start puts in force: its folder, unless somebody has decided otherwise; and newer zone data."""

from pathlib import Path

import pytest

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.playbook.reading import playbook_from
from opportune.wiring.publications import Publications
from opportune.wiring.starting import in_force
from tests.contracts.made import NOW
from tests.unit.adapters.sources.faces import lived
from tests.unit.wiring.published_shop import AT_ONCE, CART, files, open_shop

OLDER, NEWER, THIRD = files(CART), files(AT_ONCE), files(CART.replace("2 hours", "3 hours"))


async def started(path: Path, texts: dict[str, str]) -> str:
    """The playbook in force after a start with this folder."""
    store = SqliteStore(path)
    start = await in_force(store, Publications(store), playbook_from(texts), texts, now=NOW)
    store.close()
    return start.shard.in_force.said.playbook


@lived
async def test_a_start_publishes_its_folder_and_one_that_goes_back_does_too(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    for texts in (OLDER, NEWER, OLDER, NEWER, THIRD, THIRD, OLDER):
        assert await started(path, texts) == playbook_from(texts).hash


@lived
async def test_a_start_does_not_undo_what_was_published_by_hand_but_publishes_what_is_new(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    async with open_shop(path, OLDER) as engine:
        await engine.publisher.publish(await engine.publisher.read(NEWER), NEWER)
    assert await started(path, OLDER) == playbook_from(NEWER).hash
    async with open_shop(path, NEWER) as engine:
        await engine.publisher.roll_back()
    assert await started(path, NEWER) == playbook_from(OLDER).hash
    assert await started(path, THIRD) == playbook_from(THIRD).hash
    assert await started(path, NEWER) == playbook_from(NEWER).hash


@lived
async def test_a_share_goes_on_after_a_start_with_either_folder(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    async with open_shop(path, OLDER) as engine:
        await engine.publisher.publish(await engine.publisher.read(NEWER), NEWER, 300_000)
        said = engine.host.shard.in_force.said
    for texts in (OLDER, NEWER):
        async with open_shop(path, texts) as engine:
            assert engine.host.shard.in_force.said == said


@lived
async def test_newer_zone_data_is_published_with_all_else_as_it_was(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "shop.db"
    async with open_shop(path, OLDER) as engine:
        await engine.publisher.publish(await engine.publisher.read(NEWER), NEWER, 300_000)
        await engine.publisher.pause("cart")
        before = engine.host.shard.in_force.said
    monkeypatch.setattr("opportune.wiring.starting.zones_version", lambda: "2099.1")
    async with open_shop(path, OLDER) as engine:
        after = engine.host.shard.in_force.said
    assert (after.zones, after.seq > before.seq) == ("2099.1", True)
    assert (after.playbook, after.share, after.stable, after.paused) == (
        *(before.playbook, before.share, before.stable, before.paused),
    )
