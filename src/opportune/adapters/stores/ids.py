"""Which event ids are known, in bounded memory: the newest as sets, older ones as closed segments on disk (R17)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from threading import Lock
from typing import TypeAlias

from opportune.adapters.stores.codec import id_hash
from opportune.adapters.stores.pages import Segment
from opportune.adapters.stores.sieve import PARTS, Sieve, parted
from opportune.units import DAY, Instant, Millis

Contains: TypeAlias = Callable[[Sequence[Segment], bytes], bool]


class KnownIds:
    """The ids of the last ``horizon`` at least; ``contains`` reads the closed segments on disk.

    About ``most_recent`` ids are held in memory one by one, kept apart by their first byte: no set is so large that it
    takes long to grow or to sort. Of the others ``sieve`` holds two or three bytes each.
    """

    def __init__(
        self, contains: Contains, sieve: Sieve, segments: Iterable[Segment], *, horizon: Millis, most_recent: int
    ) -> None:
        """``segments`` are the closed ones, whose ids the sieve holds."""
        self.sieve = sieve
        self._contains = contains
        self.segments = list(segments)
        self._horizon = horizon
        self._most_recent = most_recent
        self._lock = Lock()
        self._taken: dict[str, bytes] = {}
        self._recent: list[set[bytes]] = [set() for _ in range(PARTS)]
        self._count = 0
        self._closing: list[set[bytes]] = [set() for _ in range(PARTS)]
        self._is_closing = False
        self._kept_to = 0
        self._since: Instant | None = None
        self._until: Instant = 0

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
                name = self._taken.pop(event_id, b"") or id_hash(event_id)
                self._recent[name[0]].add(name)
                self._count += 1
            self._kept_to, self._until = seq, now
            self._since = now if self._since is None else self._since

    def to_close(self, now: Instant) -> Segment | None:
        """The segment that the recent ids should become: their day is over, or there are too many; None: not yet.

        They stay known, and nothing else is closed, until ``closed`` or ``not_closed``.
        """
        with self._lock:
            is_over = self._since is not None and self._since // DAY != now // DAY
            if self._is_closing or not self._count or (not is_over and self._count < self._most_recent):
                return None
            self._is_closing = True
            self._closing, self._recent = self._recent, self._closing
            count, self._count, self._since = self._count, 0, None
            return Segment(0, 0, 0, count, self._kept_to, self._until)

    def closing(self, bits: int) -> Iterator[list[bytes]]:
        """What is being closed, sorted, a part at a time; ids with the same first bits come in one part."""
        return parted(self._closing, bits)

    def closed(self, segment: Segment) -> None:
        """What was to be closed is in this segment now, durably, and in the sieve."""
        with self._lock:
            self.segments = [*self.segments, segment]
            self._closing, self._is_closing = [set() for _ in range(PARTS)], False

    def not_closed(self) -> None:
        """It is in no segment: it is recent as before."""
        with self._lock:
            for recent, part in zip(self._recent, self._closing, strict=True):
                self._count += len(part)
                recent |= part
            self._since = self._until if self._since is None else self._since
            self._closing, self._is_closing = [set() for _ in range(PARTS)], False

    def merged(self, sources: Sequence[Segment], segment: Segment) -> None:
        """All these are this one now, durably."""
        with self._lock:
            self.segments = [segment, *(each for each in self.segments if each not in sources)]

    def drop_before(self, now: Instant) -> list[Segment]:
        """Forget the segments that nobody need know any more, and name them; the sieve may still say "perhaps"."""
        with self._lock:
            old = [segment for segment in self.segments if segment.until < now - self._horizon]
            self.segments = [each for each in self.segments if each not in old]
            return old

    def _is_seen(self, event_id: str, name: bytes) -> bool:
        part = name[0]
        if event_id in self._taken or name in self._recent[part] or name in self._closing[part]:
            return True
        return self.sieve.is_perhaps_in(name) and self._contains(self.segments, name)
