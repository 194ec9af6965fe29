"""Backups of the one file, made while an engine writes it, and put back as what they are: copies."""

import os
import shutil
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Final, TypeAlias

import apsw

from opportune.adapters.lasting import put_in_place, sync_names, taken_by_disk
from opportune.adapters.private_file import PRIVATE, anew
from opportune.adapters.stores.copies import BACKUP
from opportune.adapters.stores.schema import open_to_read, own, usable, version_of
from opportune.adapters.stores.secret import keep_secret, secret_path
from opportune.errors import Unavailable

PAGES: Final = 2_000
"""Pages copied between two reports of progress."""
Progress: TypeAlias = Callable[[int, int], None]
"""Is told how many are done, of how many."""


def back_up(store: Path, to: Path, *, at: str, progress: Progress = lambda done, of: None) -> int:
    """Copies the file as of one moment, whatever is committed meanwhile; its size in bytes.

    The secret goes with it. The copy is whole or not there; it says of itself that it is a backup made ``at``.
    Raises Unavailable if there is something at ``to`` already, or either file cannot be used.
    """
    if to.exists():
        raise Unavailable(f"{to}: is there already; name a file that is not")
    hidden = to.with_name(f".{to.name}.part")
    _emptied(hidden)
    with usable(to), closing(open_to_read(store)) as source, closing(apsw.Connection(str(hidden))) as target:
        target.pragma("journal_mode", "off")
        with source, target.backup("main", source, "main") as copying:
            source.execute("SELECT count(*) FROM meta").fetchall()  # from here on the source stands still for us
            while not copying.done:
                copying.step(PAGES)
                progress(copying.page_count - copying.remaining, copying.page_count)
        target.execute("REPLACE INTO meta VALUES (?, ?)", (BACKUP, at))
        target.pragma("journal_mode", "delete")
    with taken_by_disk(to):
        _make_lasting(hidden)
        if secret_path(store).exists():
            keep_secret(to, secret_path(store).read_bytes())
        put_in_place(hidden, to)
    return to.stat().st_size


def restore(backup: Path, store: Path, *, replaces: bool = False) -> None:
    """Puts the backup where an engine will look for its file; sending is held there until somebody confirms it.

    Raises Unavailable if the backup is none of ours or broken, if a process has the file, or if there is one and
    ``replaces`` does not say that it may go.
    """
    _check(backup)
    if store.exists() and not replaces:
        raise Unavailable(
            f"{store}: is there already; --replace puts the backup in its place, and nothing is left of it"
        )
    with closing(own(store)), usable(store), taken_by_disk(store):
        hidden = store.with_name(f".{store.name}.part")
        _emptied(hidden)
        shutil.copyfile(backup, hidden)
        with closing(apsw.Connection(str(hidden))) as connection:
            connection.execute("INSERT OR IGNORE INTO meta VALUES (?, 'an unknown time')", (BACKUP,))
        _make_lasting(hidden)
        if secret_path(backup).exists():
            keep_secret(store, secret_path(backup).read_bytes())
        if store.exists():
            _gathered(store)
        for beside in ("-wal", "-shm"):
            store.with_name(store.name + beside).unlink(missing_ok=True)
        sync_names(store.parent)  # what was logged for the file that goes is never read into the one that comes
        put_in_place(hidden, store)


def _gathered(store: Path) -> None:
    """What lies in the log beside a file moves into it, if that can be read: it is whole as long as it is there."""
    with suppress(apsw.Error), closing(apsw.Connection(str(store))) as connection:
        connection.execute("SELECT count(*) FROM sqlite_schema").fetchall()
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)


def _check(backup: Path) -> None:
    if not backup.is_file():
        raise Unavailable(f"{backup}: there is no such file; name one that 'opportune backup' made")
    with usable(backup), closing(apsw.Connection(str(backup), flags=apsw.SQLITE_OPEN_READONLY)) as connection:
        if version_of(connection, backup) == 0:
            raise Unavailable(f"{backup}: is empty; name one that 'opportune backup' made")
        said = connection.execute("PRAGMA quick_check(1)").get
        if said != "ok":
            raise Unavailable(f"{backup}: is broken ({said}); take an earlier backup")


def _emptied(hidden: Path) -> None:
    """An empty file of ours at this place, which only we may read; raises ``Unavailable``."""
    try:
        os.close(anew(hidden, PRIVATE))
    except OSError as refusal:
        raise Unavailable(f"{hidden}: {refusal.strerror}; its folder must be there, and ours to write") from refusal


def _make_lasting(path: Path) -> None:
    with open(path, "rb") as file:
        os.fsync(file.fileno())
