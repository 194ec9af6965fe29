"""Killed while a base is copied or a log is cut: the file works, tells the same, and goes on where it was."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from opportune.adapters.stores.sqlite import SqliteStore
from opportune.ports import Batch, DeadLetter, Kept, Mark
from tests.contracts.made import NOW, decision, ending, event

ROOT = Path(__file__).resolve().parents[2]
USERS = [f"user-{n}" for n in range(6)]


def child(path: Path, what: str, pieces: int) -> int:
    command = [sys.executable, "-m", "tests.faults.cutting_child", str(path), what, str(pieces)]
    return subprocess.run(command, cwd=ROOT, check=False).returncode


def filled(path: Path, *, is_base: bool) -> None:
    store = SqliteStore(path, horizon=1)
    for seq in range(1, 9):
        made = Batch(
            inputs=(event(seq, USERS[seq % 6], at=NOW + seq),),
            decisions=(decision(f"d{seq}", USERS[seq % 6], seq=seq),),
            endings=(ending(f"d{seq}", USERS[seq % 6]),) if seq != 3 else (),
            dead=(DeadLetter(NOW + seq, "late", "it was", b"{}"),),
        )
        store.commit_now(made)
    kept = tuple(Kept(user, b"\1%d" % n, NOW + n) for n, user in enumerate(USERS))
    store.commit_now(Batch(kept=kept, mark=Mark(8, "p1", ("p1",), is_base=is_base)))
    done(store)
    for seq in range(9, 12):
        store.commit_now(Batch(inputs=(event(seq, USERS[seq % 6], at=NOW + 1_000 + seq),)))
    store.close()


def done(store: SqliteStore) -> None:
    while store.is_busy:
        store._writer.submit(lambda connection: None).result()


@pytest.mark.parametrize("pieces", [0, 1, 2, 4, 6, 7])
def test_killed_while_a_base_is_copied_it_goes_on_and_is_what_the_snapshot_was(tmp_path: Path, pieces: int) -> None:
    path = tmp_path / "shop.db"
    filled(path, is_base=False)
    assert child(path, "base", pieces) == -signal.SIGKILL
    store = SqliteStore(path, horizon=1)
    later = (Kept("user-1", b"\1new"), Kept("user-4", None), Kept("zoe", b"\1new"))
    store.commit_now(Batch(inputs=(event(20, at=NOW + 5_000),), kept=later, mark=Mark(20, "p1", ("p1",))))
    done(store)
    place = store.retention.leaving(NOW * 2)
    assert place == (11 if pieces else None), "the first piece is the mark itself"
    if place is not None:
        store.retention.cut(place)
        done(store)
        base = store.base()
        assert base.memories == {user: b"\1%d" % n for n, user in enumerate(USERS)}, "not what came after its mark"
        assert base.wakes == {user: NOW + n for n, user in enumerate(USERS)}
        assert (base.seq, base.until, base.decisions, base.endings) == (11, 11, 8, 7)
        assert store.restore().memories.keys() == {*USERS, "zoe"} - {"user-4"}
        assert [entry.seq for entry in store.log()] == [20]
    store.close()


@pytest.mark.parametrize("pieces", [1, 2, 4, 9, 12, 15])
def test_killed_while_a_log_is_cut_nobody_is_told_of_what_left_and_the_rest_follows(
    tmp_path: Path, pieces: int
) -> None:
    path = tmp_path / "shop.db"
    filled(path, is_base=True)
    assert child(path, "cut", pieces) == -signal.SIGKILL
    store = SqliteStore(path, horizon=1)
    assert [entry.seq for entry in store.log()] == [9, 10, 11]
    assert [entry.seq for entry in store.events_of("user-3")] == [9]
    assert store.base().seq == 8
    done(store)
    assert store._read.execute("SELECT count(*) FROM log").get == 3
    assert store.rows_of(["user-3"]) == [9]
    assert store.dead_letters() == []
    assert {each.id for each in store.decisions()} == {"d3", "d8"}, "an open one, and the newest of all"
    assert [each.decision for each in store.endings()] == ["d8"]
    assert (store.last_seq(), store.retention.leaving(NOW * 2)) == (11, None)
    assert not store.is_known("e30") and store.is_known("e11")
    store.close()
