"""Which entries of a log are about one user, where ids were joined, have changed hands or were set free again."""

from opportune.events.event import Merged
from opportune.ports import History
from opportune.units import Instant
from opportune.wiring.moved import MOVED, moved
from opportune.wiring.one_user import linked

Life = tuple[str, int]
"""An id, and how often it had been set free by then: an id that is its own again is somebody else."""


class Lives:
    """The past of whoever has this id now: of all ids whose memory came to be theirs, and of nobody else.

    A device that went from one user to another belongs to the first until it went, and what it did since stands in the
    log under the second.
    """

    def __init__(self, history: History, user: str, seq: int | None = None) -> None:
        """With ``seq``: of whoever is told of what stands under this id at that place of the log."""
        known = sorted(linked(history, user))
        self._heirs: dict[Life, Life] = {}
        self._freed: dict[str, list[Merged]] = {}
        holders: dict[str, str] = {}
        for absorbed, raw in history.base(known, beginning_with=MOVED).memories.items():
            said = moved(raw)
            self._heirs[absorbed, 0], holders[absorbed] = (said.heir, 0), said.holder
        for entry in _merges(history, known):
            self._take(entry, holders)
        now = self._now(holders.get(user, user))
        self._owner = self._root(now if seq is None else self._then(user, seq))
        self.user = self._owner[0]
        """Whose memory this id's past is in."""
        self.names = [each for each in known if any(self._is_owned(each, nth) for nth in range(self._count(each) + 1))]
        """All ids of which something is theirs, sorted."""

    def holds(self, name: str, seq: int) -> bool:
        """Whether what stands under this id at this place of the log is of this user."""
        return self._root(self._then(name, seq)) == self._owner

    def joins(self, entry: Merged) -> bool:
        """Whether it made two ids of this user one; which other user has taken a device over is not this one's."""
        return self.holds(entry.user, entry.seq) and self.holds(entry.absorbed, entry.seq - 1)

    def held(self, name: str, at: Instant) -> bool:
        """The same of what stands in no place of the log, by the instant at which it came."""
        return self._is_owned(name, sum(freed.now <= at for freed in self._freed.get(name, ())))

    def _take(self, entry: Merged, holders: dict[str, str]) -> None:
        if entry.user == entry.absorbed:
            holders.pop(entry.user, None)
            self._freed.setdefault(entry.user, []).append(entry)
            return
        absorbed, heir = self._now(entry.absorbed), self._now(entry.user)
        if self._root(heir) != absorbed:
            self._heirs.setdefault(absorbed, heir)
        holders[entry.absorbed] = entry.user

    def _now(self, name: str) -> Life:
        return name, self._count(name)

    def _then(self, name: str, seq: int) -> Life:
        return name, sum(freed.seq <= seq for freed in self._freed.get(name, ()))

    def _count(self, name: str) -> int:
        return len(self._freed.get(name, ()))

    def _root(self, life: Life) -> Life:
        while life in self._heirs:
            life = self._heirs[life]
        return life

    def _is_owned(self, name: str, nth: int) -> bool:
        return self._root((name, nth)) == self._owner


def _merges(history: History, names: list[str]) -> list[Merged]:
    """All merges that these ids took part in, each once, in the order of the log."""
    found = {each.seq: each for name in names for each in history.events_of(name) if isinstance(each, Merged)}
    return [found[seq] for seq in sorted(found)]
