"""What is looked at after each kill: what was acknowledged is there, once, and what was under way is noted."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from opportune.adapters.stores.reading import SqliteHistory
from opportune.errors import Unavailable
from opportune.events.event import Event
from opportune.sending.outbox import Row, Stage

SENDING: Final[tuple[Stage, ...]] = ("data_sent",)
WORKERS = 8
"""Calls that one lane has under way at most: so the command says it."""


@dataclass
class Book:
    """Of one file, over all its lives."""

    path: Path
    kills: int = 0
    logged: Counter[str] = field(default_factory=Counter)
    """How often each id stands in the log."""
    in_flight: set[str] = field(default_factory=set)
    """Decisions of which nobody knew, at some kill, whether their message had gone out."""
    _seq: int = 0

    def after_kill(self, acknowledged: Collection[str]) -> None:
        """Raises AssertionError if something acknowledged is missing, or there twice."""
        self.kills += 1
        if not self.path.exists() or self.path.stat().st_size == 0:
            assert not acknowledged
            return
        try:
            history = SqliteHistory(self.path)
        except Unavailable:  # killed while it made the file: there is one, and nothing in it
            assert not acknowledged and not self._seq
            return
        try:
            self._read_on(history)
            open_now = history.attempts(SENDING, 10_000)
        finally:
            history.close()
        assert self.lost(acknowledged) == [], f"kill {self.kills}"
        assert [id for id, count in self.logged.items() if count > 1] == [], f"kill {self.kills}"
        for channel in ("email", "webhook"):
            fresh = [row for row in open_now if row.claim.attempt.channel == channel and not is_repeat(row)]
            assert len(fresh) <= WORKERS, f"kill {self.kills}: {len(fresh)} calls on {channel} at once"
        self.in_flight |= {row.claim.attempt.decision for row in open_now}

    def lost(self, acknowledged: Collection[str]) -> list[str]:
        """What was acknowledged and is not in the log."""
        return sorted(set(acknowledged) - self.logged.keys())

    def at_the_end(self, history: SqliteHistory, acknowledged: Collection[str]) -> None:
        """The same for the whole log, when the last life has ended well."""
        self._read_on(history)
        assert self.lost(acknowledged) == []
        assert max(self.logged.values()) == 1

    def _read_on(self, history: SqliteHistory) -> None:
        for entry in history.log(self._seq):
            assert entry.seq > self._seq
            self._seq = entry.seq
            if isinstance(entry, Event):
                self.logged[entry.id] += 1


def is_repeat(row: Row) -> bool:
    """Whether it waits to be asked for again, and is not in the middle of a call for that reason alone."""
    return row.body is not None
