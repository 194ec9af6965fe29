"""Keys in the file: only their hashes, changed while an engine owns it."""

from pathlib import Path

import pytest

from opportune.adapters.sources.keys import Keys
from opportune.adapters.stores.key_table import KeyTable
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.errors import Unavailable


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "store.db"
    SqliteStore(path).close()
    return path


def test_a_key_is_good_until_it_is_revoked_while_an_engine_owns_the_file(path: Path) -> None:
    store, table = SqliteStore(path), KeyTable(path)
    now = [0]
    keys = Keys.of_texts(stored=KeyTable(path).known, now=lambda: now[0])
    assert keys.admits("secret", "admin") is None
    assert table.add("ops", "admin", "secret", 5)
    now[0] += 1_000
    assert keys.admits("secret", "admin") == "ops"
    assert table.revoke("ops", 6)
    now[0] += 1_000
    assert keys.admits("secret", "admin") is None
    store.close()


def test_a_name_is_used_once_even_after_it_was_revoked(path: Path) -> None:
    table = KeyTable(path)
    assert table.add("web", "write", "one", 5)
    assert not table.add("web", "write", "two", 6)
    assert table.revoke("web", 7)
    assert not table.revoke("web", 8)
    assert not table.add("web", "write", "three", 9)
    (row,) = table.rows()
    assert (row.name, row.kind, row.made_at, row.revoked_at) == ("web", "write", 5, 7)
    assert table.known() == ()


def test_what_was_never_there_cannot_be_revoked(path: Path) -> None:
    assert not KeyTable(path).revoke("web", 1)


def test_the_file_does_not_hold_the_key_itself(path: Path) -> None:
    table = KeyTable(path)
    table.add("web", "write", "ok_w_canary", 5)
    table.close()
    assert not any(b"ok_w_canary" in each.read_bytes() for each in path.parent.iterdir())


def test_whoever_asks_for_keys_after_the_engine_has_ended_is_told_so(path: Path) -> None:
    keys = KeyTable(path)
    keys.close()
    with pytest.raises(Unavailable, match="is closed"):
        keys.known()
