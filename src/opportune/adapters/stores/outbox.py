"""The outbox in the one file; every change is durable when it returns."""

from opportune.adapters.stores.attempts import OUTBOX, row_of
from opportune.adapters.stores.shelf import SqliteShelf
from opportune.sending.outbox import OPEN, Claim, Row, stages_before
from opportune.sending.receipt import Receipt
from opportune.units import Instant


class SqliteOutbox(SqliteShelf):
    """What a dispatcher keeps beside the inbox, written by the one thread that writes."""

    def open_claims(self) -> list[Row]:
        """Attempts without an answer, in order of their commits."""
        rows = self._read.execute(f"{OUTBOX} WHERE is_logged = 0 ORDER BY place")
        return [row for row in map(row_of, rows) if row.stage in OPEN]

    def unlogged(self) -> list[Row]:
        """Answered attempts whose receipt the log does not hold yet."""
        rows = self._read.execute(f"{OUTBOX} WHERE is_logged = 0 ORDER BY place")
        return [row for row in map(row_of, rows) if row.stage not in OPEN]

    def standing(self, claim: Claim) -> Row | None:
        """How this claim stands now."""
        row = self._read.execute(f"{OUTBOX} WHERE decision = ? AND nth = ?", _key(claim)).fetchone()
        return None if row is None else row_of(row)

    async def mark_data_sent(self, claim: Claim, body: bytes | None = None, *, again: bool = False) -> bool:
        """Now or never; False if it was recalled or is not at the stage before, and then nothing may be sent."""
        return await self._change(
            "UPDATE outbox SET stage = 'data_sent', body = coalesce(body, ?) WHERE decision = ? AND nth = ? "
            "AND stage = ? AND recalled = ''",
            (body, *_key(claim), "data_sent" if again else "claimed"),
        )

    async def release(self, claim: Claim) -> None:
        """Back to ``claimed``: the provider has clearly not taken it."""
        await self._change(
            "UPDATE outbox SET stage = 'claimed' WHERE decision = ? AND nth = ? AND stage = 'data_sent'", _key(claim)
        )

    async def answer(self, claim: Claim, receipt: Receipt, at: Instant) -> bool:
        """Keep the answer, and the body no longer; False if there was one already, or the stage does not allow it."""
        before = stages_before(receipt.answer)
        return await self._change(
            "UPDATE outbox SET stage = ?, code = ?, bounce = ?, at = ?, body = NULL WHERE decision = ? AND nth = ? "
            f"AND stage IN ({', '.join('?' * len(before))})",
            (receipt.answer, receipt.code, receipt.bounce, at, *_key(claim), *before),
        )


def _key(claim: Claim) -> tuple[str, int]:
    return claim.attempt.decision, claim.nth
