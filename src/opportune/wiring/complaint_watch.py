"""Counts what came of each journey's messages, with every commit, and says when a journey has to be paused.

A message counts in the hour in which it was accepted, and so does the complaint or unsubscribe about it, whenever that
comes: the rate is a share of the messages of one span. What is counted is in the same commit as what it was counted
from, so a restart goes on where the engine stopped.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from msgspec import Struct

from opportune.events import names
from opportune.events.event import Event, Input, Published
from opportune.features.evolve import decoded
from opportune.playbook.watching import Watching, lower_end
from opportune.policies.decision import Ending
from opportune.ports import Store
from opportune.sending.tally import Stopped, Tallied, Tally, Unwelcome
from opportune.units import HOUR, ONE, Instant, Micros, Millis, in_words
from opportune.wiring.shard import Shard, Turn

MOST_STOPPED: Final = 200_000
"""Decisions of which is remembered that they were complained about; beyond it a second complaint of the oldest counts."""
_COMPLAINED: Final = "complained"
_log: Final = logging.getLogger("opportune.watch")
Lane: TypeAlias = tuple[str, str]
"""A journey and a channel."""
_About: TypeAlias = tuple[Lane, str, Instant]
"""Whose message it was, by which decision, and when it was accepted."""


class Breach(Struct, frozen=True):
    """A journey has more of these, on one channel, than its playbook allows."""

    journey: str
    channel: str
    what: Unwelcome
    count: int
    sends: int
    limit: Micros
    within: Millis

    def __str__(self) -> str:
        """What is so, for a log and for an operator."""
        surely = lower_end(self.count, self.sends)
        return (
            f"journey {self.journey!r} has {self.count:,} {self.what} of {self.sends:,} messages on {self.channel} "
            f"within {in_words(self.within)}: surely above {surely:.2%}, where the playbook allows "
            f"{self.limit / ONE:.2%}"
        )


class ComplaintWatch:
    """Sums by journey, channel and hour; ``counted`` must see every batch, in order, before it is committed."""

    def __init__(self, store: Store, shard: Shard, terms: Callable[[], Watching], *, paused: Iterable[str] = ()) -> None:
        """``terms`` are those of the playbook in force, ``paused`` the journeys that are paused at the start."""
        known = store.tallied()
        self._store = store
        self._shard = shard
        self._terms = terms
        self._paused = set(paused)
        self._since = dict(known.anew)
        self._sums: dict[Lane, dict[int, list[int]]] = {}
        self._stopped = {(each.decision, each.what): each.hour for each in known.stopped}
        self._forgotten = 0
        self.breaches: dict[str, Breach] = {}
        """The first that was found of each journey, since it was last counted anew."""
        for tally in known.tallies:
            self._add(tally)

    def counted(self, inputs: Sequence[Input], turn: Turn, now: Instant) -> Tallied:
        """What this batch adds; what it makes too much stands in ``breaches`` from now on."""
        anew = [(name, entry.now) for entry in inputs if isinstance(entry, Published) for name in self._resumed(entry)]
        accepted = {each.decision: each for each in turn.endings if each.outcome in ("sent", "unknown")}
        stopped = list(self._stops(inputs, accepted))
        tallies = _together([*self._sends(accepted), *(tally for tally, _ in stopped)])
        for tally in tallies:
            self._add(tally)
        self._look({(tally.journey, tally.channel) for tally, _ in stopped}, now)
        forget = self._forget(now)
        return Tallied(tuple(tallies), tuple(stop for _, stop in stopped), tuple(anew), forget)

    def look(self, now: Instant) -> None:
        """Everything again, as at a start: what was found before a crash may not have been acted on."""
        self._look(self._sums, now)

    def sums(self, lane: Lane, now: Instant) -> tuple[int, int, int]:
        """Sends, complaints and unsubscribes of the hours that count."""
        first = (now - self._terms().within) // HOUR
        counted = [sums for hour, sums in self._sums.get(lane, {}).items() if hour >= first]
        return tuple(map(sum, zip(*counted, strict=True))) if counted else (0, 0, 0)  # type: ignore[return-value]

    @property
    def lanes(self) -> list[Lane]:
        """What has been counted, by journey and channel."""
        return sorted(self._sums)

    def _resumed(self, published: Published) -> list[str]:
        """The journeys that are paused no more: they are counted anew."""
        after = set(published.paused)
        resumed = sorted(self._paused - after)
        self._paused = after
        for name in resumed:
            self._since[name] = published.now
            self.breaches.pop(name, None)
            for lane in [each for each in self._sums if each[0] == name]:
                del self._sums[lane]
        return resumed

    def _sends(self, accepted: Mapping[str, Ending]) -> Iterator[Tally]:
        for ending in accepted.values():
            if ending.journey and ending.at >= self._since.get(ending.journey, 0):
                yield Tally(ending.journey, ending.channel, ending.at // HOUR, 1)

    def _stops(self, inputs: Sequence[Input], accepted: Mapping[str, Ending]) -> Iterator[tuple[Tally, Stopped]]:
        for event in inputs:
            if not isinstance(event, Event) or event.name not in _STOPS or event.is_history:
                continue
            properties = decoded(event.properties)
            what = _what(event.name, properties)
            about = None if what is None else self._about(event, properties, accepted)
            if what is None or about is None:
                continue
            (journey, channel), decision, at = about
            if at < self._since.get(journey, 0) or (decision, what) in self._stopped:
                continue
            self._stopped[decision, what] = at // HOUR
            is_complaint = what == "complaints"
            tally = Tally(journey, channel, at // HOUR, 0, int(is_complaint), int(not is_complaint))
            yield tally, Stopped(decision, what, at // HOUR)

    def _about(
        self, event: Event, properties: Mapping[str, object], accepted: Mapping[str, Ending]
    ) -> _About | None:
        """The message that the event is about; None if none of ours was accepted."""
        named = properties.get("decision")
        if not isinstance(named, str):
            channel = properties.get("channel")
            named = self._newest(event.user, channel if isinstance(channel, str) else "email")
        ending = accepted.get(named) or self._store.ending(named)
        decision = self._store.decision(named)
        if ending is None or decision is None or decision.chosen is None or ending.outcome not in ("sent", "unknown"):
            return None
        if self._shard.heir(decision.user) != self._shard.heir(event.user):
            return None
        return (decision.journey, decision.chosen.channel), named, ending.at

    def _newest(self, user: str, channel: str) -> str:
        """The decision of the newest message that reached the user there; empty if it is another system's, or none."""
        if event_names_nobody(channel):
            return ""
        sent = [each for each in self._shard.memory(self._shard.heir(user)).ledger.sent if each.channel == channel]
        return sent[-1].id if sent else ""

    def _look(self, lanes: Iterable[Lane], now: Instant) -> None:
        terms = self._terms()
        for lane in sorted(lanes):
            sends, complaints, unsubscribes = self.sums(lane, now)
            counts: dict[Unwelcome, int] = {"complaints": complaints, "unsubscribes": unsubscribes}
            for what, count in counts.items():
                journey, channel = lane
                if journey not in self.breaches and journey not in self._paused:
                    if terms.is_too_much(what, count, sends):
                        limit = terms.limit(what)
                        self.breaches[journey] = Breach(journey, channel, what, count, sends, limit, terms.within)

    def _add(self, tally: Tally) -> None:
        sums = self._sums.setdefault((tally.journey, tally.channel), {}).setdefault(tally.hour, [0, 0, 0])
        for place, more in enumerate((tally.sends, tally.complaints, tally.unsubscribes)):
            sums[place] += more

    def _forget(self, now: Instant) -> int | None:
        """Once an hour what counts no longer goes; returns the first hour that stays."""
        first = (now - self._terms().within) // HOUR
        if first <= self._forgotten and len(self._stopped) <= MOST_STOPPED:
            return None
        self._forgotten = first
        for lane, hours in list(self._sums.items()):
            self._sums[lane] = {hour: sums for hour, sums in hours.items() if hour >= first}
            if not self._sums[lane]:
                del self._sums[lane]
        kept = [each for each in self._stopped.items() if each[1] >= first]
        self._stopped = dict(kept[-MOST_STOPPED:])
        return first
