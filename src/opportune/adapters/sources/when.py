"""Instants as people write them into a command or an address, and as lists show them."""

from datetime import UTC, datetime
from typing import Final

from opportune.units import DAY, SECOND, Instant

FORM: Final = "a day such as 2026-06-01 (UTC), or an instant such as 2026-06-01T20:10:00+02:00"


def when(text: str, *, is_end: bool = False) -> Instant:
    """The instant; of a day where it begins, or with ``is_end`` where the next one does.

    One without an offset is of UTC. Raises ValueError for anything else.
    """
    found = datetime.fromisoformat(text)
    at = round((found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp() * SECOND)
    return at + DAY if is_end and len(text) <= len("2026-06-01") else at


def written(at: Instant) -> str:
    """The second in which it lies, of UTC, in the form that ``when`` reads: ``2026-06-01T18:10:00``."""
    return datetime.fromtimestamp(at // SECOND, UTC).strftime("%Y-%m-%dT%H:%M:%S")
