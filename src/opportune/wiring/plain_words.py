"""Codes and instants in words that a marketer reads without a manual; the manual is docs/reference/codes.md."""

from datetime import UTC, datetime, timedelta

from opportune.features.clock import ZONE_TRAITS
from opportune.features.local_time import local, zone_named
from opportune.features.sql_text import literal
from opportune.policies.decision import Decision, Seen
from opportune.units import DAY, HOUR, MINUTE, ONE, SECOND, Instant, Micros, Millis, in_words

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
CHANNELS = {"in_app": "in-app message", "email": "email", "push": "push", "sms": "SMS", "webhook": "webhook"}
"""How a channel is called in a sentence."""

REASONS = {
    "chosen": "it was worth more than silence",
    "suppressed": "this user must never be written to here",
    "no_address": "no address is known for that channel",
    "too_late": "it would have come too late to be useful",
    "no_consent": "the user has not consented to it, or has withdrawn",
    "quiet_hours": "it is quiet hours on the user's own clock",
    "queued_out": "several messages had waited for the end of quiet hours, and a better one went",
    "over_capacity": "that hour has no room left for this user, by the plan for all who get it",
    "slot_passed": "its channel was too busy in the hour that was chosen, so another moment was chosen",
    "in_session": "the user is in the product right now",
    "not_in_session": "the user is not in the product right now",
    "paused": "the user has asked for a pause",
    "pace": "the user has had as many messages this week as they asked for",
    "frequency_cap": "the user has had as many messages as the frequency cap allows",
    "minimum_gap": "another message stands too close to it",
    "stale": "too long ago was the newest event that speaks for it, or none is known",
    "fatigue": "the user has had enough lately, or noticed none of the last ones",
    "held_out": "the user is in the holdout, kept in silence so that the effect can be measured",
    "not_worth_it": "nothing there was to say is worth more than silence",
    "outranked": "another message to this user was worth more",
    "exited": "what the journey waited for happened first, so there is nothing left to say",
    "journey_paused": "its journey is paused",
    "moved": "a new version of its journey moved the user on to another step",
    "displaced": "a message worth more took its place",
    "replanned": "the user may be in another time zone now, so another decision was made in its place",
    "merged": "two ids turned out to be one user, and the older run speaks",
    "not_shown": "the session ended before the in-app message was shown",
    "withdrawn": "the message is no longer in the playbook, or was called back in time",
    "version_gone": "the version of the playbook it belongs to is gone",
    "sent": "the channel accepted it",
    "unknown": "it was handed over and no answer came, so it may have gone out",
    "failed": "the attempt failed for good",
    "accepted": "the channel accepted it",
    "no_answer": "it was handed over and no answer came, so it may have gone out",
    "restored_copy": "this file is a copy, and the original may have sent it meanwhile",
    "expired": "it was not begun in time",
    "restarted": "the engine stopped before it was begun",
    "unreachable": "the provider could not be reached",
    "connection_lost": "the connection broke before anything went out",
    "not_now": "the provider could not take it now",
    "bad_address": "the address is not a plain local@domain",
    "no_channel": "this engine has no such channel set up",
    "render_failed": "its template could not be filled with this user's values",
    "channel_failed": "the channel itself failed",
    "rejected": "the provider refused it for good",
    "too_large": "the mail has more bytes than the server takes",
    "timed_out": "the provider took too long, and nothing had gone out",
    "held": "sending is held until somebody confirms that this file is no copy",
    "address_refused": "its target leads to an address that may not be called",
    "target_resting": "its target has failed lately and is left alone for a while",
    "target_gone": "its target said that it is gone for good",
    "target_failing": "its target has failed for days and is called no more",
}
"""Why, by code, as what follows 'because'."""


def reason_of(code: str) -> str:
    """The code in words; one of another make is shown as it is."""
    if code.startswith("smtp_"):
        return f"the mail server answered {code.removeprefix('smtp_')}"
    if code.startswith("http_"):
        return f"the target answered {code.removeprefix('http_')}"
    return REASONS.get(code, f"of the code {code}")


def clock_of(zone: str, at: Instant) -> str:
    """What calendar and clock of the zone show: ``Tue 2 Jun 08:00``; an unknown zone is read as UTC."""
    found = zone_named(zone) or zone_named("UTC")
    assert found is not None
    days, minutes, weekday = local(found, at)
    date = (_EPOCH + timedelta(days=days)).date()
    return f"{_WEEKDAYS[weekday]} {date.day} {_MONTHS[date.month - 1]} {minutes // 60:02}:{minutes % 60:02}"


def instant_of(zone: str, at: Instant) -> str:
    """The same with the year and the zone: ``Tue 2 Jun 2026, 08:00 (Europe/Berlin)``."""
    found = zone if zone_named(zone) else "UTC"
    date, _, wall = clock_of(found, at).rpartition(" ")
    return f"{date} {year_of(found, at)}, {wall} ({found})"


def year_of(zone: str, at: Instant) -> int:
    """The year that the zone's calendar shows."""
    found = zone_named(zone)
    assert found is not None
    return (_EPOCH + timedelta(days=local(found, at)[0])).year


def channel_of(name: str) -> str:
    """The channel as a sentence calls it."""
    return CHANNELS.get(name, name)


def an(word: str) -> str:
    """The word with its article."""
    return f"{'an' if word[0] in 'aeiouS' else 'a'} {word}"


def worth_of(worth: Micros, unit: str) -> str:
    """An amount with at least two digits behind the point, and as many as it has: ``0.80 EUR``."""
    whole, rest = divmod(abs(worth), ONE)
    digits = f"{rest:06}".rstrip("0").ljust(2, "0")
    return f"{'-' if worth < 0 else ''}{whole:,}.{digits}" + (f" {unit}" if unit else "")


def looked_at(seen: Seen, zone: str) -> str:
    """A feature as a decision has seen it: ``logins_7d = 1; its newest event was 3 days old``."""
    value = seen.value
    written = ", ".join(str(each) for each in value) if isinstance(value, tuple) else literal(value)
    rests = "no event is known" if seen.age is None else f"its newest event was {_old(seen.age)} old"
    missing = "" if seen.since is None else f", and events up to {instant_of(zone, seen.since)} may be missing"
    return f"{seen.name} = {written}; {rests}{missing}"


def zone_said(decision: Decision) -> str:
    """What says which clock is the user's: ``the trait timezone, stated 3 days before``."""
    if decision.zone_age is None:
        return "the playbook's, for nothing is known of the user's own"
    told = "where the newest event came from" if decision.zone_source == ZONE_TRAITS[1] else "the trait timezone"
    return f"{told}, stated {_old(decision.zone_age)} before"


def _old(age: Millis) -> str:
    """In days, else hours, minutes or seconds, of which there is at least one: what is left over is left out."""
    unit = next((unit for unit in (DAY, HOUR, MINUTE) if age >= unit), SECOND)
    return in_words(age - age % unit) if age >= SECOND else "less than a second"
