"""Whose past an entry belongs to: ids that were ever said to be one user are lived together."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from msgspec.structs import replace

from opportune.adapters.stores.memory import MemoryStore
from opportune.events.alias import Alias
from opportune.events.event import Event, Merged
from opportune.playbook.compiling import compiled
from opportune.playbook.reading import playbook_from
from opportune.policies.compiled import Compiled
from opportune.units import Instant
from opportune.wiring.backtest.entry import Entry, Linked, at_of
from opportune.wiring.backtest.life import Happened
from opportune.wiring.intake import Intake
from opportune.wiring.shard import Shard


class Links:
    """Ids that were said to be one user, however long the chain; of a group the smallest id is its root."""

    def __init__(self) -> None:
        self._above: dict[str, str] = {}

    def join(self, one: str, other: str) -> None:
        """The two are in one group from now on, and so is everybody linked to either."""
        first, second = self._root(one), self._root(other)
        if first != second:
            self._above[max(first, second)] = min(first, second)

    def roots(self) -> Iterator[tuple[str, str]]:
        """Each linked id with the root of its group."""
        yield from ((user, self._root(user)) for user in list(self._above))
        yield from ((root, root) for root in sorted({self._root(user) for user in list(self._above)}))

    def _root(self, user: str) -> str:
        root = user
        while root in self._above:
            root = self._above[root]
        while user != root:
            self._above[user], user = root, self._above[user]
        return root


def link_of(entry: Entry) -> tuple[str, str] | None:
    """The two ids that this says are one user; None for an event, or where an id is its own again."""
    match entry:
        case Linked():
            return entry.user, entry.previous
        case Merged() if entry.user != entry.absorbed:
            return entry.user, entry.absorbed
        case _:
            return None


def in_order(entries: Iterable[Entry], *, since: Instant | None, is_log: bool) -> list[Entry]:
    """One group's entries as they came: by their place in a log, else by instant and then by place, each id once.

    A log holds an id twice only where the engine has taken it twice, for it was too long ago that it came first.
    What is before ``since`` was imported just then, as history.
    """
    known, found = set[str](), list[Entry]()
    for entry in sorted(entries, key=_place_in_log if is_log else _place):
        if isinstance(entry, Event) and not is_log:
            if entry.id in known:
                continue
            known.add(entry.id)
        found.append(entry)
    return found if since is None else [as_history(each, since) for each in found]


def happened(entries: Sequence[Entry]) -> Iterable[Happened]:
    """What a host would have put into its log, had these entries come to it in this order."""
    if any(isinstance(each, Linked) for each in entries):
        return _Resolving().resolved(entries)
    return [each for each in entries if not isinstance(each, Linked)]


def _place_in_log(entry: Entry) -> int:
    return entry.seq


def _place(entry: Entry) -> tuple[Instant, int]:
    return at_of(entry), entry.seq


def as_history(entry: Entry, since: Instant) -> Entry:
    """The entry as it is taken where what is before ``since`` was imported just then, as history."""
    match entry:
        case Event():
            is_before = entry.received_at < since
            return replace(entry, received_at=since, is_history=True) if is_before else entry
        case Merged():
            return replace(entry, now=max(entry.now, since))
        case Linked():
            return replace(entry, at=max(entry.at, since))


def _alias_of(linked: Linked) -> Alias:
    """Whoever tries a playbook on a file is an operator."""
    return Alias(linked.id, linked.previous, linked.user, linked.at, linked.at, is_trusted=True)


@cache
def _deciding_nothing() -> Compiled:
    return compiled(playbook_from({"opportune.yaml": "zone: UTC\n"}))


class _Resolving:
    """Ids as a host resolves them, which hangs on who was ever said as a user, and on nothing that is decided."""

    def __init__(self) -> None:
        self._shard = Shard(_deciding_nothing())
        self._intake = Intake(MemoryStore(), self._shard)
        self._named = set[str]()

    def resolved(self, entries: Iterable[Entry]) -> list[Happened]:
        found = list[Happened]()
        for entry in entries:
            if isinstance(entry, Merged):
                found.append(entry)
                continue
            said = entry if isinstance(entry, Event) else _alias_of(entry)
            now = said.received_at
            for each in self._intake.entered(said, now):
                found.append(each)
                self._note(each)
        return found

    def _note(self, entry: Event | Merged) -> None:
        """Lets the shard know what changes whose an id is; other events would change nothing of that."""
        if isinstance(entry, Merged):
            self._named.discard(entry.absorbed)
        elif not entry.names_user or entry.user in self._named:
            return
        else:
            self._named.add(entry.user)
        self._shard.feed([entry])
