"""Whom a store in plain memory has forgotten."""

from opportune.adapters.stores.erasing import told
from opportune.adapters.stores.memory_history import MemoryHistory
from opportune.adapters.stores.memory_outbox import MemoryOutbox
from opportune.draws import hash_of
from opportune.events.event import Erased
from opportune.ports import Erasure
from opportune.units import Instant


class MemoryErased(MemoryHistory, MemoryOutbox):
    """Tombstones and bars, for as long as it lives; nothing is left to overwrite."""

    def __init__(self) -> None:
        super().__init__()
        self._tombstones: dict[str, Erasure] = {}

    async def readmit(self, user: str) -> bool:
        """Events of this id are taken again, as those of somebody new; False if it was not refused."""
        return self._tombstones.pop(user, None) is not None

    def is_erased(self, user: str) -> bool:
        """Whether events of this id are refused."""
        return user in self._tombstones

    def is_barred(self, channel: str, address: str) -> bool:
        """Whether nothing may be sent to this address, because its user was erased."""
        barred = {(named, each.lower()) for erasure in self._tombstones.values() for named, each in erasure.addresses}
        return (channel, address.lower()) in barred

    def _refuse(self, erasure: Erasure, now: Instant, seq: int) -> None:
        """Nothing of these ids is taken any more, and the log says so."""
        for place, user in enumerate(erasure.refused, seq):
            self._tombstones[user] = erasure
            self._inputs.append(Erased(hash_of("user", user).hex(), now, place))

    def _forget(self, names: set[str]) -> None:
        """What was committed about them goes."""
        gone = dict.fromkeys(names, self.last_seq())
        self._inputs = list(told(self._inputs, gone))
        self._endings = {key: each for key, each in self._endings.items() if each.user not in names}
        self._decisions = {key: each for key, each in self._decisions.items() if each.user not in names}
        self._goals = [each for each in self._goals if each.user not in names]
        for rows in self._backfills.values():
            for name in names:
                rows.pop(name, None)
        quoted = [name.encode("utf-8", "surrogatepass") for name in names]
        self._dead = [
            each for each in self._dead if not any(name in each.body or name in each.reason.encode() for name in quoted)
        ]

    def _forget_attempts(self, names: set[str]) -> None:
        """What was handed to a dispatcher or laid into the inbox goes."""
        self._order = [key for key in self._order if self._rows[key[0]][0].claim.attempt.user not in names]
        left = {decision for decision, _ in self._order}
        self._rows = {decision: rows for decision, rows in self._rows.items() if decision in left}
        self._items = {key: item for key, item in self._items.items() if item.user not in names}
