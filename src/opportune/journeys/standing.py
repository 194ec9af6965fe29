"""Triggers whose instant is known before it comes: schedules, dates and broadcasts, armed once for every user."""

from datetime import MAXYEAR, date, timedelta

from msgspec import Struct

from opportune.draws import draw
from opportune.errors import EventError
from opportune.events.instants import instant_of
from opportune.features.local_time import WallTime, Zone, local, next_local, resolve
from opportune.features.traits import trait_at
from opportune.journeys.armed import standing
from opportune.journeys.dated import instant_named, is_day
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plan, Plans
from opportune.journeys.run import Armed
from opportune.journeys.terms import Terms
from opportune.journeys.trigger import Broadcast, DateTrait, Schedule
from opportune.journeys.waiting import zone_of
from opportune.units import DAY, HOUR, MINUTE, ONE, Instant, Millis, Scalar

_EPOCH = date(1970, 1, 1)
_FARTHEST: Millis = 26 * HOUR
"""Between the first and the last clock of the world."""


def arm_standing(plans: Plans, memory: Memory, now: Instant, terms: Terms, *, keeps: bool = False) -> None:
    """Each such journey waits for its first instant after ``now``, or for none.

    ``keeps``: what was armed and, by another clock, has passed already, is due now.
    """
    for plan in plans.standing:
        kind = plans.armed_by[plan.journey.name]
        armed = standing(memory, plan.journey.name, kind)
        if armed is None:
            armed = Armed(plan.journey.name, "", 0, now, None, kind=kind)
            memory.armed.append(armed)
        (_arm_again if keeps else arm_next)(plan, memory, armed, now, terms)


def arm_next(plan: Plan, memory: Memory, armed: Armed, now: Instant, terms: Terms) -> None:
    """The first instant after ``now`` that has not fired; what is armed for no instant stays known by what has."""
    place, due = _Here(plan, memory, now, terms, armed.fired).next(now)
    armed.place, armed.due = place, None if due is not None and due <= now else due


def _arm_again(plan: Plan, memory: Memory, armed: Armed, now: Instant, terms: Terms) -> None:
    """The same, but a date or a broadcast that was to come, and by the clock of now has passed, is due now."""
    if armed.due is not None and not isinstance(plan.start.trigger, Schedule):
        place, due = _Here(plan, memory, now, terms, armed.fired).next(now - _FARTHEST)
        if due is not None and due <= now and place == armed.place:
            armed.due = now
            return
    arm_next(plan, memory, armed, now, terms)


class _Here(Struct, frozen=True, gc=False):
    """One journey's trigger, for a user whose clock and traits are those known now."""

    plan: Plan
    memory: Memory
    now: Instant
    terms: Terms
    fired: int

    @property
    def zone(self) -> Zone:
        return zone_of(self.memory, self.now, self.terms)

    def next(self, after: Instant) -> tuple[int, Instant | None]:
        """The next place that has not fired and its instant; of what comes but once also one before ``after``.

        0 and None if there is none.
        """
        match self.plan.start.trigger:
            case Schedule() as schedule:
                return self._scheduled(schedule, after)
            case DateTrait() as dated:
                named = trait_at(self.memory.profile, dated.trait, self.now)
                return self._yearly(dated, named, after) if dated.is_yearly else self._dated(dated, named)
            case broadcast:
                assert isinstance(broadcast, Broadcast)
                return self._broadcast(broadcast)

    def _scheduled(self, schedule: Schedule, after: Instant) -> tuple[int, Instant]:
        """Once on each day of the calendar, whichever zone's: who flies west has had it on that day."""
        zone, at = self.zone, after
        while True:
            at = next_local(zone, at + 1, schedule.at.minutes, schedule.weekdays)
            day = local(zone, at)[0]
            if day > self.fired:
                return day, at

    def _dated(self, dated: DateTrait, named: Scalar) -> tuple[int, Instant | None]:
        due = instant_named(named, self.zone, offset=dated.offset, at=dated.at)
        if due is None or named is None:
            return 0, None
        place = instant_of(named, dated.trait) // MINUTE
        return (0, None) if place == self.fired else (place, due)

    def _yearly(self, dated: DateTrait, named: Scalar, after: Instant) -> tuple[int, Instant | None]:
        """The same day of each year from that of the trait on; 29 February is the 28th in years that have none."""
        zone = self.zone
        first = _day_of(named, zone)
        if first is None:
            return 0, None
        born, minutes = first
        this = (_EPOCH + timedelta(days=(after - dated.offset) // DAY)).year
        for year in range(max(born.year, self.fired + 1, this - 1), min(this + 3, MAXYEAR)):
            day = _in_year(born, year).isoformat()
            due = instant_named(day, zone, offset=dated.offset, at=dated.at or WallTime(minutes))
            if due is not None and due > after:
                return year, due
        return 0, None

    def _broadcast(self, broadcast: Broadcast) -> tuple[int, Instant | None]:
        place = broadcast.at // MINUTE
        if place == self.fired:
            return 0, None
        drawn = draw(self.terms.salt, "broadcast", self.plan.journey.name, self.memory.bucket)
        at = broadcast.at
        if broadcast.is_local:
            at = resolve(self.zone, at // DAY, at % DAY // MINUTE)
        return place, at + drawn * broadcast.over // ONE


def _day_of(named: Scalar, zone: Zone) -> tuple[date, int] | None:
    """The day that a trait names on this zone's calendar, and the minutes after its midnight."""
    if named is None or isinstance(named, bool):
        return None
    try:
        at = instant_of(named, "trait")
        day, minutes = (at // DAY, 0) if is_day(named) else local(zone, at)[:2]
        return _EPOCH + timedelta(days=day), minutes
    except (EventError, OverflowError):  # the zone's calendar is in the year 0 or 10,000 then
        return None


def _in_year(born: date, year: int) -> date:
    is_leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return born.replace(year=year, day=28 if (born.month, born.day) == (2, 29) and not is_leap else born.day)
