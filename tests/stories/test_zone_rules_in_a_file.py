"""An engine that starts with newer zone rules than the ones its file was decided by."""

import asyncio
from pathlib import Path

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Event, Published
from opportune.features.local_time import zones_version
from opportune.playbook.reading import playbook_from
from opportune.ports import Batch
from opportune.units import HOUR
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import AT_START
from opportune.wiring.starting import in_force
from tests.stories.test_erase import FILES, NOW


def begun_by(path: Path, zones: str) -> None:
    """A file whose newest publication names these rules, with an event behind it."""
    store = SqliteStore(path)
    playbook = playbook_from(FILES)
    Publications(store).keep(playbook, FILES)
    said = Published(playbook.hash, NOW, 1, zones=zones)
    event = Event("e1", "ann", "Cart Updated", NOW, NOW, 2, properties=b'{"cart_id": "c1"}')
    store.commit_now(Batch(inputs=(said, event), offsets=((AT_START, said.seq),)))
    store.close()


def published_after_a_start(path: Path) -> list[Published]:
    store = SqliteStore(path)
    asyncio.run(in_force(store, Publications(store), playbook_from(FILES), FILES, now=NOW + HOUR))
    found = list(store.published())
    store.close()
    return found


def test_newer_rules_are_a_publication_of_the_same_playbook(tmp_path: Path) -> None:
    begun_by(tmp_path / "store.db", "2020.1")
    first, second = published_after_a_start(tmp_path / "store.db")
    assert (first.zones, second.zones) == ("2020.1", zones_version())
    assert (first.playbook, second.now) == (second.playbook, NOW + HOUR)


def test_a_file_from_before_the_rules_were_kept_is_told_of_them(tmp_path: Path) -> None:
    begun_by(tmp_path / "store.db", "")
    assert [each.zones for each in published_after_a_start(tmp_path / "store.db")] == ["", zones_version()]


def test_the_same_rules_are_published_once(tmp_path: Path) -> None:
    begun_by(tmp_path / "store.db", "2020.1")
    published_after_a_start(tmp_path / "store.db")
    assert len(published_after_a_start(tmp_path / "store.db")) == 2
    begun_by(tmp_path / "other.db", zones_version())
    assert len(published_after_a_start(tmp_path / "other.db")) == 1
