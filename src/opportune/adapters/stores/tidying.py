"""Takes away what has ended long ago: answered attempts, and in-app messages that were put away."""

from collections.abc import Generator
from typing import Final

import apsw

from opportune.units import Instant

LOOKED_AT: Final = 200
"""Rows looked at in one piece."""
_PASSED: Final = """
SELECT place, is_logged AND at < :before AND NOT EXISTS (
    SELECT 1 FROM decisions WHERE id = outbox.decision
    AND NOT EXISTS (SELECT 1 FROM endings WHERE endings.decision = outbox.decision)), at
FROM outbox WHERE place > :after ORDER BY place LIMIT :most
"""
_PUT_AWAY: Final = """
DELETE FROM inbox WHERE (user, key) IN (
    SELECT user, key FROM inbox WHERE dismissed_at < :before OR expires_at < :before LIMIT :most)
"""


def without_attempts(connection: apsw.Connection, before: Instant) -> Generator[None, None, None]:
    """Deletes, piece by piece, attempts that were answered before this, logged, and whose decisions have ended.

    They lie in the order of their claims, and nothing is answered before it is claimed: the walk ends at the first
    that was answered later.
    """
    after: int | None = 0
    while after is not None:
        after = _walked(connection, before, after)
        yield
    while True:
        connection.execute(_PUT_AWAY, {"before": before, "most": LOOKED_AT})
        if connection.changes() == 0:
            return
        yield


def _walked(connection: apsw.Connection, before: Instant, after: int) -> int | None:
    """Looks at the next rows; the place of the last of them, None if no later one can be old enough."""
    rows: list[tuple[int, int, Instant | None]] = []
    rows.extend(connection.execute(_PASSED, {"before": before, "after": after, "most": LOOKED_AT}))
    connection.executemany("DELETE FROM outbox WHERE place = ?", [(place,) for place, is_over, _ in rows if is_over])
    if not rows or any(at is not None and at >= before for _, _, at in rows):
        return None
    return rows[-1][0]
