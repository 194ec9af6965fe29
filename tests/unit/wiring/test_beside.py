"""The log folded beside an engine: in pieces, without those erased meanwhile, and only as long as it is wanted."""

from pathlib import Path

import pytest

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.errors import Unavailable
from opportune.events.event import Event, Published
from opportune.features.backfill import Anew
from opportune.playbook.reading import playbook_from
from opportune.ports import Batch
from opportune.wiring.backfilling import CHUNK, Staging, backfill_in
from opportune.wiring.beside import Beside
from opportune.wiring.publications import Publications
from opportune.wiring.restoring import publish
from tests.contracts.made import NOW
from tests.unit.wiring.published_shop import files

ASKING = playbook_from(files(features="carts: COUNT_IF(event = 'Cart Updated') OVER LAST '7 days'\n"))
USERS = ["ann", "ben", "cleo"]


@pytest.fixture
def place(tmp_path: Path) -> tuple[SqliteStore, Anew, Path]:
    """A file whose log is longer than what is folded in one piece."""
    path = tmp_path / "shop.db"
    store = SqliteStore(path)
    publications = Publications(store)
    publish(store, publications, playbook_from(files()), files(), now=NOW)
    publications.live([each.playbook for each in store.published()])
    more(store, 2 * CHUNK + 100)
    asked = publications.asked_anew(ASKING)
    assert asked is not None
    return store, asked, path


def more(store: SqliteStore, count: int) -> None:
    first = store.last_seq() + 1
    events = [
        Event(f"e{seq}", USERS[seq % 3], "Cart Updated", NOW + seq, NOW + seq, seq, b'{"cart_id": "c"}')
        for seq in range(first, first + count)
    ]
    store.commit_now(Batch(inputs=tuple(events)))


def test_what_is_folded_beside_is_what_is_folded_at_once(place: tuple[SqliteStore, Anew, Path]) -> None:
    store, asked, path = place
    beside = Beside(path, asked)
    beside.fold()
    assert beside.last - beside.place <= CHUNK
    assert beside.place > CHUNK
    more(store, 250)
    seq = store.last_seq() + 1
    beside.finish(store, seq=seq, now=NOW + seq, users=USERS)
    at_once = Staging(asked)
    at_once.take(store.log())
    assert dict(store.backfilled(seq, USERS)) == dict(at_once.rows(now=NOW + seq))
    assert backfill_in(dict(store.backfilled(seq, USERS))["ann"]).series
    store.close()


def test_who_is_erased_meanwhile_or_not_known_gets_no_row(place: tuple[SqliteStore, Anew, Path]) -> None:
    store, asked, path = place
    beside = Beside(path, asked)
    beside.fold()
    beside.forget(["ann", "nobody"])
    seq = store.last_seq() + 1
    beside.finish(store, seq=seq, now=NOW + seq, users=["ann", "ben"])
    assert [user for user, _ in store.backfilled(seq, USERS)] == ["ben"]
    store.close()


def test_it_ends_when_the_engine_stops(place: tuple[SqliteStore, Anew, Path]) -> None:
    store, asked, path = place
    beside = Beside(path, asked)
    beside.stop()
    with pytest.raises(Unavailable, match="nothing was published, ask again"):
        beside.fold()
    store.commit_now(Batch(inputs=(Published("p", NOW, store.last_seq() + 1),)))
    store.close()
