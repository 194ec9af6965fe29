"""One user's part of a log, read without the rest of it."""

from collections.abc import Iterator, Mapping
from itertools import islice

from opportune.events.event import Event, Input, Merged, Published, Tick
from opportune.policies.shipped import SHIPPED
from opportune.policies.verbs import Policy
from opportune.ports import Base, History
from opportune.wiring.moved import MOVED, moved
from opportune.wiring.publications import Versions
from opportune.wiring.restoring import chunks, clock_of, shard_at
from opportune.wiring.shard import Shard


def shard_of(history: History, user: str, *, policies: Mapping[str, type[Policy]] = SHIPPED) -> Shard:
    """A shard that has seen everything about this user, and about the ids it absorbed, and nothing else.

    Ticks decide nothing (R1), so that one at the end says all that the clocks of others' entries would.
    """
    names = linked(history, user)
    base = history.base(names)
    shard = shard_at(base, history, Versions(history, policies=policies))
    for chunk in chunks(_part(history, base, names)):
        shard.feed(chunk)
    shard.feed([Tick(clock_of(history), history.last_seq())])
    return shard


def linked(history: History, user: str) -> set[str]:
    """This id and all that turned out to be the same user."""
    names, new, before = set[str](), {user}, _linked_before(history)
    while new:
        names |= new
        merges = [entry for name in sorted(new) for entry in history.events_of(name) if isinstance(entry, Merged)]
        new = {name for entry in merges for name in (entry.user, entry.absorbed)}
        new = (new | {name for each in names for name in before.get(each, ())}) - names
    return names


def _linked_before(history: History) -> dict[str, set[str]]:
    """By id: those that it was one user with before the log begins."""
    found: dict[str, set[str]] = {}
    for absorbed, raw in history.base(beginning_with=MOVED).memories.items():
        for owner in (moved(raw).heir, moved(raw).holder):
            found.setdefault(owner, set()).add(absorbed)
            found.setdefault(absorbed, set()).add(owner)
    return found


def _part(history: History, base: Base, names: set[str]) -> Iterator[Input]:
    """What concerns these ids, in the order of the log: events, merges and publications."""
    if not _knows_publications(history, base):
        return (entry for entry in history.log() if _concerns(entry, names))
    said: list[Input] = [each for each in history.published() if each.seq > base.seq]
    found = {entry.seq: entry for name in names for entry in history.events_of(name)}
    found |= {each.seq: each for each in said}
    return (found[seq] for seq in sorted(found))


def _knows_publications(history: History, base: Base) -> bool:
    """Whether the store tells all publications from where its log begins; the file of an earlier release may not."""
    known = history.published()
    if base.playbook:
        return any(each.seq <= base.seq and each.playbook == base.playbook for each in known)
    first = next(islice(history.log(), 1), None)
    return bool(known) and isinstance(first, Published) and first.seq == known[0].seq


def _concerns(entry: Input, names: set[str]) -> bool:
    """Publications concern everybody."""
    match entry:
        case Event():
            return entry.user in names
        case Merged():
            return entry.user in names or entry.absorbed in names
        case _:
            return isinstance(entry, Published)
