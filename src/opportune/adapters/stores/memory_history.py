"""What has been committed to a store in plain memory."""

from bisect import bisect_right
from collections.abc import Collection, Iterator, Mapping, Sequence

from opportune.adapters.stores.codec import users_of
from opportune.events.event import Input, Published
from opportune.policies.decision import Decision, Ending, GoalReached
from opportune.policies.obstacles import code_of
from opportune.ports import Base, DeadLetter
from opportune.units import Instant


class MemoryHistory:
    """All that was committed, in lists and dicts."""

    def __init__(self) -> None:
        super().__init__()
        self._inputs: list[Input] = []
        self._decisions: dict[str, Decision] = {}
        self._endings: dict[str, Ending] = {}
        self._goals: list[GoalReached] = []
        self._dead: list[DeadLetter] = []
        self._publications: dict[str, dict[str, str]] = {}
        self._backfills: dict[int, dict[str, bytes]] = {}

    def log(self, after: int = 0) -> Iterator[Input]:
        """All inputs with ``seq`` above ``after``, in order."""
        return iter(self._inputs[bisect_right(self._inputs, after, key=lambda entry: entry.seq) :])

    def last_seq(self) -> int:
        """The newest committed ``seq``; 0 for an empty log."""
        return self._inputs[-1].seq if self._inputs else 0

    def events_of(self, user: str) -> Iterator[Input]:
        """The events of this user and the merges it took part in, in order of the log."""
        return (entry for entry in list(self._inputs) if user in users_of(entry))

    def decision(self, decision_id: str) -> Decision | None:
        """The decision with this id."""
        return self._decisions.get(decision_id)

    def decisions_of(self, user: str, limit: int = 50) -> list[Decision]:
        """The user's newest decisions, newest first by the log entry that caused them."""
        own = [each for each in reversed(self._decisions.values()) if each.user == user]
        return sorted(own, key=lambda each: -each.seq)[:limit]

    def decisions_where(
        self,
        journey: str | None = None,
        code: str | None = None,
        since: Instant | None = None,
        until: Instant | None = None,
        limit: int = 50,
    ) -> list[Decision]:
        """The newest decisions of this journey that are told under this code, in [since, until)."""
        found = [
            each
            for each in reversed(self._decisions.values())
            if journey in (None, each.journey)
            and code in (None, code_of(each, self._endings.get(each.id)))
            and (since or 0) <= each.due
            and (until is None or each.due < until)
        ]
        return sorted(found, key=lambda each: -each.due)[:limit]

    def ending(self, decision_id: str) -> Ending | None:
        """How this decision ended; None while it is pending."""
        return self._endings.get(decision_id)

    def base(self, users: Collection[str] | None = None, *, beginning_with: bytes = b"") -> Base:
        """Always empty: nothing is ever cut off."""
        return Base()

    def decisions(self, after: int = 0) -> Iterator[Decision]:
        """All decisions, in order of their commits; those beyond this place."""
        return iter(list(self._decisions.values())[after:])

    def endings(self, after: int = 0) -> Iterator[Ending]:
        """All endings, in order of their commits; those beyond this place."""
        return iter(list(self._endings.values())[after:])

    def goals(self) -> Iterator[GoalReached]:
        """All goals, in order of their commits."""
        return iter(list(self._goals))

    def dead_letters(self, limit: int = 50) -> list[DeadLetter]:
        """The newest dead letters, newest first."""
        return self._dead[::-1][:limit]

    def published(self) -> list[Published]:
        """All publications, in order."""
        return [entry for entry in self._inputs if isinstance(entry, Published)]

    def backfilled(self, seq: int, users: Collection[str]) -> Iterator[tuple[str, bytes]]:
        """What these users are to remember from the publication at this place on, that they did not before."""
        return ((user, body) for user, body in sorted(self._backfills.get(seq, {}).items()) if user in users)

    def publication(self, playbook: str) -> dict[str, str] | None:
        """The files, path to text, of the playbook with this content hash."""
        return self._publications.get(playbook)

    def keep_publication(self, playbook: str, files: Mapping[str, str]) -> None:
        """Keep the files of a playbook by content hash; before the log says that it is published."""
        self._publications.setdefault(playbook, dict(files))

    def keep_backfill(self, seq: int, rows: Sequence[tuple[str, bytes]]) -> None:
        """Keep what these users are to remember from the publication on that will stand at this place."""
        self._backfills.setdefault(seq, {}).update(rows)
