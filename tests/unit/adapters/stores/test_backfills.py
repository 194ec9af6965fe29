"""Rows that were kept for a publication go if it never came to stand in the log."""

from pathlib import Path

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Published
from opportune.ports import Batch
from tests.contracts.made import NOW


def test_what_was_never_published_is_gone_at_the_next_opening(tmp_path: Path) -> None:
    path = tmp_path / "shop.db"
    store = SqliteStore(path)
    store.keep_backfill(1, [("ann", b"1")])
    store.commit_now(Batch(inputs=(Published("p1", NOW, 1),)))
    store.keep_backfill(2, [("ann", b"2")])
    store.close()
    store = SqliteStore(path)
    assert list(store.backfilled(1, ["ann"])) == [("ann", b"1")]
    assert list(store.backfilled(2, ["ann"])) == []
    store.close()
