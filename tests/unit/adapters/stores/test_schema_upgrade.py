"""A file of an earlier release is brought up as it is opened, whole or not at all."""

from pathlib import Path
from time import sleep

import apsw
import pytest
from msgspec import msgpack

from opportune.adapters.stores import schema
from opportune.adapters.stores.codec import compressed, pack, user_set
from opportune.adapters.stores.reading import SqliteHistory
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.errors import Unavailable
from opportune.events.event import Event, Input, Published, Tick, log_clock
from opportune.playbook.compiling import compiled
from opportune.playbook.reading import playbook_from
from opportune.ports import Batch, Kept, Mark
from opportune.units import HOUR
from opportune.wiring.publications import Publications
from opportune.wiring.replay import replay
from opportune.wiring.restoring import restored
from opportune.wiring.shard import Shard
from tests.contracts.made import NOW
from tests.stories.shop import CART

FILES = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always}\n",
    "journeys/cart.yaml": CART,
    "messages/reminder.yaml": "message: reminder\ntopic: cart\nchannels: [email]\n",
    "messages/reminder.liquid": "subject: Your cart\n---\nIt waits. {{ unsubscribe_url }}\n",
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "shop.opportune"


def said(seq: int, user: str, name: str, properties: bytes) -> Event:
    return Event(f"e{seq}", user, name, NOW + seq * HOUR, NOW + seq * HOUR, seq, properties)


def log_of(playbook: str) -> list[Input]:
    """A few users, their carts, and a tick at the end."""
    inputs: list[Input] = [Published(playbook, NOW, 1)]
    for seq in range(2, 40):
        user = f"user-{seq % 5}"
        if seq < 7:
            inputs.append(said(seq, user, "Identified", b'{"email": "%s@example.com"}' % user.encode()))
        else:
            inputs.append(said(seq, user, "Cart Updated", b'{"cart_id": "c%d"}' % seq))
    return [*inputs, Tick(NOW + 60 * HOUR, 40)]


UNNUMBERED = """
DROP INDEX decisions_by_code; DROP TABLE decision_words;
ALTER TABLE decisions DROP COLUMN journey; ALTER TABLE decisions DROP COLUMN code;
ALTER TABLE decisions DROP COLUMN due;
"""
"""Takes from a file what version 5 has added."""


def of_version_1(path: Path) -> list[Input]:
    """A file as the first release wrote it: a log, sets of users, what was decided, a snapshot, and closed ids."""
    playbook = playbook_from(FILES)
    inputs = log_of(playbook.hash)
    turn = Shard(compiled(playbook), publications=lambda name: compiled(playbook)).feed(inputs)
    with apsw.Connection(str(path)) as connection:
        run = connection.execute
        run(schema.STEPS[1])
        run("PRAGMA user_version=1")
        run("INSERT INTO publications VALUES (?, ?)", (playbook.hash, compressed(msgpack.encode(FILES))))
        for start in range(0, 40, 8):
            row = inputs[start : start + 8]
            run("INSERT INTO log VALUES (?, ?, ?, ?)", (row[0].seq, row[-1].seq, log_clock(row[-1]), pack(row)))
            run("INSERT INTO log_users VALUES (?, ?)", (row[0].seq, user_set(row)))
        for each in turn.decisions:
            columns = (each.id, each.user, each.seq, msgpack.encode(each))
            run("INSERT INTO decisions (id, user, seq, body) VALUES (?, ?, ?, ?)", columns)
        for ending in turn.endings:
            run("INSERT INTO endings (decision, body) VALUES (?, ?)", (ending.decision, msgpack.encode(ending)))
        run("INSERT INTO snapshots VALUES ('user-1', x'01')")
        run("INSERT INTO meta VALUES ('snapshot_seq', '40'), ('ids_closed_to', '24')")
        run("INSERT INTO id_segments VALUES (1, 24, ?, x'00', zeroblob(64))", (NOW,))
    return inputs


def test_a_file_of_version_1_is_brought_up_and_decides_the_same_again(path: Path) -> None:
    inputs = of_version_1(path)
    with pytest.raises(Unavailable, match="file version 1 of an earlier release; 'opportune run' brings it up"):
        SqliteHistory(path)
    store = SqliteStore(path)
    assert list(store.log()) == inputs
    assert store.rows_of(["user-3"]) == [1, 9, 17, 25, 33]
    assert list(store.events_of("user-3")) == [
        each for each in inputs if isinstance(each, Event) and each.user == "user-3"
    ]
    assert not any(store.admit(each) for each in inputs if isinstance(each, Event))
    found = replay(store)
    assert (found.events, found.differences) == (40, [])
    assert sum(day.decisions for day in found.days) == 5
    whole = restored(store, Publications(store)).shard
    assert len(whole.memories) == 5
    store.close()
    SqliteHistory(path).close()


def test_an_upgrade_that_fails_leaves_the_file_as_it_was(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    inputs = of_version_1(path)
    monkeypatch.setitem(schema.STEPS, 2, schema.STEPS[2] + "INSERT INTO nowhere VALUES (1);")
    with pytest.raises(apsw.SQLError, match="nowhere"):
        SqliteStore(path)
    with apsw.Connection(str(path)) as connection:
        assert connection.pragma("user_version") == 1
        tables = {name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        assert "id_segments" in tables and "pages" not in tables
        assert connection.execute("SELECT count(*) FROM snapshots").get == 1
    monkeypatch.undo()
    store = SqliteStore(path)
    assert list(store.log()) == inputs
    store.close()


def test_a_file_of_version_2_keeps_its_snapshot(path: Path) -> None:
    store = SqliteStore(path)
    store.commit_now(Batch(kept=(Kept("ann", b"1"),), mark=Mark(0, "p1")))
    store.close()
    with apsw.Connection(str(path)) as connection:
        connection.execute(UNNUMBERED + "DROP TABLE backfills; DROP TABLE published; PRAGMA user_version=2").fetchall()
    store = SqliteStore(path)
    assert store.restore().memories == {"ann": b"1"}
    assert list(store.backfilled(1, ["ann"])) == []
    store.close()


def test_a_file_of_version_3_goes_on_with_the_playbook_that_it_was_published_with(path: Path) -> None:
    playbook = playbook_from(FILES)
    store = SqliteStore(path)
    store.keep_publication(playbook.hash, FILES)
    store.commit_now(Batch(inputs=(Published(playbook.hash, NOW, 1), said(2, "ann", "Cart Updated", b"{}"))))
    store.close()
    with apsw.Connection(str(path)) as connection:
        connection.execute(UNNUMBERED + "DROP TABLE published; PRAGMA user_version=3").fetchall()
    store = SqliteStore(path)
    assert store.published() == []
    assert restored(store, Publications(store)).shard.playbook.hash == playbook.hash
    store.commit_now(Batch(inputs=(Published("p2", NOW, 3, paused=("cart",)),)))
    assert store.published() == [Published("p2", NOW, 3, paused=("cart",))]
    store.close()


def test_decisions_of_an_earlier_release_are_found_once_they_have_been_gone_through(path: Path) -> None:
    of_version_1(path)
    store = SqliteStore(path)
    while store.is_busy:
        sleep(0)
    found = store.decisions_where("cart")
    assert found == sorted(store.decisions(), key=lambda each: each.due, reverse=True)
    assert len(found) == 5
    for each in found:
        ending = store.ending(each.id)
        code = each.code if ending is None else ending.code
        assert each in store.decisions_where("cart", code)
    store.close()
