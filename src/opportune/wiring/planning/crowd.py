"""Everybody of an engine's file, asked by the playbook itself what they would get of one journey, and when."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from tempfile import TemporaryDirectory

from opportune.adapters.stores.reading import SqliteHistory
from opportune.errors import Unavailable
from opportune.journeys.memory import awake
from opportune.journeys.trigger import Broadcast, Schedule
from opportune.playbook.definition import Playbook
from opportune.playbook.reading import playbook_from
from opportune.policies.planned import Capacity
from opportune.units import DAY, HOUR, Instant
from opportune.wiring.backfilling import Staging
from opportune.wiring.backtest.crew import Crew
from opportune.wiring.installed import installed
from opportune.wiring.moved import MOVED
from opportune.wiring.planning.asking import Asking, Some, Span, Wish
from opportune.wiring.publications import Versions
from opportune.wiring.restoring import chunks, clock_of, shard_at

SLICE = 500
"""Users who are asked together."""
_FARTHEST = 14 * HOUR
"""From UTC to the farthest clock."""


class Crowd:
    """Those who are asked; made by ``gathered``."""

    def __init__(self, memories: Mapping[str, bytes], backfills: Mapping[str, bytes], crew: Crew[Some, list[Wish]]):
        self._memories, self._backfills, self._crew = memories, backfills, crew

    @property
    def users(self) -> list[str]:
        """Everybody, in the order of their ids."""
        return sorted(self._memories)

    def buckets(self, users: Sequence[str]) -> list[str]:
        """The names that draws use."""
        return [awake(self._memories[user]).bucket for user in users]

    def asked(self, users: Sequence[str], capacity: Capacity) -> Iterator[tuple[int, list[Wish]]]:
        """How many of these users were asked since the last time, and what those of them get whom it begins for."""
        left = iter(users)
        parts = iter(lambda: list(islice(left, SLICE)), [])
        for found in self._crew.each(self._some(part, capacity) for part in parts):
            yield SLICE, found

    def _some(self, users: Sequence[str], capacity: Capacity) -> Some:
        backfills = {user: self._backfills[user] for user in users if user in self._backfills}
        return Some({user: self._memories[user] for user in users}, backfills, capacity)


@contextmanager
def gathered(
    history: SqliteHistory, texts: Mapping[str, str], journey: str, *, span: Span, workers: int = 1
) -> Iterator[Crowd]:
    """All users of the file as of its newest entry, as if this playbook was published now.

    Raises Unavailable if nothing was ever published in this file, or the journey's instants are over.
    """
    policies = installed()
    versions = Versions(history, policies=policies)
    clock, snapshot = clock_of(history), history.restore()
    shard = shard_at(snapshot, history, versions)
    for chunk in chunks(history.log(snapshot.seq)):
        shard.feed(chunk)
    shard.settle()
    if span.end <= clock:
        raise Unavailable("the journey's instants are over by the engine's clock; plan before they come")
    playbook = playbook_from(texts, policies=policies)
    published = {name: history.publication(name) or {} for name in versions.living}
    with TemporaryDirectory(prefix="opportune-plan-") as folder:
        asking = Asking(
            *(Path(folder), dict(texts), published, shard.in_force.said, journey, span, clock, history.last_seq())
        )
        backfills = _folded(history, versions, playbook, clock)
        memories = {user: raw for user, raw in shard.memories.items() if raw[:1] != MOVED}
        with Crew(asking, max(1, min(workers, len(memories) // SLICE))) as crew:
            yield Crowd(memories, backfills, crew)


def _folded(history: SqliteHistory, versions: Versions, playbook: Playbook, clock: Instant) -> dict[str, bytes]:
    """What the playbook asks for anew, by user: a publication would fold it out of the log first."""
    asked = versions.asked_anew(playbook)
    if asked is None:
        return {}
    staging = Staging(asked)
    for chunk in chunks(history.log()):
        staging.take(chunk)
    return dict(staging.rows(now=clock))


def span_of(playbook: Playbook, journey: str, at: Instant | None) -> Span:
    """When the journey begins for everybody; ``at``: from then on, else the broadcast's own instant.

    Raises Unavailable for a journey that is not there, or that no clock begins.
    """
    found = playbook.journeys.get(journey)
    if found is None:
        there = ", ".join(sorted(playbook.journeys)) or "none"
        raise Unavailable(f"there is no journey {journey!r} in the playbook; there are: {there}")
    match found.enter:
        case Broadcast() as broadcast:
            far = _FARTHEST if broadcast.is_local else 0
            start = broadcast.at - far if at is None else at
            return Span(start, broadcast.at + far + broadcast.over, broadcast.at)
        case Schedule():
            if at is None:
                raise Unavailable(f"journey {journey!r} begins again and again: --at says from when on it is planned")
            return Span(at, at + DAY - 1, at)
        case _:
            raise Unavailable(f"journey {journey!r} begins with what a user does; a broadcast or a schedule is planned")
