"""The snapshot of a store in plain memory."""

from msgspec.structs import replace

from opportune.ports import Batch, Snapshot


class MemorySnapshots:
    """All memories as the newest commits kept them."""

    def __init__(self) -> None:
        super().__init__()
        self._snapshot = Snapshot(memories={}, wakes={})

    def restore(self) -> Snapshot:
        """The newest snapshot, empty at first; ``log(snapshot.seq)`` is the rest."""
        return replace(self._snapshot, memories=dict(self._snapshot.memories), wakes=dict(self._snapshot.wakes))

    def _keep_memories(self, batch: Batch) -> None:
        snapshot = self._snapshot
        for kept in batch.kept:
            snapshot.memories.pop(kept.user, None)
            snapshot.wakes.pop(kept.user, None)
            if kept.memory is not None:
                snapshot.memories[kept.user] = kept.memory
            if kept.wake is not None:
                snapshot.wakes[kept.user] = kept.wake
        unmerged = snapshot.unmerged.union(batch.unmerged)
        if batch.mark is not None:
            mark = batch.mark
            unmerged = frozenset(seq for seq in unmerged if seq > mark.seq)
            snapshot = replace(snapshot, seq=mark.seq, playbook=mark.playbook, versions=mark.versions)
        self._snapshot = replace(snapshot, unmerged=unmerged)
