"""Instants as senders write them: one rule for each way, and nothing guessed."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.errors import EventError
from opportune.events.instants import instant_of

AT = 1_795_298_873_521


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-21T22:07:53.521Z", AT),
        ("2026-11-21T22:07:53.521+00:00", AT),
        ("2026-11-22T03:52:53.521+05:45", AT),
        ("2026-11-21T17:07:53.521-0500", AT),
        ("2026-11-21 22:07:53.521Z", AT),
        ("2026-11-21T22:07:53.521999Z", AT),
        ("2026-11-21T22:07:53.5Z", AT - 21),
        ("2026-11-21T22:07:53Z", AT - 521),
        ("2026-11-21T22:07:53", AT - 521),
        ("2026-11-21T22:07Z", AT - 53_521),
        ("2026-11-21", AT - 53_521 - (22 * 60 + 7) * 60_000),
        ("1970-01-01T00:00:00Z", 0),
        ("0001-01-01T00:00:00Z", -62_135_596_800_000),
        ("2024-02-29T00:00:00.000Z", 1_709_164_800_000),
        (1_717_243_200, 1_717_243_200_000),
        (1_717_243_200.5, 1_717_243_200_500),
        (1_717_243_200_000, 1_717_243_200_000),
        (0, 0),
    ],
)
def test_these_ways_are_read(written: str | int | float, expected: int) -> None:
    assert instant_of(written, "timestamp") == expected


@pytest.mark.parametrize(
    ("written", "reason"),
    [
        ("not a date", "not ISO 8601"),
        ("", "not ISO 8601"),
        ("06/01/2025 12:00", "not ISO 8601"),
        ("1717243200", "not ISO 8601"),
        ("2025-06-01T12:00:00.000+0:00", "not ISO 8601"),
        ("2025-06-01T12:00:00,000Z", "not ISO 8601"),
        ("2025-06-01T12:00:0٣.000Z", "not ISO 8601"),
        ("2025-06-01T1 :00:00.000Z", "not ISO 8601"),
        ("2025-06-01x12:00:00.000Z", "not ISO 8601"),
        ("+025-06-01T12:00:00.000Z", "not ISO 8601"),
        ("2025-06-01T12:00:00+25:00", "bad offset"),
        ("2025-06-01T12:00:00+05:60", "bad offset"),
        ("2025-13-01T00:00:00Z", "no such day"),
        ("2025-02-29T00:00:00Z", "no such day"),
        ("2025-02-29T00:00:00.000Z", "no such day"),
        ("0000-01-01T00:00:00.000Z", "no such day"),
        ("2025-06-01T24:00:00.000Z", "no such minute"),
        ("2025-06-01T12:60:00.000Z", "no such minute"),
        ("2025-06-01T23:59:60.000Z", "no such second"),
        (-1, "between 1970 and 9999"),
        (1e18, "between 1970 and 9999"),
        (float("nan"), "between 1970 and 9999"),
        (True, "between 1970 and 9999"),
    ],
)
def test_these_are_refused_with_place_and_reason(written: str | int | float, reason: str) -> None:
    with pytest.raises(EventError, match=rf"^timestamp: .*{reason}") as refused:
        instant_of(written, "timestamp")
    assert refused.value.code == "bad_instant"


def test_a_refusal_shows_no_more_than_a_line_of_what_was_sent() -> None:
    with pytest.raises(EventError) as refused:
        instant_of("x" * 10_000, "timestamp")
    assert len(str(refused.value)) < 200


offsets = st.integers(-1439, 1439).map(lambda minutes: timezone(timedelta(minutes=minutes)))


@given(st.datetimes(datetime(1900, 1, 1), datetime(2100, 1, 1), timezones=st.just(UTC)), offsets)
def test_every_instant_is_read_back_in_every_offset(moment: datetime, offset: timezone) -> None:
    expected = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)
    assert instant_of(moment.astimezone(offset).isoformat(), "timestamp") == expected
    assert instant_of(f"{moment:%Y-%m-%dT%H:%M:%S}.{moment.microsecond // 1000:03}Z", "timestamp") == expected
