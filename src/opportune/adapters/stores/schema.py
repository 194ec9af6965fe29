"""The one file: its tables, its version, and how it is opened so that what was acknowledged survives a power cut.

WAL with synchronous=FULL: each commit waits for the disk. Weaker settings lost acknowledged rows when the power went.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

import apsw

from opportune.adapters.private_file import prepared
from opportune.adapters.stores.mark import seen
from opportune.adapters.stores.tables import STEPS, VERSION
from opportune.errors import Unavailable

MOST_PATIENCE: Final = 30_000
"""Milliseconds that a commit waits while somebody else holds the file; events wait, or are told to come again."""
REFUSALS: Final = (
    apsw.FullError,
    apsw.IOError,
    apsw.CantOpenError,
    apsw.ReadOnlyError,
    apsw.BusyError,
    apsw.LockedError,
    apsw.CorruptError,
    apsw.NotADBError,
    apsw.PermissionsError,
    apsw.NoMemError,
)
"""What the disk, the file or another owner does to us; anything else is our own fault."""


@contextmanager
def usable(path: Path) -> Iterator[None]:
    """Raises ``Unavailable``, with the path and the reason, where the file cannot be used."""
    try:
        yield
    except REFUSALS as refusal:
        raise Unavailable(f"{path}: {refusal}; {_remedy(refusal)}") from refusal


def _remedy(refusal: apsw.Error) -> str:
    match refusal:
        case apsw.NotADBError():
            return "take another file"
        case apsw.CantOpenError() | apsw.PermissionsError() | apsw.ReadOnlyError():
            return "its folder must be there, and both must be ours to write"
        case _:
            return "free the disk or mend the file, then start again"


def own(path: Path) -> apsw.Connection:
    """A lock beside the file itself that one process holds until it dies; ``Unavailable`` if another has it."""
    beside = Path(f"{path.resolve()}-owner")
    prepared(beside)
    with usable(path):
        lock = apsw.Connection(str(beside))
        try:
            lock.execute("BEGIN EXCLUSIVE")
        except apsw.BusyError:
            lock.close()
            mark = seen(path)
            who = "another process" if mark is None else f"process {mark.pid}"
            raise Unavailable(f"{path}: {who} owns this file; stop it first, or take another file") from None
    return lock


def open_to_write(path: Path, vfs: str | None = None) -> apsw.Connection:
    """The file, made or brought up to this version, on this layer of SQLite's; raises ``Unavailable`` if not usable.

    A file that is made here only its owner may read, and so what SQLite puts beside it.
    """
    if vfs is None:
        prepared(path)
    with usable(path):
        connection = apsw.Connection(str(path), vfs=vfs)
        try:
            _make_ready(connection, path)
        except BaseException:
            with suppress(apsw.Error):  # what has failed first is what is told
                connection.close()
            raise
    return connection


def _make_ready(connection: apsw.Connection, path: Path) -> None:
    connection.set_busy_timeout(MOST_PATIENCE)
    connection.pragma("journal_mode", "wal")
    connection.pragma("synchronous", "full")
    connection.pragma("secure_delete", True)
    with connection:
        for version in range(version_of(connection, path) + 1, VERSION + 1):
            connection.execute(STEPS[version])
            connection.execute(f"PRAGMA user_version={version}")


def open_to_read(path: Path, vfs: str | None = None) -> apsw.Connection:
    """A second view of the file, of whole commits only; raises ``Unavailable`` if there is no such file."""
    with usable(path):
        connection = apsw.Connection(str(path), flags=apsw.SQLITE_OPEN_READWRITE, vfs=vfs)
        connection.set_busy_timeout(10_000)
        connection.pragma("query_only", True)
        version = version_of(connection, path)
        if version == 0:
            raise Unavailable(f"{path}: is empty; name a file that an engine has written")
        if version < VERSION:
            raise Unavailable(f"{path}: file version {version} of an earlier release; 'opportune run' brings it up")
    return connection


def version_of(connection: apsw.Connection, path: Path) -> int:
    """The version of a file of ours, 0 if it is empty; raises ``Unavailable`` for all others."""
    version: int = connection.pragma("user_version")
    if version > VERSION:
        raise Unavailable(f"{path}: file version {version}, this release reads version {VERSION}; use a newer release")
    if version == 0 and connection.execute("SELECT count(*) FROM sqlite_schema").get:
        raise Unavailable(f"{path}: is a database of something else; name another file")
    return version
