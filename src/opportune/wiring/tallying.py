"""Sums by journey, channel and hour, as the host goes on with them; the store keeps the same."""

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from msgspec import Struct

from opportune.sending.tally import Stopped, Tallied, Tally, Unwelcome
from opportune.units import HOUR, Instant, Millis

Lane: TypeAlias = tuple[str, str]
"""A journey and a channel."""
MOST_STOPPED: Final = 200_000
"""Decisions of which is remembered that they were complained about; beyond it the oldest may be counted again."""


class Sums(Struct):
    """Messages that were accepted, and what came of them."""

    sends: int = 0
    complaints: int = 0
    unsubscribes: int = 0

    def of(self, what: Unwelcome) -> int:
        """How many ended so."""
        return self.complaints if what == "complaints" else self.unsubscribes

    def add(self, more: "Sums | Tally") -> None:
        """These as well."""
        self.sends += more.sends
        self.complaints += more.complaints
        self.unsubscribes += more.unsubscribes


class Tallying:
    """What is known of the hours that count, and since when each journey is counted."""

    def __init__(self, known: Tallied) -> None:
        self._hours: dict[Lane, dict[int, Sums]] = {}
        self._stopped = {(each.decision, each.what): each.hour for each in known.stopped}
        self._since = dict(known.anew)
        self._first = 0
        for tally in known.tallies:
            self.add(tally)

    def counts(self, journey: str, at: Instant) -> bool:
        """Whether a message that was accepted then counts."""
        return at >= self._since.get(journey, 0)

    def add(self, tally: Tally) -> None:
        """So many more."""
        self._hours.setdefault((tally.journey, tally.channel), {}).setdefault(tally.hour, Sums()).add(tally)

    def is_first(self, stop: Stopped) -> bool:
        """Whether this decision was not complained about, or unsubscribed from, before; from now on it was."""
        key = stop.decision, stop.what
        if key in self._stopped:
            return False
        self._stopped[key] = stop.hour
        return True

    def begin_anew(self, journey: str, at: Instant) -> None:
        """Only what was accepted from then on counts."""
        self._since[journey] = at
        for lane in [each for each in self._hours if each[0] == journey]:
            del self._hours[lane]

    def within(self, lane: Lane, now: Instant, span: Millis) -> Sums:
        """All of the hours that are not wholly before ``now - span``."""
        first, found = (now - span) // HOUR, Sums()
        for hour, sums in self._hours.get(lane, {}).items():
            if hour >= first:
                found.add(sums)
        return found

    def all_of(self, lane: Lane) -> Sums:
        """Whatever is kept of it."""
        return self.within(lane, 0, 0)

    def lanes(self) -> Iterator[Lane]:
        """What has been counted, by journey and channel."""
        return iter(sorted(self._hours))

    def forget(self, first: int) -> int | None:
        """What was accepted in an hour before this one goes, once an hour; returns the hour, if anything can go."""
        if first <= self._first and len(self._stopped) <= MOST_STOPPED:
            return None
        self._first = first
        for lane, hours in list(self._hours.items()):
            self._hours[lane] = {hour: sums for hour, sums in hours.items() if hour >= first}
            if not self._hours[lane]:
                del self._hours[lane]
        left = [each for each in self._stopped.items() if each[1] >= first]
        self._stopped = dict(left[-MOST_STOPPED:])
        return first


def together(tallies: Iterable[Tally]) -> tuple[Tally, ...]:
    """One for each journey, channel and hour, in order of these."""
    found: dict[tuple[str, str, int], Sums] = {}
    for each in tallies:
        found.setdefault((each.journey, each.channel, each.hour), Sums()).add(each)
    return tuple(Tally(*key, each.sends, each.complaints, each.unsubscribes) for key, each in sorted(found.items()))
