"""Hours of UTC as a plan writes them."""

from datetime import UTC, datetime, timedelta

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def hour_named(hour: int) -> str:
    """Hours since 1970 as ``2026-06-01T17:00Z``."""
    return (_EPOCH + timedelta(hours=hour)).strftime("%Y-%m-%dT%H:00Z")
