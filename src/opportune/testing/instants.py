"""Instants as stories write them."""

from datetime import datetime

from opportune.errors import StoryError
from opportune.units import SECOND, Instant


def instant(when: str | datetime | Instant) -> Instant:
    """An instant as such, or from ISO 8601 text or a datetime that says its offset.

    Raises StoryError for anything else: what a clock without a zone shows is another instant on another machine.
    """
    if isinstance(when, int):
        return when
    try:
        found = datetime.fromisoformat(when) if isinstance(when, str) else when
    except ValueError:
        raise StoryError(f"an instant is written 2026-06-02T09:00+02:00, not {when!r}") from None
    if found.tzinfo is None:
        raise StoryError(f"{when}: says no zone; write it with an offset or Z, such as 2026-06-02T09:00+02:00")
    return round(found.timestamp() * SECOND)
