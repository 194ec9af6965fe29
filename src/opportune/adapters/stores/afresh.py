"""The write-ahead log of a life that ended badly is written once more, before anybody builds on it.

After a sync that failed the machine takes what was to be written for written: it still shows it to whoever reads, and
the next sync, of a later life too, says yes without it. Commits that follow it would be lost with it in a power cut.
The same bytes at the same places harm nobody, whenever the power goes meanwhile. The file itself needs none of it: what
is moved there out of the log is written again as long as that was not synced.
"""

from contextlib import closing
from typing import Final

import apsw

_PIECE: Final = 1 << 16
"""Bytes; SQLite writes no more than twice as many at once."""
_FLAGS: Final = apsw.SQLITE_OPEN_READWRITE | apsw.SQLITE_OPEN_WAL


def write_afresh(connection: apsw.Connection) -> None:
    """Returns when all that this connection reads is on the disk."""
    connection.execute("BEGIN IMMEDIATE")  # nobody adds to the log meanwhile
    try:
        with closing(_File(connection.open_vfs, connection.filename_wal, [_FLAGS, 0])) as log:
            size = log.xFileSize()
            for start in range(0, size, _PIECE):
                log.xWrite(log.xRead(min(_PIECE, size - start), start), start)
            if size:
                log.xSync(apsw.SQLITE_SYNC_FULL)
    finally:
        connection.execute("ROLLBACK")


class _File(apsw.VFSFile):
    """A file as the layer of SQLite's shows it on which the connection works."""

    def close(self) -> None:
        """Lets go of it."""
        self.xClose()
