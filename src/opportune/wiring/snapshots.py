"""Snapshots without a pause: with each commit some memories, each as it is then.

A snapshot is a walk over the users that have changed since the walk before. Its memories are of different moments, and
that is sound: each knows the newest entry it has seen, and folding the log again changes none by what it has seen.
Only the mark in the place of an id that was absorbed has no memory of its own: it is written together with the memory
that took it in, so that this one is never older.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from heapq import heapify, heappop
from typing import Final, TypeAlias

from opportune.ports import Kept, Mark
from opportune.wiring.shard import Shard

EVERY: Final = 200_000
"""Inputs between the beginnings of two walks; a restart folds about twice as many again."""
LEAST: Final = 50
"""Users that a commit takes along at least, while a walk goes on."""

Steps: TypeAlias = tuple[tuple[Kept, ...], Mark | None]
"""Memories for one commit to keep, and the mark if they were the last ones."""


@dataclass(slots=True)
class Walk:
    """Which users the file has an older memory of, and where the walk over them is."""

    shard: Shard
    versions: list[str]
    """Content hashes of all playbooks the shard has needed so far, in their order."""
    dirty: set[str] = field(default_factory=set)
    """Users changed since this walk began."""
    folded: int = 0
    """Entries since this walk began."""
    least: int = LEAST
    wants_base: bool = False
    """The next walk should end with a base, and begin soon."""
    _left: list[str] = field(default_factory=list)
    _mark: Mark | None = None

    def changed(self, users: Iterable[str], entries: int) -> None:
        """These users are not as they were, after so many entries more."""
        self.dirty.update(users)
        self.folded += entries

    def published(self, versions: Iterable[str]) -> None:
        """The shard needs these from now on."""
        self.versions += [each for each in versions if each and each not in self.versions]

    @property
    def is_due(self) -> bool:
        """Whether the next walk should begin."""
        return self._mark is None and (self.folded >= EVERY or self.wants_base)

    @property
    def is_behind(self) -> bool:
        """Whether the file's snapshot does not know everything."""
        return self._mark is not None or self.folded > 0

    @property
    def is_on(self) -> bool:
        """Whether a walk goes on."""
        return self._mark is not None

    def begin(self, seq: int) -> None:
        """A new walk; ``seq`` is the newest entry, and will be the snapshot's when all have been visited."""
        self._left, self.dirty, self.folded = list(self.dirty), set(), 0
        heapify(self._left)  # the file keeps users in order: neighbours lie on one page
        self._mark = Mark(seq, self.shard.playbook.hash, tuple(self.versions), self.wants_base)
        self.wants_base = False

    def steps(self, entries: int) -> Steps:
        """What a commit of so many entries takes along: as many users, and the mark with the last of them.

        So a walk lasts no longer than what it has to make good, however fast events come.
        """
        if self._mark is None:
            return (), None
        found: dict[str, Kept] = {}
        while self._left and len(found) < max(entries, self.least):
            user = heappop(self._left)
            for each in (user, *self.shard.heirs(user)):
                found[each] = Kept(each, self.shard.memories.get(each), self.shard.wheel.wake(each))
        mark, self._mark = (None, self._mark) if self._left else (self._mark, None)
        return tuple(found.values()), mark
