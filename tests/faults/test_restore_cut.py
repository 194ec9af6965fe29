"""The power goes while a backup is put in the place of a file: either of them is there, whole."""

import shutil
import subprocess
from contextlib import closing
from pathlib import Path
from random import Random

import apsw

from opportune.adapters.stores.backups import back_up
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.ports import Batch
from tests.contracts.made import event
from tests.faults.crash_images import DATA, NAMES, Disk
from tests.faults.images import CHANGING, scratch
from tests.faults.killing import ROOT, SECRETS
from tests.faults.recorded_town import ENGINE
from tests.faults.recording import Note, Record, recorder
from tests.faults.surviving import STORE, put

BEFORE, AFTER = 20, 60
"""Events in the backup, and in the file that goes."""


def left_unclosed(folder: Path, disk: Path) -> None:
    """A file as a killed engine leaves it, some of its commits half in the log beside it; and an earlier backup."""
    store = SqliteStore(folder / STORE)
    for seq in range(1, AFTER + 1):
        store.commit_now(Batch(inputs=(event(seq, f"user-{seq % 7}"),)))
        if seq == BEFORE:
            back_up(store._path, folder / "backup.db", at="2026-06-01T10:00:00+00:00")
    with (
        closing(apsw.Connection(str(folder / STORE))) as reading,
        closing(apsw.Connection(str(folder / STORE))) as moving,
    ):
        reading.execute("BEGIN; SELECT count(*) FROM log").fetchall()  # what comes from here on is not moved
        store.commit_now(Batch(inputs=(event(AFTER + 1),)))
        moving.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_PASSIVE)
        for path in folder.glob(f"{STORE}*"):
            if not path.name.endswith(("-shm", "-owner")):
                shutil.copy(path, disk)
    store.close()


def restored(record: Record, backup: Path) -> list[Note]:
    command = ["restore", backup, "--store", record.folder / STORE, "--replace"]
    run = [*ENGINE, *command]
    subprocess.run(run, cwd=ROOT, env=SECRETS | record.environment(), check=True, capture_output=True)
    return record.notes()


def test_a_power_cut_while_a_backup_is_put_in_place_leaves_the_one_file_or_the_other() -> None:
    ends = set[tuple[int, bool]]()
    with scratch() as place:
        folder, disk = Path(place), Disk()
        (folder / "disk").mkdir()
        left_unclosed(folder, folder / "disk")
        disk.begin(folder / "disk")
        record = Record(recorder(folder), folder / "disk", folder / "trace")
        notes = restored(record, folder / "backup.db")
        record.close()
        dice = Random(1)
        for each in notes:
            disk.take(each)
            if each.kind in CHANGING:
                image = disk.image(dice.choice(DATA), dice.choice(NAMES), dice)
                with closing(SqliteStore(put(image, folder / "image"))) as survivor:
                    ends.add((survivor.last_seq(), "is a backup" in str(survivor.held)))
                    assert survivor._read.execute("PRAGMA integrity_check").get == "ok"
    assert ends == {(AFTER + 1, False), (BEFORE, True)}
