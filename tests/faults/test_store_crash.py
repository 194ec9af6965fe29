"""Killed anywhere, and without power: what was acknowledged is there, and nothing is sent twice."""

import asyncio
import subprocess
import sys
from pathlib import Path

import apsw
import pytest

from opportune.adapters.stores.machine import Machine
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.adapters.stores.user_index import closed, merged
from opportune.errors import Unavailable
from opportune.events import names
from opportune.events.event import Event
from opportune.ports import Batch, Kept, Mark
from tests.contracts.made import decision, event
from tests.faults.power import BrokenDisk, PowerCut
from tests.unit.adapters.channels.smtp_server import Sink, serving

ROOT = Path(__file__).resolve().parents[2]


async def child(path: Path, port: int, point: str) -> int:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.sending_child", str(path), str(port), point, cwd=ROOT
    )
    return await process.wait()


@pytest.mark.parametrize(
    ("point", "mails", "name", "code"),
    [
        ("committed", 0, names.ATTEMPT_LAPSED, "restarted"),
        ("at_the_door", 0, names.ATTEMPT_LAPSED, "restarted"),
        ("data_sent", 0, names.MESSAGE_UNKNOWN, "no_answer"),
        ("accepted", 1, names.MESSAGE_UNKNOWN, "no_answer"),
        ("answered", 1, names.MESSAGE_SENT, "accepted"),
        ("logged", 1, names.MESSAGE_SENT, "accepted"),
        ("none", 1, names.MESSAGE_SENT, "accepted"),
    ],
)
def test_killed_at_any_point_it_is_sent_at_most_once_and_the_log_gets_one_receipt(
    tmp_path: Path, point: str, mails: int, name: str, code: str
) -> None:
    path, sink = tmp_path / "shop.opportune", Sink()

    async def lives() -> None:
        async with serving(sink) as port:
            assert await child(path, port, point) == (0 if point == "none" else -9)
            assert await child(path, port, "none") == 0
            assert await child(path, port, "none") == 0

    asyncio.run(lives())
    store = SqliteStore(path)
    receipts = [entry for entry in store.log(1) if isinstance(entry, Event)]
    assert [(each.name, f'"code":"{code}"' in each.properties.decode()) for each in receipts] == [(name, True)]
    assert len(sink.mails) == mails
    assert store.unlogged() == store.open_claims() == []
    store.close()


def test_a_writer_killed_again_and_again_loses_nothing_it_acknowledged(tmp_path: Path) -> None:
    path, acknowledged = tmp_path / "shop.opportune", 0
    for life in range(4):
        with subprocess.Popen(
            [sys.executable, "-m", "tests.faults.writing_child", str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as process:
            assert process.stdout is not None
            for _ in range(5 + 9 * life):
                acknowledged = int(process.stdout.readline())
            process.kill()
        store = SqliteStore(path, most_recent_ids=40)
        seqs = [entry.seq for entry in store.log()]
        assert seqs == list(range(1, len(seqs) + 1))
        assert len(seqs) >= acknowledged
        assert [int(each.id[1:]) for each in store.decisions()] == seqs[6::7], "a batch is there whole or not at all"
        assert [row.claim.attempt.decision for row in store.outbox()] == [f"d{seq}" for seq in seqs[6::7]]
        assert not any(store.admit(event(seq)) for seq in seqs)
        store.close()


@pytest.mark.parametrize("moved_every", [1_000, 3], ids=["moved_at_the_end", "moved_beside"])
def test_a_power_cut_at_any_write_loses_nothing_acknowledged(tmp_path: Path, moved_every: int) -> None:
    """Every image that a cut could leave, with all, none or half of the writes since the last sync on the disk.

    Once with a write-ahead log that is moved only when the file is closed, once with one that is moved all the time:
    beside the commits, and from 40 pages on between them.
    """
    disk = PowerCut("power-cut")
    path = tmp_path / "shop.opportune"
    SqliteStore(path).close()
    disk.start(path)
    store = SqliteStore(path, most_recent_ids=7, machine=Machine("power-cut"))
    store._writer.checkpoints.every, store._writer.checkpoints.most = moved_every, 40 * moved_every // 3
    for batch in range(12):
        seq = 7 * batch
        inputs = tuple(event(seq + n, f"user-{n}") for n in range(1, 8))
        kept = tuple(Kept(f"user-{n}", b"%d" % (seq + 7)) for n in range(batch % 3, 8, 3))
        mark = Mark(max(seq - 7, 0), "p1") if batch % 3 == 2 else None
        store.commit_now(Batch(inputs=inputs, decisions=(decision(f"d{seq}"),), kept=kept, mark=mark))
        disk.acknowledge(seq + 7)
        if batch % 2:
            store._slices.add(closed)
    store._slices.add(merged).result()
    moves = [note for note in disk.notes if note[:2] == ("synced", "")]
    assert bool(moves) == (moved_every == 3)
    store.close()
    images = disk.images()
    assert len(images) > 60
    for number, (files, acknowledged) in enumerate(images):
        image = tmp_path / f"image-{number}" / path.name
        image.parent.mkdir()
        for suffix, content in files.items():
            image.with_name(path.name + suffix).write_bytes(content)
        with apsw.Connection(str(image)) as connection:
            assert connection.execute("PRAGMA integrity_check").get == "ok"
        survivor = SqliteStore(image)
        assert survivor.last_seq() >= acknowledged
        assert survivor.last_seq() % 7 == 0
        assert not any(survivor.is_known(f"e{survivor.last_seq() + n}") for n in range(1, 8))
        assert all(survivor.is_known(f"e{seq}") for seq in range(1, survivor.last_seq() + 1))
        assert survivor.rows_of(["user-3"]) == list(range(1, survivor.last_seq(), 7))
        snapshot = survivor.restore()
        assert snapshot.seq <= survivor.last_seq()
        assert all(snapshot.seq <= int(memory) <= survivor.last_seq() for memory in snapshot.memories.values())
        survivor.close()


@pytest.mark.parametrize("what", ["snapshot", "ids", "users"])
def test_a_disk_that_fails_in_the_background_stops_everything_and_a_start_finds_all_acknowledged(
    tmp_path: Path, what: str
) -> None:
    """Whatever was being written: after one failed sync nothing more is taken, and nothing acknowledged is missing."""
    disk, path = BrokenDisk(f"broken-{what}"), tmp_path / "shop.opportune"
    store = SqliteStore(path, most_recent_ids=20 if what == "ids" else 10_000, machine=Machine(f"broken-{what}"))
    for seq in range(1, 20):
        store.commit_now(Batch(inputs=(event(seq),)))
    disk.is_broken = what != "ids"
    with pytest.raises(
        Unavailable, match=r"shop\.opportune: .*(mend the file, then|an earlier write failed;) start again"
    ):
        match what:
            case "snapshot":
                store.commit_now(Batch(kept=(Kept("ann", b"1"),), mark=Mark(19, "p1")))
            case "users":
                store._slices.add(closed).result()
            case _:
                store.commit_now(Batch(inputs=(event(20),)))
                disk.is_broken = True
                while True:
                    store.commit_now(Batch(offsets=(("a", 1),)))
    disk.is_broken = False
    with pytest.raises(Unavailable, match="an earlier write failed; start again"):
        store.commit_now(Batch(inputs=(event(30),)))
    store.close()
    again = SqliteStore(path)
    assert [entry.seq for entry in again.log()] == list(range(1, 21 if what == "ids" else 20))
    assert all(again.is_known(entry.id) for entry in again.log() if isinstance(entry, Event))
    assert again.rows_of(["ann"]) == [entry.seq for entry in again.log()]
    assert again.restore().seq == 0
    again.close()


def test_a_disk_that_fails_while_the_log_is_moved_into_the_file_stops_everything_after_it(tmp_path: Path) -> None:
    """Nobody waits for the moving, so the commits until then are durable; the next ones are refused."""
    disk, path = BrokenDisk("broken-moving"), tmp_path / "shop.opportune"
    store = SqliteStore(path, machine=Machine("broken-moving"))
    store._writer.checkpoints.every = 3
    disk.ending, disk.is_broken, acknowledged = ".opportune", True, 0
    with pytest.raises(Unavailable, match="an earlier write failed; start again"):
        while acknowledged < 1_000:
            store.commit_now(Batch(inputs=(event(acknowledged + 1),)))
            acknowledged += 1
    disk.is_broken = False
    store.close()
    again = SqliteStore(path)
    assert [entry.seq for entry in again.log()] == list(range(1, acknowledged + 1))
    again.close()
