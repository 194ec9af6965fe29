"""Counts what came of each journey's messages, with every commit, and says when a journey has to be paused.

A message counts in the hour in which it was accepted, and so does the complaint or unsubscribe about it, whenever that
comes: a rate is a share of the messages of one span. What is counted is in the same commit as what it was counted
from, so that a restart goes on where the engine stopped.
"""

import logging
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Final

from msgspec import Struct

from opportune.events.event import Event, Input, Published
from opportune.events.names import CONSENT_WITHDRAWN, EMAIL_COMPLAINED, SUPPRESSED, UNSUBSCRIBED
from opportune.features.evolve import decoded
from opportune.playbook.watching import Watching, lower_end
from opportune.policies.decision import Ending
from opportune.ports import Clock, Store
from opportune.sending.tally import Stopped, Tallied, Tally, Unwelcome
from opportune.units import HOUR, ONE, Instant, Micros, Millis, in_words
from opportune.wiring.embedded import Host
from opportune.wiring.metrics import Sample
from opportune.wiring.publications import Publications
from opportune.wiring.shard import Shard, Turn
from opportune.wiring.tallying import Lane, Tallying, together

COMPLAINED: Final = "complained"
"""The reason of a suppression that a provider told of."""
WHATS: Final[tuple[Unwelcome, ...]] = ("complaints", "unsubscribes")
_STOPS: Final = frozenset({EMAIL_COMPLAINED, SUPPRESSED, UNSUBSCRIBED, CONSENT_WITHDRAWN})
_log: Final = logging.getLogger("opportune.watch")


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
        surely = lower_end(self.count, self.sends)
        return (
            f"journey {self.journey!r}: {self.count:,} {self.what} of {self.sends:,} messages on {self.channel} within "
            f"{in_words(self.within)}, surely more than {surely:.2%}; 'watch' allows {self.limit / ONE:.2%}"
        )


class ComplaintWatch:
    """``counted`` must see every batch, in order, right before its commit; ``act`` after it is durable."""

    def __init__(self, store: Store, shard: Shard, terms: Callable[[], Watching]) -> None:
        """``terms`` are those of the playbook in force."""
        self.pause: Callable[[Sequence[Breach]], None] = lambda breaches: None
        """Told of journeys that must be paused, each once until it is resumed; the log will say that they are."""
        self.pauses: dict[tuple[str, Unwelcome], int] = {}
        """How often each journey was paused since the start, and for what."""
        self._store = store
        self._shard = shard
        self._terms = terms
        self._tallying = Tallying(store.tallied())
        published = store.published()
        self._paused = set(published[-1].paused) if published else set[str]()
        self._breaches: dict[str, Breach] = {}
        self._told: set[str] = set()
        self._is_new = True

    def counted(self, inputs: Sequence[Input], turn: Turn, now: Instant) -> Tallied:
        """What this batch adds."""
        anew = tuple((name, each.now) for each in inputs if isinstance(each, Published) for name in self._resumed(each))
        first = (now - self._terms().within) // HOUR
        accepted = {each.decision: each for each in turn.endings if self._counts(each, first)}
        stopped = [each for each in self._stopped(inputs, accepted, first) if self._tallying.is_first(each[1])]
        sends = [Tally(each.journey, each.channel, each.at // HOUR, 1) for each in accepted.values()]
        tallies = together([*sends, *(tally for tally, _ in stopped)])
        for tally in tallies:
            self._tallying.add(tally)
        self._look({(tally.journey, tally.channel) for tally, _ in stopped}, now)
        return Tallied(tallies, tuple(stop for _, stop in stopped), anew, self._tallying.forget(first))

    def act(self, now: Instant) -> None:
        """Has those paused that have too many; at first everything is looked at, for a crash may have come between."""
        if self._is_new:
            self._is_new = False
            self._look(self._tallying.lanes(), now)
        breaches = [each for name, each in sorted(self._breaches.items()) if name not in self._told]
        for breach in breaches:
            _log.warning("%s: the journey is paused until somebody resumes it", breach)
            self._told.add(breach.journey)
            key = breach.journey, breach.what
            self.pauses[key] = self.pauses.get(key, 0) + 1
        if breaches:
            self.pause(breaches)

    def samples(self, now: Instant) -> Iterator[Sample]:
        """The figures of the span that counts, and of what was paused."""
        for lane in self._tallying.lanes():
            sums = self._tallying.within(lane, now, self._terms().within)
            yield "opportune_watched_messages", lane, sums.sends
            for what in WHATS:
                yield "opportune_watched_stops", (*lane, what), sums.of(what)
        for (journey, what), count in sorted(self.pauses.items()):
            yield "opportune_watch_pauses_total", (journey, what), count

    def _resumed(self, published: Published) -> list[str]:
        """The journeys that are paused no more: they are counted anew."""
        after = set(published.paused)
        resumed = sorted(self._paused - after)
        for name in resumed:
            self._tallying.begin_anew(name, published.now)
            self._breaches.pop(name, None)
            self._told.discard(name)
        self._paused = after
        return resumed

    def _counts(self, ending: Ending, first: int) -> bool:
        """Whether a message of ours went out so, in an hour that counts."""
        is_out = bool(ending.journey) and ending.outcome in ("sent", "unknown")
        return is_out and ending.at // HOUR >= first and self._tallying.counts(ending.journey, ending.at)

    def _stopped(
        self, inputs: Sequence[Input], accepted: Mapping[str, Ending], first: int
    ) -> Iterator[tuple[Tally, Stopped]]:
        """What these say of messages that count, in their order."""
        for event in inputs:
            if not isinstance(event, Event) or event.name not in _STOPS or event.is_history:
                continue
            properties = decoded(event.properties)
            what, user = _what(event.name, properties), self._shard.heir(event.user)
            if what is None:
                continue
            decision = self._meant(user, properties)
            ending = accepted.get(decision) or self._store.ending(decision)
            if ending is not None and self._counts(ending, first) and self._shard.heir(ending.user) == user:
                hour, counts = ending.at // HOUR, (1, 0) if what == "complaints" else (0, 1)
                yield Tally(ending.journey, ending.channel, hour, 0, *counts), Stopped(decision, what, hour)

    def _meant(self, user: str, said: Mapping[str, object]) -> str:
        """The decision that is named, or that of the newest message to the user on that channel; empty if none."""
        named, channel = said.get("decision"), said.get("channel")
        if isinstance(named, str):
            return named
        sent = self._shard.memory(user).ledger.sent
        on = [each for each in sent if each.channel == (channel if isinstance(channel, str) else "email")]
        return on[-1].id if on else ""

    def _look(self, lanes: Iterable[Lane], now: Instant) -> None:
        terms = self._terms()
        for journey, channel in sorted(lanes):
            sums = self._tallying.within((journey, channel), now, terms.within)
            for what in WHATS:
                if journey not in self._paused and terms.is_too_much(what, sums.of(what), sums.sends):
                    told = (sums.of(what), sums.sends, terms.limit(what), terms.within)
                    self._breaches.setdefault(journey, Breach(journey, channel, what, *told))


def watch_over(host: Host, publications: Publications, clock: Clock) -> ComplaintWatch:
    """Has the host's commits counted by a watch on the terms of the playbook in force."""
    shard = host.shard
    watch = ComplaintWatch(host.store, shard, lambda: publications.playbook(shard.playbook.hash).watch)
    host.tally = watch.counted
    host.watchers.append(lambda inputs, turn: watch.act(clock.now()))
    return watch


def _what(event: str, properties: Mapping[str, object]) -> Unwelcome | None:
    """What the event says of a message: a withdrawal that names none may be about all of them, or about a setting."""
    if event == EMAIL_COMPLAINED or (event == SUPPRESSED and properties.get("reason") == COMPLAINED):
        return "complaints"
    if event == UNSUBSCRIBED or (event == CONSENT_WITHDRAWN and isinstance(properties.get("decision"), str)):
        return "unsubscribes"
    return None
