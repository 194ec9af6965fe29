"""Which event ids are known, in bounded memory: the newest as a set, older ones as closed segments on disk (R17).

A segment is one sorted blob of 16-byte hashes, read only where its sieve says "perhaps".
"""

from collections.abc import Callable, Iterable
from threading import Lock

from msgspec import Struct

from opportune.adapters.stores.sieve import WIDTH, is_perhaps_in
from opportune.draws import hash_of
from opportune.units import DAY, Instant, Millis


class Segment(Struct, frozen=True):
    """One closed segment; ``until`` is the newest arrival in it."""

    id: int
    until: Instant
    sieve: bytes


class KnownIds:
    """The ids of the last ``horizon`` at least; ``contains`` reads one closed segment on disk.

    At most ``most_recent`` ids are held in memory one by one; of the others two to four bytes each.
    """

    def __init__(self, contains: Callable[[int, bytes], bool], *, horizon: Millis, most_recent: int) -> None:
        self._contains = contains
        self._horizon = horizon
        self._most_recent = most_recent
        self._lock = Lock()
        self._taken: dict[str, bytes] = {}
        self._recent: set[bytes] = set()
        self._kept_to = 0
        self._since: Instant | None = None
        self._segments: list[Segment] = []

    def admit(self, event_id: str) -> bool:
        """True the first time this id is seen; from then on it is taken."""
        name = id_hash(event_id)
        with self._lock:
            if self._is_seen(event_id, name):
                return False
            self._taken[event_id] = name
            return True

    def is_known(self, event_id: str) -> bool:
        """Whether this id was seen; takes nothing."""
        with self._lock:
            return self._is_seen(event_id, id_hash(event_id))

    def give_back(self, event_ids: Iterable[str]) -> None:
        """These were not committed after all."""
        with self._lock:
            for event_id in event_ids:
                self._taken.pop(event_id, None)

    def keep(self, event_ids: Iterable[str], *, seq: int, now: Instant) -> None:
        """These are committed, and with them the whole log up to ``seq``."""
        with self._lock:
            for event_id in event_ids:
                self._recent.add(self._taken.pop(event_id, b"") or id_hash(event_id))
            self._kept_to = seq
            self._since = now if self._since is None else self._since

    def is_due(self, now: Instant) -> bool:
        """Whether the recent ids should be closed as a segment: their day is over, or there are too many."""
        with self._lock:
            is_over = self._since is not None and self._since // DAY != now // DAY
            return bool(self._recent) and (is_over or len(self._recent) >= self._most_recent)

    def recent(self) -> tuple[bytes, int]:
        """The recent ids as one sorted blob; all ids of the log up to this seq are in it or in closed segments."""
        with self._lock:
            return b"".join(sorted(self._recent)), self._kept_to

    def closed(self, segment: Segment, ids: bytes) -> None:
        """These ids are in this segment now, durably."""
        with self._lock:
            self._segments.append(segment)
            self._recent.difference_update(ids[at : at + WIDTH] for at in range(0, len(ids), WIDTH))
            self._since = segment.until if self._recent else None

    def drop_before(self, now: Instant) -> list[int]:
        """Forget the segments that nobody need know any more, and name them."""
        with self._lock:
            old = [segment.id for segment in self._segments if segment.until < now - self._horizon]
            self._segments = [segment for segment in self._segments if segment.id not in old]
            return old

    def load(self, segments: Iterable[Segment]) -> None:
        """The closed segments, at start."""
        self._segments = list(segments)

    def _is_seen(self, event_id: str, name: bytes) -> bool:
        return event_id in self._taken or name in self._recent or self._is_in_segments(name)

    def _is_in_segments(self, name: bytes) -> bool:
        return any(is_perhaps_in(each.sieve, name) and self._contains(each.id, name) for each in self._segments)


def id_hash(event_id: str) -> bytes:
    """Sixteen bytes that stand for an event's id."""
    return hash_of("id", event_id)
