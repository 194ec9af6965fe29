"""Closed segments of event ids in the file: written once, read by halving, dropped when they are too old."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future

import apsw

from opportune.adapters.stores.ids import KnownIds, Segment
from opportune.adapters.stores.sieve import WIDTH, sieve_of
from opportune.adapters.stores.writer import Writer
from opportune.events.event import Event, Input, log_clock
from opportune.units import Instant, Millis


class LastingIds:
    """The known ids of a file: the newest rebuilt from the log's tail at start, the others in closed segments."""

    def __init__(self, read: apsw.Connection, writer: Writer, *, horizon: Millis, most_recent: int) -> None:
        self._writer = writer
        self._known = KnownIds(
            lambda segment, name: contains(read, segment, name), horizon=horizon, most_recent=most_recent
        )
        self._is_closing = False
        segments, self.closed_to = closed_segments(read)
        self._known.load(segments)

    def rebuild(self, tail: Iterable[Input]) -> None:
        """Learn the ids of the log after ``closed_to``."""
        for entry in tail:
            self._known.keep(ids_in([entry]), seq=entry.seq, now=log_clock(entry))

    def admit(self, event: Event) -> bool:
        """True the first time this event's id is seen; from then on it is taken."""
        return self._known.admit(event.id)

    def is_known(self, event_id: str) -> bool:
        """Whether an event with this id was seen; takes nothing."""
        return self._known.is_known(event_id)

    def settle(self, inputs: Sequence[Input], *, is_durable: bool) -> None:
        """These inputs are committed, or did not come to be."""
        if not is_durable:
            self._known.give_back(ids_in(inputs))
        elif inputs:
            now = log_clock(inputs[-1])
            self._known.keep(ids_in(inputs), seq=inputs[-1].seq, now=now)
            if not self._is_closing and self._known.is_due(now):
                self._is_closing = True
                future = self._writer.submit(lambda connection: close_recent(connection, self._known, now))
                future.add_done_callback(self._closed)

    def _closed(self, done: "Future[tuple[Segment, bytes]]") -> None:
        self._is_closing = False
        if not done.cancelled() and done.exception() is None:
            self._known.closed(*done.result())


def ids_in(inputs: Iterable[Input]) -> list[str]:
    """The ids of the events among these inputs."""
    return [entry.id for entry in inputs if isinstance(entry, Event)]


def contains(connection: apsw.Connection, segment: int, name: bytes) -> bool:
    """Whether the segment holds this id: some twenty reads of 16 bytes, by halving."""
    try:
        blob = connection.blob_open("main", "id_segments", "ids", segment, False)
    except apsw.SQLError:  # it was dropped in the meantime, being too old
        return False
    with blob:
        low, high = 0, blob.length() // WIDTH
        while low < high:
            middle = (low + high) // 2
            blob.seek(middle * WIDTH)
            found = blob.read(WIDTH)
            if found == name:
                return True
            low, high = (middle + 1, high) if found < name else (low, middle)
    return False


def close_recent(connection: apsw.Connection, known: KnownIds, now: Instant) -> tuple[Segment, bytes]:
    """Write the recent ids as a segment and drop what is too old; for ``KnownIds.closed`` once it is durable."""
    ids, seq_to = known.recent()
    sieve = sieve_of(ids)
    connection.executemany("DELETE FROM id_segments WHERE id = ?", [(old,) for old in known.drop_before(now)])
    connection.execute(
        "INSERT INTO id_segments (seq_to, until, sieve, ids) VALUES (?, ?, ?, ?)", (seq_to, now, sieve, ids)
    )
    segment = connection.last_insert_rowid()
    connection.execute("REPLACE INTO meta VALUES ('ids_closed_to', ?)", (str(seq_to),))
    return Segment(segment, now, sieve), ids


def closed_segments(connection: apsw.Connection) -> tuple[list[Segment], int]:
    """All segments, and the seq up to which the log's ids are in them, or too old to matter."""
    segments = [Segment(*row) for row in connection.execute("SELECT id, until, sieve FROM id_segments ORDER BY id")]
    closed_to = connection.execute("SELECT value FROM meta WHERE name = 'ids_closed_to'").get
    return segments, int(closed_to or 0)
