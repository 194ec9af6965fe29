"""What has been committed to the one file, for those who ask: why, replay, reports."""

from collections.abc import Collection, Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import apsw

from opportune.adapters.stores.attempts import attempts_of, newest_at
from opportune.adapters.stores.backfills import backfilled
from opportune.adapters.stores.beginning import LOG, cut_of
from opportune.adapters.stores.codec import Form, expanded, unpack, users_of
from opportune.adapters.stores.decided import SqliteDecided
from opportune.adapters.stores.erasing import erasing, told
from opportune.adapters.stores.inbox_rows import items_in
from opportune.adapters.stores.letter_words import newest
from opportune.adapters.stores.schema import open_to_read, usable
from opportune.adapters.stores.snapshots import snapshot_in
from opportune.adapters.stores.user_rows import rows_of
from opportune.events.event import Input
from opportune.policies.decision import GoalReached
from opportune.ports import DeadLetter, InboxItem, Snapshot
from opportune.sending.outbox import Row, Stage

_goal: Final = Form(GoalReached)
_files: Final = Form(dict[str, str])


class SqliteHistory(SqliteDecided):
    """Reads whole commits only, also while another process writes; raises ``Unavailable`` if there is no such file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        super().__init__(open_to_read(path))

    def log(self, after: int = 0) -> Iterator[Input]:
        """All inputs with ``seq`` above ``after``, in order."""
        with usable(self._path):
            gone = erasing(self._read)
            for blob, first in self._read.execute(LOG, (after,)):
                yield from told((entry for entry in unpack(blob) if entry.seq > first), gone)

    def last_seq(self) -> int:
        """The newest committed ``seq``; 0 for an empty log."""
        return last_seq(self._read)

    def events_of(self, user: str) -> Iterator[Input]:
        """The events of this user and the merges it took part in; reads only the rows whose set holds the user."""
        gone, cut = erasing(self._read), cut_of(self._read)
        for seq in self.rows_of([user]):
            for (blob,) in self._read.execute("SELECT inputs FROM log WHERE seq_from = ?", (seq,)):
                yield from told((each for each in unpack(blob) if each.seq > cut and user in users_of(each)), gone)

    def rows_of(self, users: Iterable[str]) -> list[int]:
        """The first ``seq`` of all log rows in which one of these users may occur, in order."""
        return rows_of(self._read, users)

    def goals(self) -> Iterator[GoalReached]:
        """All goals, in order of their commits."""
        return (_goal.decode(body) for (body,) in self._read.execute("SELECT body FROM goals ORDER BY place"))

    def outbox(self, decision_id: str | None = None) -> list[Row]:
        """The attempts of one decision, or all, in order of their commits."""
        return attempts_of(self._read, decision_id)

    def attempts(self, stages: Collection[Stage], limit: int = 50) -> list[Row]:
        """The newest attempts at these stages, newest first."""
        return newest_at(self._read, stages, limit)

    def inbox_of(self, user: str) -> list[InboxItem]:
        """All in-app messages of the user that are kept, dismissed ones too, oldest first."""
        return items_in(self._read, "WHERE user = ? ORDER BY at, key", (user,))

    def is_tombstone(self, token: str) -> bool:
        """Whether this keyed hash stands for an id that was erased."""
        return self._read.execute("SELECT 1 FROM erased WHERE token = ?", (token,)).get is not None

    def dead_letters(self, limit: int = 50) -> list[DeadLetter]:
        """The newest dead letters, newest first."""
        return newest(self._read, limit)

    def publication(self, playbook: str) -> dict[str, str] | None:
        """The files, path to text, of the playbook with this content hash."""
        files = self._read.execute("SELECT files FROM publications WHERE playbook = ?", (playbook,)).get
        return None if files is None else _files.decode(expanded(files))

    def backfilled(self, seq: int, users: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """What these users are to remember from the publication at this place on, that they did not before."""
        return backfilled(self._read, seq, users)

    def restore(self) -> Snapshot:
        """The newest snapshot, empty at first; ``log(snapshot.seq)`` is the rest."""
        found = snapshot_in(self._read)
        return found if found.playbook or not cut_of(self._read) else self.base()

    @contextmanager
    def standing_still(self) -> Iterator[None]:
        """All that is read inside the block is as of its first read, whatever is committed meanwhile."""
        with usable(self._path), self._read:
            yield


def last_seq(connection: apsw.Connection) -> int:
    """The newest ``seq`` in the log; 0 for an empty one."""
    return connection.execute("SELECT seq_to FROM log ORDER BY seq_from DESC LIMIT 1").get or 0
