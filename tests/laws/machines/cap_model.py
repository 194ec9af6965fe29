"""What a cap allows, by looking at every window and every day: the model that the real caps are held against.

Nothing here is clever: a rule is asked at each instant at which its answer can change at all.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from whenever import Date, PlainDateTime, reset_tzpath
from whenever import Instant as Moment

from opportune.units import Instant, Millis

reset_tzpath([])  # the pinned rules only
NOTICEABLE = ("email", "push", "in_app")


@dataclass(frozen=True)
class Thing:
    """A message that reached the user, or may: at some instant from ``first`` to ``last``."""

    name: str
    first: Instant
    last: Instant
    channel: str
    topic: str = "news"
    counts: bool = True
    is_planned: bool = False
    """Marketing that was not handed over yet."""
    is_noticed: bool | None = None
    """None: it has not gone out, as far as is known."""

    def out(self, at: Instant) -> "Thing":
        """The same once it is known that it went out then."""
        return replace(self, first=at, last=at, is_planned=False, is_noticed=False)


@dataclass(frozen=True)
class Limit:
    """At most ``most`` within a span, a ``day`` or a ``week``."""

    code: str
    most: int
    within: Millis | str
    channels: tuple[str, ...] = ()
    topics: tuple[str, ...] = ()
    counts_all: bool = False
    ignored: int | None = None

    def concerns(self, thing: Thing) -> bool:
        """Whether this is one of those it counts."""
        return (
            (thing.counts or self.counts_all)
            and (not self.channels or thing.channel in self.channels)
            and (not self.topics or thing.topic in self.topics)
        )

    def passes(self, things: Sequence[Thing], at: Instant, zone: str) -> bool:
        """Whether one more at this instant is not one too many."""
        held = [each for each in things if self.concerns(each)]
        if isinstance(self.within, str):
            start, end = bucket(at, zone, self.within)
            return sum(each.last >= start and each.first < end for each in held) < self.most
        return is_roomy(held, at, self.most, self.within) and not self.is_tired(held, at)

    def is_tired(self, held: Sequence[Thing], at: Instant) -> bool:
        """Whether the newest few were all left unnoticed."""
        if self.ignored is None or isinstance(self.within, str):
            return False
        seen = [
            each
            for each in held
            if each.is_noticed is not None and each.channel in NOTICEABLE and at - self.within < each.last <= at
        ]
        newest = sorted(seen, key=lambda each: (each.last, each.name))[-self.ignored :]
        return len(newest) == self.ignored and not any(each.is_noticed for each in newest)

    def changes(self, things: Sequence[Thing], at: Instant, zone: str) -> list[Instant]:
        """All later instants, sorted, at which its answer might be another than just before."""
        found = set[Instant]()
        if isinstance(self.within, str):
            end = at
            while end <= max([at, *(each.last for each in things)]):
                end = bucket(end, zone, self.within)[1]
                found.add(end)
        else:
            for each in things:
                found |= {each.first - self.within + 1, each.last + self.within, each.last}
        return sorted(each for each in found if each > at)

    def opens(self, things: Sequence[Thing], at: Instant, zone: str) -> Instant | None:
        """The first later instant at which one more is not one too many; None if it never is."""
        return next((each for each in self.changes(things, at, zone) if self.passes(things, each, zone)), None)

    def closes(self, things: Sequence[Thing], at: Instant, zone: str) -> Instant | None:
        """The first later instant at which one more is one too many; None if it never is."""
        return next((each for each in self.changes(things, at, zone) if not self.passes(things, each, zone)), None)

    def overfull(self, things: Sequence[Thing], zone: str) -> list[list[Thing]]:
        """The windows, each as what may lie in it together, that may hold more than so many."""
        held = [each for each in things if self.concerns(each)]
        if isinstance(self.within, str):
            windows = [bucket(each.last, zone, self.within) for each in held]
        else:
            windows = [(each.last, each.last + self.within) for each in held]
        full = [[each for each in held if each.last >= start and each.first < end] for start, end in windows]
        return [each for each in full if len(each) > self.most]


def is_roomy(held: Sequence[Thing], at: Instant, most: int, span: Millis) -> bool:
    """Whether no window of the span that ends at any instant, and has this one in it, may hold so many others.

    The windows are (end - span, end]; what may lie in them becomes more only where one reaches somebody's first.
    """
    ends = [at, *(each.first for each in held if at <= each.first < at + span), at + span - 1]
    return all(sum(each.last > end - span and each.first <= end for each in held) < most for end in ends)


@lru_cache(maxsize=100_000)
def bucket(at: Instant, zone: str, within: str) -> tuple[Instant, Instant]:
    """The day or week of the user's clock around this instant, [start, end)."""
    date = Moment.from_timestamp(at, unit="millisecond").to_tz(zone).date()
    days = 1
    if within == "week":
        date, days = date.subtract(days=date.day_of_week().value - 1), 7
    return _midnight(date, zone), _midnight(date.add(days=days), zone)


def _midnight(date: Date, zone: str) -> Instant:
    """The first instant of the date; of a midnight that is left out the first after the gap."""
    return PlainDateTime(date.year, date.month, date.day).assume_tz(zone).timestamp(unit="millisecond")
