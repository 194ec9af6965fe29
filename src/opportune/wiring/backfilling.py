"""What a playbook asks for anew, folded out of the log before it is published, and kept for those who read that it was.

For each user a row, under the place in the log at which the publication will stand (R6). A row is a function of the log
up to there; it is kept, for the log may be cut before somebody reads it again.
"""

import logging
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import islice
from typing import Final

from msgspec import MsgspecError, msgpack

from opportune.errors import Unavailable
from opportune.events.event import Event, Input, Merged
from opportune.features.backfill import Anew, Backfill, Staged, backfill_of, nothing_staged, stage, united
from opportune.journeys.memory import FORM
from opportune.ports import Store
from opportune.units import Instant
from opportune.wiring.moved import MOVED

CHUNK: Final = 1_000
"""Log entries folded at a time."""
NAMES: Final = 4_096
"""Names of events of which it is remembered whether they matter."""
KEPT: Final = 5_000
"""Users whose rows one transaction keeps."""
_log: Final = logging.getLogger("opportune.backfilling")
_FORM: Final = bytes((FORM,))
"""Rows hold what memories do, in their form; what they hold of it has been the same since the first."""
_encode: Final = msgpack.Encoder().encode
_staged: Final = msgpack.Decoder(Staged).decode
_backfill: Final = msgpack.Decoder(Backfill).decode


class Staging:
    """The users' parts as bytes, each an object only while its entries are folded (R14)."""

    def __init__(self, asked: Anew, cut: Iterable[str] = ()) -> None:
        """``cut`` are users who have done things that the log does not hold any more."""
        self._asked = asked
        self._is_wanted = lru_cache(NAMES)(asked.concerns)
        self._parts = dict.fromkeys(cut, _encode(nothing_staged(is_cut=True)))
        self._heirs: dict[str, str] = {}

    def take(self, entries: Iterable[Input]) -> None:
        """Folds what comes next in the log."""
        waiting: dict[str, list[Event]] = {}
        for entry in entries:
            if isinstance(entry, Event):
                if self._is_wanted(entry.name):
                    waiting.setdefault(self._of(entry), []).append(entry)
            elif isinstance(entry, Merged):
                self._fold(waiting)
                waiting = {}
                self._merge(entry)
        self._fold(waiting)

    def rows(self, *, now: Instant, cut_at: Instant = 0) -> Iterator[tuple[str, bytes]]:
        """By user what to keep, of those for whom there is anything, for a publication at ``now``."""
        nothing = _encode(Backfill())
        for user in sorted(self._parts):
            row = _encode(backfill_of(self._asked, _staged(self._parts[user]), cut_at=cut_at, now=now))
            if row != nothing:
                yield user, _FORM + row

    def forget(self, user: str) -> None:
        """This user was erased."""
        self._parts.pop(user, None)

    def _fold(self, waiting: dict[str, list[Event]]) -> None:
        for user, events in waiting.items():
            taken: list[Event] = []
            part = self._part(user)
            for event in events:
                part = self._entered(part, event, user, taken)
            self._parts[user] = _encode(part)

    def _entered(self, part: Staged, event: Event, user: str, taken: list[Event]) -> Staged:
        """The part with the event; what cannot be entered is no part of any memory, and the next one is tried."""
        try:
            stage(self._asked, part, event)
            taken.append(event)
        except Exception:  # noqa: BLE001 the boundary around one entry
            part = self._part(user)
            for each in taken:
                stage(self._asked, part, each)
        return part

    def _of(self, event: Event) -> str:
        """Whose part the event belongs to: what an id made by the very merge that absorbed it is its heir's already."""
        user = event.user
        while event.place and user in self._heirs:
            user = self._heirs[user]
        return user

    def _merge(self, merged: Merged) -> None:
        if merged.user == merged.absorbed:  # an id begins anew: what it did before was another user's already
            self._heirs.pop(merged.user, None)
            return
        self._heirs[merged.absorbed] = merged.user
        both = self._part(merged.user), self._part(merged.absorbed)
        self._parts[merged.user] = _encode(united(self._asked, *both, merged.now))
        self._parts.pop(merged.absorbed, None)

    def _part(self, user: str) -> Staged:
        raw = self._parts.get(user)
        return nothing_staged() if raw is None else _staged(raw)


def backfill(store: Store, asked: Anew, *, seq: int, now: Instant) -> None:
    """Keeps the rows of the publication that will stand at ``seq``, ``now`` being its instant."""
    staging = Staging(asked, (user for user, raw in store.base().memories.items() if raw[:1] != MOVED))
    _log.info("the playbook asks for what none before it did: the log is read once up to %d", seq - 1)
    entries = store.log()
    while chunk := list(islice(entries, CHUNK)):
        staging.take(chunk)
    rows = staging.rows(now=now, cut_at=store.base(()).now)
    while some := list(islice(rows, KEPT)):
        store.keep_backfill(seq, some)


def backfill_in(row: bytes) -> Backfill:
    """What a row says; raises Unavailable if it is damaged or of a newer version of this package."""
    if not 1 <= (row[0] if row else 0) <= FORM:
        raise Unavailable("a new feature was filled in by a newer opportune; start that one")
    try:
        return _backfill(memoryview(row)[1:])
    except (MsgspecError, UnicodeDecodeError) as fault:
        raise Unavailable(f"what a feature is filled in with is damaged ({fault}); start again from a backup") from None
