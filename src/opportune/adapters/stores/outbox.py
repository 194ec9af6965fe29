"""The outbox and the inbox in the one file; every change is durable when it returns."""

from asyncio import wrap_future
from pathlib import Path
from typing import Final

import apsw
from msgspec import msgpack

from opportune.adapters.stores.reading import OUTBOX, SqliteHistory, row_of
from opportune.adapters.stores.writer import Writer
from opportune.messages.template import Rendered
from opportune.ports import InboxItem
from opportune.sending.outbox import OPEN, Claim, Row, Stage, stages_before
from opportune.sending.receipt import Receipt
from opportune.units import Instant

_rendered: Final = msgpack.Decoder(Rendered)


class SqliteOutbox(SqliteHistory):
    """What a dispatcher and an inbox keep, written by the one thread that writes."""

    def __init__(self, path: Path, writer: Writer) -> None:
        super().__init__(path)
        self._writer = writer

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

    async def mark_data_sent(self, claim: Claim) -> bool:
        """Now or never; False if it was recalled or is not ``claimed``, and then nothing may be sent."""
        return await self._change(
            "UPDATE outbox SET stage = 'data_sent' WHERE decision = ? AND nth = ? "
            "AND stage = 'claimed' AND recalled = ''",
            _key(claim),
        )

    async def release(self, claim: Claim) -> None:
        """Back to ``claimed``: the provider has clearly not taken it."""
        await self._change(
            "UPDATE outbox SET stage = 'claimed' WHERE decision = ? AND nth = ? AND stage = 'data_sent'", _key(claim)
        )

    async def answer(self, claim: Claim, receipt: Receipt, at: Instant) -> bool:
        """Keep the answer; False if there was one already, or the stage does not allow it."""
        before = stages_before(receipt.answer)
        return await self._change(
            "UPDATE outbox SET stage = ?, code = ?, at = ? WHERE decision = ? AND nth = ? "
            f"AND stage IN ({', '.join('?' * len(before))})",
            (receipt.answer, receipt.code, at, *_key(claim), *before),
        )

    async def keep(self, item: InboxItem) -> None:
        """Keep it; a second one with the same key changes nothing."""
        await self._change(
            "INSERT OR IGNORE INTO inbox (user, key, at, rendered) VALUES (?, ?, ?, ?)",
            (item.user, item.key, item.at, msgpack.encode(item.rendered)),
        )

    def inbox(self, user: str) -> list[InboxItem]:
        """What the user has not dismissed, newest first."""
        rows = self._read.execute(
            "SELECT key, at, rendered, shown_at FROM inbox WHERE user = ? "
            "AND dismissed_at IS NULL ORDER BY at DESC, key",
            (user,),
        )
        return [InboxItem(key, user, at, _rendered.decode(body), shown_at) for key, at, body, shown_at in rows]

    async def mark_shown(self, user: str, key: str, at: Instant) -> bool:
        """True the first time."""
        return await self._change(
            "UPDATE inbox SET shown_at = ? WHERE user = ? AND key = ? AND shown_at IS NULL", (at, user, key)
        )

    async def mark_dismissed(self, user: str, key: str, at: Instant) -> bool:
        """True the first time."""
        return await self._change(
            "UPDATE inbox SET dismissed_at = ? WHERE user = ? AND key = ? AND dismissed_at IS NULL", (at, user, key)
        )

    async def _change(self, statement: str, values: tuple[str | int | bytes | Stage, ...]) -> bool:
        def work(connection: apsw.Connection) -> bool:
            connection.execute(statement, values)
            return connection.changes() > 0

        return await wrap_future(self._writer.submit(work))


def _key(claim: Claim) -> tuple[str, int]:
    return claim.attempt.decision, claim.nth
