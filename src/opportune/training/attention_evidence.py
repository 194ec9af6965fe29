"""What many users' attentions hold, as arrays: those of an hour in the past, or those that a store keeps."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from opportune.features.attention import (
    ERA,
    FADING,
    LATEST,
    MOST_OPENS,
    SLOTS,
    WHOLE,
    Attention,
    older_of,
    opens_of,
    recent_of,
)
from opportune.training.histories import Histories, Whole

_SHIFT: Final = 1 << 32
"""More than any hour: a user and an hour sort as one number."""
_TOGETHER: Final = 4_000_000
"""So many check-ins at most are laid out at once."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """What is known of the users of as many decisions, one row each."""

    recent: NDArray[np.uint8]
    """shape (rows, 168): check-ins of the newest era by slot"""
    older: NDArray[np.float32]
    """shape (rows, 24): those of earlier eras by hour of the day, faded"""
    opened: Whole
    """shape (rows,): messages that were opened"""
    rows: Whole
    """shape (looked,): the rows that opens are kept of, ascending; all that follows is of these alone"""
    opens: NDArray[np.uint8]
    """shape (looked, 168): kept opens by slot"""
    first: Whole
    """shape (looked + 1,): where the opens of a row begin among the next two"""
    sent: Whole
    """shape (opens,): the slot that what was opened had gone out in"""
    delay: Whole
    """shape (opens,): after how many hours it was opened"""
    unopened: NDArray[np.float64]
    """shape (looked,): messages that were not opened, for as many as the opens that are kept stand for"""

    def check_ins(self) -> Whole:
        """How many hours with a check-in are counted, by row."""
        return np.asarray(self.recent.sum(axis=1, dtype=np.int64) + self.older.sum(axis=1).astype(np.int64))

    def part(self, start: int, end: int) -> "Evidence":
        """The rows from ``start`` up to ``end``."""
        low, high = np.searchsorted(self.rows, (start, end))
        begin, close = self.first[low], self.first[high]
        return Evidence(
            recent=self.recent[start:end], older=self.older[start:end], opened=self.opened[start:end],
            rows=self.rows[low:high] - start, opens=self.opens[low:high], first=self.first[low : high + 1] - begin,
            sent=self.sent[begin:close], delay=self.delay[begin:close], unopened=self.unopened[low:high],
        )  # fmt: skip


def evidence_at(histories: Histories, user: Whole, hour: Whole) -> Evidence:
    """What was known of these users just before these hours, had all been entered in the order of hours.

    user, hour : shape (decisions,), of each decision
    """
    opens = _Opens.of(histories)
    keys = histories.user * _SHIFT + histories.hour
    start, end = np.searchsorted(keys, user * _SHIFT), np.searchsorted(keys, user * _SHIFT + hour)
    newest = np.maximum(_last(histories.hour, start, end), opens.newest(user, hour))
    middle = np.maximum(start, np.searchsorted(keys, user * _SHIFT + newest // ERA * ERA))
    return _evidence(
        recent=_counts(histories.hour, middle, end),
        older=_Eras.of(histories, opens.looks).before(user, newest // ERA),
        opens=opens.counts(user, hour, histories),
    )


def evidence_of(attentions: Sequence[Attention | None]) -> Evidence:
    """The same of attentions as they are kept; a user without one has done nothing."""
    recent = np.zeros((len(attentions), SLOTS), np.uint8)
    older = np.zeros((len(attentions), 24), np.float32)
    found: list[tuple[int, int, int]] = []
    opened, sent = np.zeros(len(attentions), np.int64), np.zeros(len(attentions), np.int64)
    for row, attention in enumerate(attentions):
        if attention is None:
            continue
        for slot, count in recent_of(attention):
            recent[row, slot] = count
        if attention.older:
            older[row] = older_of(attention)
        opened[row], sent[row] = attention.opened, attention.sent
        found += [(row, at, delay) for at, delay in opens_of(attention)]
    columns = np.array(found, np.int64).reshape(-1, 3).T
    return _evidence(recent=recent, older=older, opens=_laid_out((columns[0], columns[1], columns[2]), opened, sent))


@dataclass(frozen=True, slots=True)
class _Opens:
    """Opened sends, one of each hour, by user and send; and the hours of looks, by user and look."""

    keys: Whole
    sent: Whole
    delay: Whole
    looks: Whole

    @staticmethod
    def of(histories: Histories) -> "_Opens":
        seen = histories.delay >= 0
        user, sent, delay = histories.sent_user[seen], histories.sent_hour[seen], histories.delay[seen]
        looks = np.sort(user * _SHIFT + sent + delay)
        order = np.lexsort((delay, sent, user))
        order = order[delay[order] < LATEST]
        keys, first = np.unique(user[order] * _SHIFT + sent[order], return_index=True)
        return _Opens(keys, sent[order][first], delay[order][first], looks)

    def newest(self, user: Whole, hour: Whole) -> Whole:
        """The hour of the newest look before these hours; 0 if there is none."""
        start, end = np.searchsorted(self.looks, user * _SHIFT), np.searchsorted(self.looks, user * _SHIFT + hour)
        return _last(self.looks % _SHIFT, start, end)

    def counts(self, user: Whole, hour: Whole, histories: Histories) -> "_Looked":
        start, end = np.searchsorted(self.keys, user * _SHIFT), np.searchsorted(self.keys, user * _SHIFT + hour)
        row, place = _ranges(start, end)
        known = self.sent[place] + self.delay[place] < hour[row]
        row, place = row[known], place[known]
        opened = np.bincount(row, minlength=user.size).astype(np.int64)
        newer = np.cumsum(opened)[row] - np.arange(row.size)
        kept = newer <= MOST_OPENS
        sends = histories.sent_user * _SHIFT + histories.sent_hour
        sent = np.searchsorted(sends, user * _SHIFT + hour) - np.searchsorted(sends, user * _SHIFT)
        return _laid_out((row[kept], self.sent[place[kept]], self.delay[place[kept]]), opened, sent)


@dataclass(frozen=True, slots=True)
class _Eras:
    """What was done before each era in which a user did anything: by user, then by era."""

    keys: Whole
    older: NDArray[np.int64]
    """shape (eras, 24), in 64ths"""

    @staticmethod
    def of(histories: Histories, looks: Whole) -> "_Eras":
        mine = histories.user * _SHIFT + histories.hour // ERA
        keys = np.union1d(mine, looks // _SHIFT * _SHIFT + looks % _SHIFT // ERA)
        place = np.searchsorted(keys, mine)
        counts = np.bincount(place * 24 + histories.hour % 24, minlength=keys.size * 24).reshape(-1, 24) * WHOLE
        gaps = np.diff(keys, prepend=0)
        rank = np.arange(keys.size) - np.searchsorted(keys, keys // _SHIFT * _SHIFT)
        older = np.zeros((keys.size, 24), np.int64)
        order = np.argsort(rank, kind="stable")
        for rows in np.split(order, np.cumsum(np.bincount(rank)))[1:-1] if keys.size else []:
            gap = gaps[rows][:, None]
            older[rows] = _faded(older[rows - 1], gap) + _faded(counts[rows - 1], gap - 1)
        return _Eras(keys, older)

    def before(self, user: Whole, era: Whole) -> NDArray[np.float32]:
        if not self.keys.size:
            return np.zeros((user.size, 24), np.float32)
        place = np.minimum(np.searchsorted(self.keys, user * _SHIFT + era), self.keys.size - 1)
        is_known = self.keys[place] == user * _SHIFT + era
        return np.where(is_known[:, None], self.older[place] / WHOLE, 0).astype(np.float32)


@dataclass(frozen=True, slots=True)
class _Looked:
    opened: Whole
    rows: Whole
    opens: NDArray[np.uint8]
    first: Whole
    sent: Whole
    delay: Whole
    unopened: NDArray[np.float64]


def _laid_out(columns: tuple[Whole, Whole, Whole], opened: Whole, sent: Whole) -> _Looked:
    """Kept opens as (row, hour of the send, delay), by row; with how many were opened and sent, by row."""
    row, at, delay = columns
    rows, place = np.unique(row, return_inverse=True)
    kept = np.bincount(place, minlength=rows.size)
    slots = (at + delay + 72) % SLOTS
    opens = np.bincount(place * SLOTS + slots, minlength=rows.size * SLOTS).reshape(-1, SLOTS)
    unopened = np.maximum(0, sent - opened)[rows] * kept / np.maximum(1, opened[rows])
    first = np.concatenate([[0], np.cumsum(kept)]).astype(np.int64)
    return _Looked(opened, rows.astype(np.int64), opens.astype(np.uint8), first, (at + 72) % SLOTS, delay, unopened)


def _evidence(*, recent: NDArray[np.uint8], older: NDArray[np.float32], opens: _Looked) -> Evidence:
    return Evidence(
        recent=recent, older=older, opened=opens.opened, rows=opens.rows, opens=opens.opens, first=opens.first,
        sent=opens.sent, delay=opens.delay, unopened=opens.unopened,
    )  # fmt: skip


def _faded(counts: NDArray[np.int64], eras: NDArray[np.int64]) -> NDArray[np.int64]:
    """What is left of counts in 64ths after so many eras, as a memory rounds it."""
    left = counts
    for passed in range(min(int(eras.max(initial=0)), 40)):
        left = np.where(eras > passed, left * FADING >> 8, left)
    return left


def _last(hours: Whole, start: Whole, end: Whole) -> Whole:
    """The last hour of each range; 0 of an empty one."""
    if not hours.size:
        return np.zeros_like(start)
    return np.where(end > start, hours[np.maximum(end, 1) - 1], 0)


def _ranges(start: Whole, end: Whole) -> tuple[Whole, Whole]:
    """All places of these ranges, each with the number of its range."""
    length = end - start
    row = np.repeat(np.arange(start.size), length)
    place = np.arange(row.size) + np.repeat(start - (np.cumsum(length) - length), length)
    return row, place


def _counts(hours: Whole, start: Whole, end: Whole) -> NDArray[np.uint8]:
    """How many hours of each range lie in each slot of the week."""
    found = np.zeros((start.size, SLOTS), np.uint8)
    place = (hours + 72) % SLOTS
    bounds = np.searchsorted(np.cumsum(end - start), np.arange(0, int((end - start).sum()) + _TOGETHER, _TOGETHER))
    for low, high in zip(bounds, [*bounds[1:], start.size], strict=True):
        row, each = _ranges(start[low:high], end[low:high])
        part = np.bincount(row * SLOTS + place[each], minlength=(high - low) * SLOTS)
        found[low:high] = part.reshape(-1, SLOTS)
    return found
