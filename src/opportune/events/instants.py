"""Instants as senders write them: ISO 8601 text, or a number since 1970."""

import re
from datetime import date
from functools import lru_cache
from typing import TypeAlias

from opportune.errors import EventError
from opportune.units import DAY, HOUR, MINUTE, SECOND, Instant

Stated: TypeAlias = str | int | float
"""An instant as it stands in a body."""

_SECONDS_BELOW = 100_000_000_000
"""A smaller number counts seconds (until the year 5138), this and larger ones milliseconds (since March 1973)."""
_EPOCH = date(1970, 1, 1).toordinal()
_LAST: Instant = 253_402_300_799_999
_TEXT = re.compile(
    r"(?P<day>\d{4}-\d\d-\d\d)"
    r"(?:[T ](?P<minute>\d\d:\d\d)(?::(?P<second>\d\d)(?:\.(?P<part>\d{1,12}))?)?(?P<offset>Z|[+-]\d\d:?\d\d)?)?",
    re.ASCII,
)


def instant_of(value: Stated, place: str) -> Instant:
    """The instant that is written there; parts of a millisecond are cut off.

    Text is ISO 8601; without an offset it is UTC, and a day alone is its midnight in UTC. A number counts seconds if
    it is below 100,000,000,000 and else milliseconds. Raises EventError ``bad_instant``, which names ``place``, for
    anything else: other orders of day and month are not guessed. The answer may lie before 1970.
    """
    if isinstance(value, str):
        return _of_text(value, place)
    if isinstance(value, bool) or not 0 <= value <= _LAST:
        raise _refused(value, place, "a number of seconds or milliseconds since 1970 lies between 1970 and 9999")
    return int(value * SECOND if value < _SECONDS_BELOW else value)


def stated_as(at: Instant) -> Stated:
    """The instant as ``instant_of`` reads it back: a number, or a text where a number would be read as seconds."""
    if at >= _SECONDS_BELOW:
        return at
    days, rest = divmod(at, DAY)
    hours, rest = divmod(rest, HOUR)
    minutes, rest = divmod(rest, MINUTE)
    seconds, part = divmod(rest, SECOND)
    day = date.fromordinal(max(1, _EPOCH + days)).isoformat()
    return f"{day}T{hours:02}:{minutes:02}:{seconds:02}.{part:03}Z"


def _of_text(text: str, place: str) -> Instant:
    part = text[20:23]
    if text[19:20] == "." and text[23:] in ("Z", "+00:00") and part.isdigit() and part.isascii():
        return _second(text[:19], place) + int(part)
    return _slowly(text, place)


@lru_cache(maxsize=4096)
def _second(text: str, place: str) -> Instant:
    return _slowly(text, place)


def _slowly(text: str, place: str) -> Instant:
    found = _TEXT.fullmatch(text)
    if found is None:
        raise _refused(text, place, "not ISO 8601 such as '2026-11-21T22:07:53.521Z'")
    second = int(found["second"] or 0)
    if second > 59:
        raise _refused(text, place, "there is no such second, they end at 59")
    at = _minute(f"{found['day']}T{found['minute'] or '00:00'}", place) + second * SECOND
    return at + int((found["part"] or "0").ljust(3, "0")[:3]) - _offset(found["offset"] or "Z", text, place)


def _offset(written: str, text: str, place: str) -> int:
    if written == "Z":
        return 0
    hours, minutes = int(written[1:3]), int(written[-2:])
    if hours > 23 or minutes > 59:
        raise _refused(text, place, "bad offset, they lie between -23:59 and +23:59")
    return (hours * HOUR + minutes * MINUTE) * (-1 if written[0] == "-" else 1)


@lru_cache(maxsize=4096)
def _minute(text: str, place: str) -> Instant:
    """The instant at which this minute begins in UTC; raises EventError if it does not exist."""
    if _TEXT.fullmatch(text) is None or len(text) != 16:
        raise _refused(text, place, "not ISO 8601 such as '2026-11-21T22:07:53.521Z'")
    day, minute = text[:10], text[11:]
    try:
        days = date(int(day[:4]), int(day[5:7]), int(day[8:])).toordinal() - date(1970, 1, 1).toordinal()
    except ValueError:
        raise _refused(text, place, "there is no such day") from None
    if minute > "23:59" or minute[3:] > "59":
        raise _refused(text, place, "there is no such minute, days run from 00:00 to 23:59")
    return days * DAY + int(minute[:2]) * HOUR + int(minute[3:]) * MINUTE


def _refused(value: Stated, place: str, reason: str) -> EventError:
    shown = repr(value)
    return EventError("bad_instant", f"{place}: {reason}, not {shown if len(shown) <= 60 else shown[:60] + '...'}")
