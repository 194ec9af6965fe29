"""Decides the whole log again and compares: the same log and playbooks must give the same decisions (R12)."""

from collections import Counter
from collections.abc import Iterable, Mapping
from itertools import takewhile

from msgspec import Struct

from opportune.policies.decision import Decision, Ending, digest_of, digest_of_ending
from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Policy
from opportune.ports import History
from opportune.wiring.differing import Difference as Difference
from opportune.wiring.differing import day_of as day_of
from opportune.wiring.differing import difference_of, difference_of_ending
from opportune.wiring.publications import Versions
from opportune.wiring.restoring import chunks, shard_at
from opportune.wiring.shard import Shard

_WHOLE = 1 << 128


class Day(Struct, frozen=True):
    """What one UTC day came to, as it was kept and as it is decided again."""

    day: str
    decisions: int
    endings: int
    kept: str
    """The digest of what was kept: 32 hex digits, free of order."""
    again: str


class Comparison(Struct, frozen=True):
    """A log decided twice."""

    events: int
    days: list[Day]
    differences: list[Difference]
    """The first of them, by day and decision."""
    differing: int = 0
    """How many there are."""
    kinds: dict[str, int] = {}
    """How many of each kind: decided or ended otherwise, not again, or only again."""


MOST_KEPT = 10_000
"""Differences that are kept in words; all are counted."""
_KINDS = {
    ("decision", True, True): "decided otherwise",
    ("decision", True, False): "not decided again",
    ("decision", False, True): "decided only again",
    ("ending", True, True): "ended otherwise",
    ("ending", True, False): "not ended again",
    ("ending", False, True): "ended only again",
}


class _Days:
    """Decisions, endings and digest of each day."""

    def __init__(self) -> None:
        self.of: dict[str, tuple[int, int, int]] = {}

    def add(self, day: str, share: int, *, is_decision: bool) -> None:
        decisions, endings, digest = self.of.get(day, (0, 0, 0))
        self.of[day] = (decisions + is_decision, endings + (not is_decision), (digest + share) % _WHOLE)


class _Comparing:
    """Holds each decision and ending that is made again against what was kept; keeps words of those that differ."""

    def __init__(self, history: History) -> None:
        self._history = history
        self._seen: dict[str, set[bytes]] = {"decision": set(), "ending": set()}
        self.kept, self.again = _Days(), _Days()
        self.differences: list[Difference] = []
        self.kinds: Counter[str] = Counter()

    def add(self, decisions: Iterable[Decision], endings: Iterable[Ending]) -> None:
        """What was decided again."""
        for decision in decisions:
            share, day = digest_of(decision), day_of(decision.due)
            self.again.add(day, share, is_decision=True)
            self._seen["decision"].add(_short(decision.id))
            kept = self._history.decision(decision.id)
            if kept is None or digest_of(kept) != share:
                self._note(difference_of(kept, decision))
        for ending in endings:
            share, day = digest_of_ending(ending), day_of(ending.at)
            self.again.add(day, share, is_decision=False)
            self._seen["ending"].add(_short(ending.decision))
            was = self._history.ending(ending.decision)
            if was is None or digest_of_ending(was) != share:
                self._note(difference_of_ending(was, ending))

    def close(self, decisions: Iterable[Decision], endings: Iterable[Ending]) -> None:
        """What was kept, all of it."""
        for decision in decisions:
            self.kept.add(day_of(decision.due), digest_of(decision), is_decision=True)
            if _short(decision.id) not in self._seen["decision"]:
                self._note(difference_of(decision, None))
        for ending in endings:
            self.kept.add(day_of(ending.at), digest_of_ending(ending), is_decision=False)
            if _short(ending.decision) not in self._seen["ending"]:
                self._note(difference_of_ending(ending, None))

    def _note(self, difference: Difference) -> None:
        kind = _KINDS[difference.what, difference.kept is not None, difference.again is not None]
        self.kinds[kind] += 1
        if len(self.differences) < MOST_KEPT:
            self.differences.append(difference)


def replay(history: History, *, policies: Mapping[str, type[Policy]] = SHIPPED) -> Comparison:
    """Decides the log of this store again, from where it begins; raises Unavailable for an empty store.

    Of a log that was cut, what the memories at the cut have seen only in part is folded, and not compared. While an
    engine runs, read inside ``standing_still``: log, decisions and endings must be of one moment.
    """
    base, comparing, events = history.base(), _Comparing(history), 0
    shard = shard_at(base, history, Versions(history, policies=policies))
    for chunk in chunks(takewhile(lambda entry: entry.seq <= base.until, history.log())):
        shard.feed(chunk)
    for chunk in chunks(history.log(base.until)):
        turn = shard.feed(chunk)
        comparing.add(turn.decisions, turn.endings)
        events += len(chunk)
    comparing.close(history.decisions(base.decisions), history.endings(base.endings))
    found = sorted(comparing.differences, key=lambda each: (each.day, each.decision, each.what))
    days = _days(comparing.kept.of, comparing.again.of)
    return Comparison(events, days, found, comparing.kinds.total(), dict(sorted(comparing.kinds.items())))


def beginning(history: History, *, policies: Mapping[str, type[Policy]] = SHIPPED) -> Shard:
    """A shard that has seen nothing of the log yet, with the playbook and the memories that the log begins with."""
    return shard_at(history.base(), history, Versions(history, policies=policies))


def _days(before: Mapping[str, tuple[int, int, int]], after: Mapping[str, tuple[int, int, int]]) -> list[Day]:
    found = []
    for day in sorted(before.keys() | after.keys()):
        decisions, endings, digest = before.get(day, (0, 0, 0))
        found.append(Day(day, decisions, endings, f"{digest:032x}", f"{after.get(day, (0, 0, 0))[2]:032x}"))
    return found


def _short(name: str) -> bytes:
    """The id in as few bytes as tell it from others."""
    try:
        return bytes.fromhex(name)
    except ValueError:
        return name.encode("utf-8", "surrogatepass")
