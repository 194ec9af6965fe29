"""Where the log in the one file begins, and what its users remembered there."""

from collections.abc import Collection
from typing import Final

import apsw
from msgspec import json

from opportune.adapters.stores.published import published_in
from opportune.adapters.stores.tallies import tallied_in
from opportune.events.event import Published
from opportune.ports import Base
from opportune.sending.tally import Tallied
from opportune.units import Instant

CUT: Final = "(SELECT coalesce(max(seq), 0) FROM base_heads WHERE is_beginning)"
"""The last place of the log that has left; 0 if none has."""
_FIRST: Final = f"(SELECT coalesce(max(seq_from), 0) FROM log WHERE seq_from <= max(?1, {CUT}) + 1)"
LOG: Final = (
    f"SELECT inputs, max(?1, {CUT}) FROM log WHERE seq_from >= {_FIRST} AND seq_to > max(?1, {CUT}) ORDER BY seq_from"
)
"""The rows of the log that hold what comes after a place, found without looking through those before them."""
_COLUMNS: Final = "seq, playbook, versions, unmerged, until, now, decisions, endings"


class SqliteBases:
    """What the file says of where its log begins."""

    def __init__(self, read: apsw.Connection) -> None:
        self._read = read

    def base(self, users: Collection[str] | None = None, *, beginning_with: bytes = b"") -> Base:
        """Where the log begins; empty if nothing was cut off. With the memories of all, or of some, users."""
        found = self._read.execute(f"SELECT {_COLUMNS} FROM base_heads WHERE seq = {CUT}").fetchone()
        if found is None:
            return Base()
        seq, playbook, versions, unmerged, *rest = found
        which, values = ("", [seq]) if users is None else ("AND user = ?", [])
        rows = f"SELECT user, memory, wake FROM bases WHERE seq = ? {which} AND substr(memory, 1, ?) = ?"
        memories: dict[str, bytes] = {}
        wakes: dict[str, Instant] = {}
        for asked in [values] if users is None else [[seq, user] for user in sorted(users)]:
            for user, memory, wake in self._read.execute(rows, (*asked, len(beginning_with), beginning_with)):
                memories[user] = memory
                if wake is not None:
                    wakes[user] = wake
        known, failed = json.decode(versions, type=tuple[str, ...]), json.decode(unmerged, type=frozenset[int])
        return Base(seq, playbook, known, failed, memories, wakes, *rest)

    def published(self) -> list[Published]:
        """All publications, in order, also those before the log begins; of a file of an earlier release the newer."""
        return published_in(self._read)

    def tallied(self) -> Tallied:
        """How welcome journeys are, as the commits so far have counted it."""
        return tallied_in(self._read)

    def close(self) -> None:
        """Let go of the file."""
        self._read.close()


def cut_of(connection: apsw.Connection) -> int:
    """The last place of the log that has left; 0 if none has."""
    return connection.execute(f"SELECT {CUT}").get or 0
