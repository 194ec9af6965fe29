"""What a base holds, whatever is written while it is copied."""

from pathlib import Path

import pytest

from opportune.adapters.stores import bases, slices
from opportune.adapters.stores.bases import copied
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.ports import Batch, Erasure, Kept, Mark
from tests.contracts.made import NOW, event
from tests.stories.test_erase import traces

MOVED = b"\0moved"


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> SqliteStore:
    """A file whose base is begun, and copied only by hand, one user at a time."""
    monkeypatch.setattr(bases, "COPIED", 1)
    monkeypatch.setattr(slices, "PIECE", 0)
    made = SqliteStore(tmp_path / "shop.db", horizon=1)
    made.retention.go_on = lambda: None  # type: ignore[method-assign]
    made.commit_now(Batch(inputs=(event(1),)))
    users = tuple(Kept(name, b"\1" + name.encode()) for name in ("ann", "ben", "cleo"))
    made.commit_now(Batch(kept=(*users, Kept("dora", MOVED)), mark=Mark(1, "p1", is_base=True)))
    return made


def steps(store: SqliteStore, count: int) -> None:
    for _ in range(count):
        store._writer.submit(lambda connection: next(copied(connection), None)).result()


def finished(store: SqliteStore) -> dict[str, bytes]:
    steps(store, 9)
    store.commit_now(Batch(inputs=(event(50, at=NOW + 99),)))
    assert store.retention.leaving(NOW * 2) == 1
    store.retention.cut(1)
    while store.is_busy:
        store._writer.submit(lambda connection: None).result()
    found = store.base().memories
    store.close()
    return found


@pytest.mark.parametrize("reached", range(6))
def test_what_is_kept_while_it_is_copied_is_not_in_it(store: SqliteStore, reached: int) -> None:
    steps(store, reached)
    later = (Kept("aaron", b"\1new"), Kept("ben", b"\1new"), Kept("bo", b"\1new"), Kept("cleo", None))
    store.commit_now(Batch(inputs=(event(2),), kept=later, mark=Mark(2, "p1", is_base=True)))
    store.commit_now(Batch(kept=(Kept("ben", b"\1newer"),)))
    assert finished(store) == {"ann": b"\1ann", "ben": b"\1ben", "cleo": b"\1cleo", "dora": MOVED}


@pytest.mark.parametrize("reached", range(6))
def test_an_erased_user_is_in_no_base_and_neither_is_the_name(store: SqliteStore, reached: int, tmp_path: Path) -> None:
    steps(store, reached)
    store.erase_now([Erasure(("ben", "cleo", "dora"), ("ben", "cleo"), moved=(("dora", b"\0bob"),))], now=NOW, seq=5)
    store.rewriter.finish()
    assert traces(tmp_path / "shop.db", ("ben", "cleo")) == []
    store.commit_now(Batch(inputs=(event(7),), kept=(Kept("ben", b"\1back"),)))
    assert finished(store) == {"ann": b"\1ann", "dora": b"\0bob"}


def test_a_mark_takes_the_place_of_a_mark_only(store: SqliteStore) -> None:
    """What an id did before another user had it stays with it, and the log comes to the mark."""
    steps(store, 2)
    store.erase_now([Erasure(("eve",), ("eve",), moved=(("ann", MOVED), ("dora", b"\0bob")))], now=NOW, seq=5)
    assert finished(store) == {"ann": b"\1ann", "ben": b"\1ben", "cleo": b"\1cleo", "dora": b"\0bob"}


def test_a_base_is_due_when_the_newest_is_old_and_the_log_went_on(store: SqliteStore) -> None:
    assert not store.retention.is_base_due(NOW * 2), "one is under way"
    steps(store, 9)
    assert not store.retention.is_base_due(NOW * 2), "nothing came since"
    store.commit_now(Batch(inputs=(event(50, at=NOW + 99),)))
    assert store.retention.is_base_due(NOW + 1)
    assert not store.retention.is_base_due(NOW)
    store.close()
