"""The known ids of a file: the newest rebuilt from the log's tail at start, the others in closed segments."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Future
from functools import partial

import apsw

from opportune.adapters.stores.id_segments import closed, merged, renewed, sieve_of
from opportune.adapters.stores.ids import KnownIds
from opportune.adapters.stores.merging import to_merge
from opportune.adapters.stores.pages import Segment, any_holds, swept, whole_segments
from opportune.adapters.stores.sieve import Sieve
from opportune.adapters.stores.slices import Slices
from opportune.events.event import Event, Input, log_clock, newest_clock
from opportune.units import Millis


class LastingIds:
    """Asked by whoever takes events in; closed and merged by the thread that writes, between commits."""

    def __init__(self, read: apsw.Connection, slices: Slices, *, horizon: Millis, most_recent: int) -> None:
        self._slices = slices
        segments = whole_segments(read, "ids")
        self.closed_to = max((segment.seq_to for segment in segments), default=0)
        self._known = KnownIds(
            partial(any_holds, read),
            sieve_of(read, segments),
            segments,
            horizon=horizon,
            most_recent=most_recent,
        )
        self._is_merging = self._is_renewing = False

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

    @property
    def sieve(self) -> Sieve:
        """What is in memory for all closed segments."""
        return self._known.sieve

    @property
    def segments(self) -> list[Segment]:
        """The closed segments."""
        return self._known.segments

    def settle(self, inputs: Sequence[Input], *, is_durable: bool) -> None:
        """These inputs are committed, or did not come to be."""
        if not is_durable:
            self._known.give_back(ids_in(inputs))
        elif inputs:
            now = newest_clock(inputs)
            self._known.keep(ids_in(inputs), seq=inputs[-1].seq, now=now)
            planned = self._known.to_close(now)
            if planned is not None:
                old = self._known.drop_before(now)
                work = partial(closed, known=self._known, planned=planned, old=old)
                self._slices.add(work, is_urgent=True).add_done_callback(self._after_closing)

    def _after_closing(self, done: "Future[Segment]") -> None:
        if done.exception() is not None:
            self._known.not_closed()
        else:
            self._known.closed(done.result())
            self._renew()
            self._merge()

    def _merge(self) -> None:
        """One merge after the other, each once the one before is durable."""
        sources = [] if self._is_merging else to_merge(self._known.segments, "ids")
        if sources:
            self._is_merging = True
            work = partial(merged, sources=sources)
            self._slices.add(work).add_done_callback(partial(self._after_merging, sources))

    def _after_merging(self, sources: Sequence[Segment], done: "Future[Segment]") -> None:
        self._is_merging = False
        if done.exception() is None:
            self._known.merged(sources, done.result())
            self._slices.add(swept)
            self._merge()

    def _renew(self) -> None:
        """The parts of the sieve in which there is no more room are made anew."""
        full = [] if self._is_renewing else self.sieve.full
        if full:
            self._is_renewing = True
            work = partial(renewed, sieve=self.sieve, parts=full)
            self._slices.add(work).add_done_callback(self._after_renewing)

    def _after_renewing(self, done: "Future[None]") -> None:
        self._is_renewing = False


def seq_before(connection: apsw.Connection, horizon: Millis) -> int:
    """The place in the log up to which all came more than the horizon before the newest entry; 0 if nothing did."""
    last = connection.execute("SELECT now FROM log ORDER BY seq_from DESC LIMIT 1").get or 0
    return connection.execute("SELECT max(seq_to) FROM log WHERE now < ?", (last - horizon,)).get or 0


def ids_in(inputs: Iterable[Input]) -> list[str]:
    """The ids of the events among these inputs."""
    return [entry.id for entry in inputs if isinstance(entry, Event)]
