"""The outbox in plain memory."""

from collections.abc import Collection

from msgspec.structs import replace

from opportune.adapters.stores.memory_shelf import MemoryShelf
from opportune.sending.attempt import Attempt, Call, Recall
from opportune.sending.outbox import OPEN, Claim, Row, Stage, may_move
from opportune.sending.receipt import Receipt
from opportune.units import Instant


class MemoryOutbox(MemoryShelf):
    """What a dispatcher keeps beside the inbox, for as long as it lives."""

    def __init__(self) -> None:
        super().__init__()
        self._rows: dict[str, list[Row]] = {}
        self._order: list[tuple[str, int]] = []

    def outbox(self, decision_id: str | None = None) -> list[Row]:
        """The attempts of one decision, or all, in order of their commits."""
        if decision_id is not None:
            return list(self._rows.get(decision_id, []))
        return [self._rows[decision][nth - 1] for decision, nth in self._order]

    def attempts(self, stages: Collection[Stage], limit: int = 50) -> list[Row]:
        """The newest attempts at these stages, newest first."""
        return [row for row in reversed(self.outbox()) if row.stage in stages][:limit]

    def open_claims(self) -> list[Row]:
        """Attempts without an answer, in order of their commits."""
        return [row for row in self.outbox() if row.stage in OPEN]

    def unlogged(self) -> list[Row]:
        """Answered attempts whose receipt the log does not hold yet."""
        return [row for row in self.outbox() if row.stage not in OPEN and not row.is_logged]

    def standing(self, claim: Claim) -> Row | None:
        """How this claim stands now."""
        rows = self._rows.get(claim.attempt.decision, [])
        return rows[claim.nth - 1] if claim.nth <= len(rows) else None

    async def mark_data_sent(self, claim: Claim, body: bytes | None = None, *, again: bool = False) -> bool:
        """Now or never; False if it was recalled or is not at the stage before, and then nothing may be sent."""
        row = self.standing(claim)
        if row is None or row.recalled or (row.stage == "data_sent") is not again:
            return False
        return again or self._move(replace(row, body=body if row.body is None else row.body), "data_sent")

    async def release(self, claim: Claim) -> None:
        """Back to ``claimed``: the provider has clearly not taken it."""
        row = self.standing(claim)
        if row is not None:
            self._move(row, "claimed")

    async def answer(self, claim: Claim, receipt: Receipt, at: Instant) -> bool:
        """Keep the answer, and the body no longer; False if there was one already, or the stage does not allow it."""
        row = self.standing(claim)
        if row is None:
            return False
        return self._move(replace(row, code=receipt.code, bounce=receipt.bounce, at=at, body=None), receipt.answer)

    def close(self) -> None:
        """Nothing to let go of."""

    def _take(self, call: Call) -> list[Claim]:
        rows = self._rows.setdefault(call.decision, [])
        match call:
            case Attempt():
                claim = Claim(call, len(rows) + 1)
                rows.append(Row(claim))
                self._order.append((call.decision, claim.nth))
                return [claim]
            case Recall():
                rows[:] = [replace(row, recalled=call.code) if row.stage in OPEN else row for row in rows]
                for place, item in list(self._items.items()):
                    if item.key == call.decision and item.shown_at is None:
                        del self._items[place]
                return []

    def _log_answer(self, key: tuple[str, int] | None) -> None:
        rows = [] if key is None else self._rows.get(key[0], [])
        if key is not None and 0 < key[1] <= len(rows) and rows[key[1] - 1].at is not None:
            rows[key[1] - 1] = replace(rows[key[1] - 1], is_logged=True)

    def _move(self, row: Row, after: Stage) -> bool:
        if not may_move(row.stage, after):
            return False
        self._rows[row.claim.attempt.decision][row.claim.nth - 1] = replace(row, stage=after)
        return True
