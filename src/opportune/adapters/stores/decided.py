"""What was decided and how it ended, as the one file keeps it."""

from collections.abc import Iterator
from typing import Final

from opportune.adapters.stores.beginning import SqliteBases
from opportune.adapters.stores.codec import Form
from opportune.adapters.stores.decision_index import places_where
from opportune.policies.decision import Decision, Ending
from opportune.units import Instant

_decision: Final = Form(Decision)
_ending: Final = Form(Ending)


class SqliteDecided(SqliteBases):
    """Decisions by id, by user, and by journey, code and time."""

    def decision(self, decision_id: str) -> Decision | None:
        """The decision with this id."""
        body = self._read.execute("SELECT body FROM decisions WHERE id = ?", (decision_id,)).get
        return None if body is None else _decision.decode(body)

    def decisions_of(self, user: str, limit: int = 50) -> list[Decision]:
        """The user's newest decisions, newest first by the log entry that caused them."""
        rows = self._read.execute(
            "SELECT body FROM decisions WHERE user = ? ORDER BY seq DESC, place DESC LIMIT ?", (user, limit)
        )
        return [_decision.decode(body) for (body,) in rows]

    def decisions_where(
        self,
        journey: str | None = None,
        code: str | None = None,
        since: Instant | None = None,
        until: Instant | None = None,
        limit: int = 50,
    ) -> list[Decision]:
        """The newest decisions of this journey that are told under this code, in [since, until).

        Newest first by the instant at which they were made. Of a file of an earlier release those before it was brought
        up come as the engine finds time to go through them.
        """
        places = places_where(self._read, journey, code, (since or 0, until), limit)
        found = (self._read.execute("SELECT body FROM decisions WHERE place = ?", (place,)).get for place in places)
        return [_decision.decode(body) for body in found]

    def ending(self, decision_id: str) -> Ending | None:
        """How this decision ended; None while it is pending."""
        body = self._read.execute("SELECT body FROM endings WHERE decision = ?", (decision_id,)).get
        return None if body is None else _ending.decode(body)

    def decisions(self, after: int = 0) -> Iterator[Decision]:
        """All decisions, in order of their commits; those beyond this place."""
        rows = self._read.execute("SELECT body FROM decisions WHERE place > ? ORDER BY place", (after,))
        return (_decision.decode(body) for (body,) in rows)

    def endings(self, after: int = 0) -> Iterator[Ending]:
        """All endings, in order of their commits; those beyond this place."""
        rows = self._read.execute("SELECT body FROM endings WHERE place > ? ORDER BY place", (after,))
        return (_ending.decode(body) for (body,) in rows)
