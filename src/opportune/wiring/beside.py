"""What a publication asks for anew, folded out of the log in a thread while the engine works."""

import threading
import time
from collections.abc import Collection, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path

from opportune.adapters.stores.reading import SqliteHistory
from opportune.errors import Unavailable
from opportune.features.backfill import Anew
from opportune.ports import Store
from opportune.units import Instant
from opportune.wiring.backfilling import CHUNK, KEPT, Staging
from opportune.wiring.moved import MOVED


class Beside:
    """One fold of the log, up to nearly its end; the rest is folded where the publication is put in force.

    It reads by a connection of its own, a little at a time: half of the time it leaves to others.
    """

    def __init__(self, path: Path, asked: Anew) -> None:
        self._path = path
        self._asked = asked
        self._staging = Staging(asked)
        self._erased: list[str] = []
        self._cut_at: Instant = 0
        self._stopping = threading.Event()
        self.place = 0
        """The newest entry that is folded."""
        self.last = 0
        """Where the log ended when that was last looked at."""

    def fold(self) -> None:
        """To be called in a thread; raises Unavailable if it is told to stop."""
        with closing(SqliteHistory(self._path)) as history:
            users = [user for user, raw in history.base().memories.items() if raw[:1] != MOVED]
            self._staging = Staging(self._asked, users)
            self._cut_at = history.base(()).now
            self.last = history.last_seq()
            while self.last - self.place > CHUNK:
                begun = time.monotonic()
                self._take(history)
                self.last = history.last_seq()
                if self._stopping.wait(time.monotonic() - begun):
                    raise Unavailable("the engine is stopping; nothing was published, ask again")

    def forget(self, users: Sequence[str]) -> None:
        """These were erased meanwhile."""
        self._erased += users

    def stop(self) -> None:
        """Folds no more."""
        self._stopping.set()

    def finish(self, store: Store, *, seq: int, now: Instant, users: Collection[str]) -> None:
        """Folds the rest, and keeps for these users what they remember from the publication at this place on.

        To be called in a thread while nothing is committed.
        """
        with closing(SqliteHistory(self._path)) as history:
            while self.place < seq - 1 and self._take(history):
                pass
        for user in self._erased:
            self._staging.forget(user)
        rows = (row for row in self._staging.rows(now=now, cut_at=self._cut_at) if row[0] in users)
        while some := list(islice(rows, KEPT)):
            store.keep_backfill(seq, some)

    def _take(self, history: SqliteHistory) -> bool:
        """Folds what comes next; whether there was anything."""
        entries = list(islice(history.log(self.place), CHUNK))
        self._staging.take(entries)
        self.place = entries[-1].seq if entries else self.place
        return bool(entries)
