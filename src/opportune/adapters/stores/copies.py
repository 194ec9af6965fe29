"""Whether the one file is the one that its last engine left, or a copy that somebody else may have gone on with."""

import os
import secrets
from pathlib import Path

import apsw

from opportune.adapters.stores.mark import Mark, Seen, mark_path, seen
from opportune.errors import Unavailable
from opportune.units import Instant

BACKUP = "backup"
"""What ``meta`` says of a file that was made as a backup."""


class Place:
    """Where this file stands among its copies. Sending is held while ``held`` gives a reason."""

    def __init__(self, path: Path, read: apsw.Connection) -> None:
        self._path = path
        meta = dict(read.execute("SELECT name, value FROM meta"))
        self._is_new = "file_id" not in meta
        self._file_id = bytes.fromhex(meta["file_id"]) if not self._is_new else secrets.token_bytes(16)
        self._commits = int(meta.get("commits", "0"))
        self._epoch = int(meta.get("epoch", "1"))
        self.held: str | None = meta.get("held") or (None if self._is_new else self._reason(meta))
        self.since: Instant | None = int(meta["held_since"]) if "held_since" in meta else None
        self.is_unsettled = self.held is not None or "unsettled" in meta
        self._mark: Mark | None = None

    def begin(self, connection: apsw.Connection) -> None:
        """Keeps what was found, and makes this file's own mark after the commit.

        A new file has its mark before it knows its own name: if it dies in between, nobody takes it for a copy.
        """
        if self._is_new:
            self.keep()
        _say(connection, "file_id", self._file_id.hex())
        _say(connection, "epoch", str(self._epoch))
        if self.held is not None:
            _say(connection, "held", self.held)

    def number(self, connection: apsw.Connection) -> None:
        """Counts the transaction that is about to be committed."""
        self._commits += 1
        _say(connection, "commits", str(self._commits))

    def keep(self) -> None:
        """The transaction is durable: the mark may say so."""
        said = Seen(self._file_id, self._commits, self._epoch, os.stat(self._path).st_ino, os.getpid())
        if self._mark is None:
            try:
                self._mark = Mark(self._path, said)
            except OSError as refusal:
                place = mark_path(self._path)
                raise Unavailable(f"{place}: {refusal.strerror}; free the disk, then start again") from refusal
        else:
            self._mark.write(said)

    def note(self, connection: apsw.Connection, now: Instant) -> None:
        """The copy was noticed at this instant."""
        self.since = now
        _say(connection, "held_since", str(now))

    def confirm(self, connection: apsw.Connection, *, is_moved: bool) -> None:
        """This file goes on, and every other copy of it is older from now on."""
        was_held, self.held = self.held is not None, None
        self._epoch += 1
        _say(connection, "epoch", str(self._epoch))
        _unsay(connection, "held", BACKUP)
        if is_moved:
            self.settle(connection)
        elif was_held:
            self.is_unsettled = True
            _say(connection, "unsettled", "1")

    def settle(self, connection: apsw.Connection) -> None:
        """Nothing is left that another engine may have done."""
        self.since, self.is_unsettled = None, False
        _unsay(connection, "unsettled", "held_since")

    def _reason(self, meta: dict[str, str]) -> str | None:
        mark, path = seen(self._path), self._path
        if BACKUP in meta:
            return f"{path} is a backup made at {meta[BACKUP]}"
        if mark is None:
            return f"{path} has no mark {mark_path(path).name} beside it, so it was copied or moved here"
        if mark.file_id != self._file_id:
            return f"{path} lies beside the mark of another file, so it was put there in its place"
        if mark.epoch != self._epoch or mark.commits > self._commits:
            return f"{path} is an earlier state of the file that was here: its mark has come further"
        if mark.inode != os.stat(path).st_ino:
            return f"{path} is not the file that its mark was made for, so it was copied or moved here"
        return None


def _say(connection: apsw.Connection, name: str, value: str) -> None:
    connection.execute("REPLACE INTO meta VALUES (?, ?)", (name, value))


def _unsay(connection: apsw.Connection, *names: str) -> None:
    connection.executemany("DELETE FROM meta WHERE name = ?", [(name,) for name in names])
