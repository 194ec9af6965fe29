"""Days of the UTC calendar as text."""

from datetime import UTC, datetime

from opportune.units import SECOND, Instant


def date_of(at: Instant) -> str:
    """The UTC day around this instant: ``2026-06-01``."""
    return datetime.fromtimestamp(at // SECOND, UTC).date().isoformat()
