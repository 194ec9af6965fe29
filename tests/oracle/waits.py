"""The user's clock in waits, by reading it minute by minute."""

from datetime import UTC, datetime, timedelta
from functools import lru_cache

from tests.oracle.clocks import EPOCH, MINUTE, bucket_of, minutes_of, wall

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
ACTIVE = ("09:00", "21:00")


@lru_cache(maxsize=200_000)
def instant_of(date, minutes, zone):
    """The first instant at which a clock shows this wall time of this day, or what is later where it is left out."""
    guess = datetime(date.year, date.month, date.day, tzinfo=UTC) + timedelta(minutes=minutes) - timedelta(hours=15)
    minute = (guess - EPOCH) // timedelta(minutes=1)
    while wall(minute, zone) < (date, minutes):
        minute += 1
    return minute * MINUTE


def days_around(at, zone):
    today = bucket_of(at, "day", zone)
    return [today + timedelta(days=number) for number in range(-2, 10)]


def is_named(date, days):
    return days is None or DAYS[date.weekday()] in days


def next_local(asked, at, zone, *, is_after):
    """The first instant from ``at`` on that is the wall time, or lies in the window; behind ``at`` if ``is_after``."""
    days = [date for date in days_around(at, zone) if is_named(date, asked.get("on"))]
    if "at" in asked:
        several = [instant_of(date, minutes_of(asked["at"]), zone) for date in days]
        return min(each for each in several if each > at or (each == at and not is_after))
    between = asked.get("between", ("00:00", "00:00"))
    start, end = (minutes_of(each) for each in (ACTIVE if between == "active" else between))
    found = []
    for date in days:
        opens = instant_of(date, start, zone)
        closes = instant_of(date if end > start else date + timedelta(days=1), end, zone)
        if max(at, opens) < closes:
            found.append(max(at, opens))
    return min(found)
