"""Days of the UTC calendar as text."""

from datetime import UTC, date, datetime

from opportune.units import DAY, SECOND, Instant


def date_of(at: Instant) -> str:
    """The UTC day around this instant: ``2026-06-01``."""
    return datetime.fromtimestamp(at // SECOND, UTC).date().isoformat()


def day_from(text: str) -> Instant:
    """The first instant of the UTC day that is written so."""
    return (date.fromisoformat(text).toordinal() - date(1970, 1, 1).toordinal()) * DAY
