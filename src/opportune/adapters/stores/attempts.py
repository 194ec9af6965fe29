"""Rows of the outbox, as they are read from the one file."""

from collections.abc import Collection, Iterable
from typing import Final, TypeAlias

import apsw

from opportune.adapters.stores.codec import Form
from opportune.sending.attempt import Attempt
from opportune.sending.outbox import Claim, Row, Stage
from opportune.units import Instant

_attempt: Final = Form(Attempt)
Columns: TypeAlias = tuple[bytes, int, Stage, str, str, Instant | None, int, bytes | None, str]
OUTBOX: Final = "SELECT attempt, nth, stage, recalled, code, at, is_logged, body, bounce FROM outbox"


def row_of(columns: Columns) -> Row:
    """The outbox row in these columns of ``OUTBOX``."""
    attempt, nth, stage, recalled, code, at, is_logged, body, bounce = columns
    return Row(Claim(_attempt.decode(attempt), nth), stage, recalled, code, at, bool(is_logged), body, bounce)


def attempts_of(connection: apsw.Connection, decision: str | None) -> list[Row]:
    """The attempts of one decision, or all, in order of their commits."""
    which, names = ("", ()) if decision is None else ("WHERE decision = ?", (decision,))
    rows: Iterable[Columns] = connection.execute(f"{OUTBOX} {which} ORDER BY place", names)
    return [row_of(row) for row in rows]


def newest_at(connection: apsw.Connection, stages: Collection[Stage], limit: int) -> list[Row]:
    """The newest attempts at these stages, newest first."""
    marks = ", ".join("?" * len(stages))
    rows: Iterable[Columns] = connection.execute(
        f"{OUTBOX} WHERE stage IN ({marks}) ORDER BY place DESC LIMIT ?", (*stages, limit)
    )
    return [row_of(row) for row in rows]
