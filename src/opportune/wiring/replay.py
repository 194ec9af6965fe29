"""Decides the whole log again and compares: the same log and playbooks must give the same decisions (R12)."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import takewhile

from msgspec import Struct

from opportune.policies.decision import Decision, Ending, digest_of, digest_of_ending
from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Policy
from opportune.ports import History
from opportune.units import DAY, Instant
from opportune.wiring.publications import Versions
from opportune.wiring.restoring import chunks, shard_at
from opportune.wiring.shard import Shard

_WHOLE = 1 << 128
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Day(Struct, frozen=True):
    """What one UTC day came to, as it was kept and as it is decided again."""

    day: str
    decisions: int
    endings: int
    kept: str
    """The digest of what was kept: 32 hex digits, free of order."""
    again: str


class Difference(Struct, frozen=True):
    """One decision, or ending, that is not the same; None where there is none."""

    decision: str
    user: str
    day: str
    kept: str | None
    again: str | None


class Comparison(Struct, frozen=True):
    """A log decided twice."""

    events: int
    days: list[Day]
    differences: list[Difference]


class _Book:
    """Decisions and endings of one telling, by id, with their share of the day's digest."""

    def __init__(self) -> None:
        self.said: dict[tuple[str, str], tuple[int, Instant, str, str]] = {}

    def add(self, decisions: Iterable[Decision], endings: Iterable[Ending]) -> None:
        for decision in decisions:
            said = (digest_of(decision), decision.due, decision.user, _decision_in_words(decision))
            self.said["decision", decision.id] = said
        for ending in endings:
            said = (digest_of_ending(ending), ending.at, ending.user, f"{ending.outcome}/{ending.code} at {ending.at}")
            self.said["ending", ending.decision] = said

    def days(self) -> dict[str, tuple[int, int, int]]:
        """Decisions, endings and digest of each day."""
        found: dict[str, tuple[int, int, int]] = {}
        for (kind, _), (share, at, _, _) in self.said.items():
            decisions, endings, digest = found.get(day_of(at), (0, 0, 0))
            is_decision = kind == "decision"
            found[day_of(at)] = (decisions + is_decision, endings + (not is_decision), (digest + share) % _WHOLE)
        return found


def replay(history: History, *, policies: Mapping[str, type[Policy]] = SHIPPED) -> Comparison:
    """Decides the log of this store again, from where it begins; raises Unavailable for an empty store.

    Of a log that was cut, what the memories at the cut have seen only in part is folded, and not compared. While an
    engine runs, read inside ``standing_still``: log, decisions and endings must be of one moment.
    """
    base, again, events = history.base(), _Book(), 0
    shard = shard_at(base, history, Versions(history, policies=policies))
    for chunk in chunks(takewhile(lambda entry: entry.seq <= base.until, history.log())):
        shard.feed(chunk)
    for chunk in chunks(history.log(base.until)):
        turn = shard.feed(chunk)
        again.add(turn.decisions, turn.endings)
        events += len(chunk)
    kept = _Book()
    kept.add(history.decisions(base.decisions), history.endings(base.endings))
    return Comparison(events, _days(kept, again), list(_differences(kept, again)))


def beginning(history: History, *, policies: Mapping[str, type[Policy]] = SHIPPED) -> Shard:
    """A shard that has seen nothing of the log yet, with the playbook and the memories that the log begins with."""
    return shard_at(history.base(), history, Versions(history, policies=policies))


def day_of(at: Instant) -> str:
    """The UTC day of an instant, such as ``2026-06-01``."""
    return (_EPOCH + timedelta(days=at // DAY)).date().isoformat()


def _days(kept: _Book, again: _Book) -> list[Day]:
    before, after = kept.days(), again.days()
    found = []
    for day in sorted(before.keys() | after.keys()):
        decisions, endings, digest = before.get(day, (0, 0, 0))
        found.append(Day(day, decisions, endings, f"{digest:032x}", f"{after.get(day, (0, 0, 0))[2]:032x}"))
    return found


def _differences(kept: _Book, again: _Book) -> Iterator[Difference]:
    for key in sorted(kept.said.keys() | again.said.keys()):
        before, after = kept.said.get(key), again.said.get(key)
        if before is None or after is None or before[0] != after[0]:
            _, at, user, _ = before or after or (0, 0, "", "")
            yield Difference(key[1], user, day_of(at), before and before[3], after and after[3])


def _decision_in_words(decision: Decision) -> str:
    chosen = decision.chosen
    what = decision.code if chosen is None else f"{chosen.channel}/{chosen.variant} at {chosen.at}"
    said = f"{decision.journey}/{decision.message}: {what} (worth {decision.worth}, propensity {decision.propensity}"
    return f"{said}, {len(decision.verdicts)} verdicts)"
