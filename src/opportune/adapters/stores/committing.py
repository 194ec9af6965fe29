"""What one group commit writes, inside one durable transaction."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

import apsw
from msgspec import msgpack

from opportune.adapters.stores.bases import begin
from opportune.adapters.stores.codec import compressed, pack, user_set
from opportune.adapters.stores.decision_index import write_decisions
from opportune.adapters.stores.published import write_published
from opportune.adapters.stores.reading import last_seq
from opportune.adapters.stores.shelf import move_shelves
from opportune.adapters.stores.snapshots import write_kept
from opportune.adapters.stores.tallies import write_tallied
from opportune.events.event import Event, Input, newest_clock
from opportune.events.names import RECEIPTS
from opportune.ports import Batch
from opportune.sending.attempt import Attempt, Call, Recall
from opportune.sending.outbox import Claim
from opportune.sending.receipt import claim_named

_encoder: Final = msgpack.Encoder()


def write_batch(connection: apsw.Connection, batch: Batch) -> tuple[Claim, ...]:
    """The log row first, then all that follows from it; returns the attempts as claimed.

    Raises ``ValueError`` if a ``seq`` does not rise, or a decision comes or ends twice.
    """
    if batch.inputs:
        _write_log(connection, batch.inputs)
        move_shelves(connection, batch.inputs)
    write_kept(connection, batch)
    connection.executemany("REPLACE INTO offsets VALUES (?, ?)", batch.offsets)
    try:
        _write_decided(connection, batch)
    except apsw.ConstraintError as refusal:
        raise ValueError(f"a decision comes or ends once; this one did so before: {refusal}") from refusal
    write_tallied(connection, batch.tallied)
    if batch.mark is not None and batch.mark.is_base:
        begin(connection, batch.mark)
    return tuple(_write_calls(connection, batch.calls))


def write_publication(connection: apsw.Connection, playbook: str, files: Mapping[str, str]) -> None:
    """The files of a playbook by content hash, once."""
    packed = compressed(_encoder.encode(dict(files)))
    connection.execute("INSERT OR IGNORE INTO publications VALUES (?, ?)", (playbook, packed))


def _write_decided(connection: apsw.Connection, batch: Batch) -> None:
    body = _encoder.encode
    write_decisions(connection, batch)
    connection.executemany(
        "INSERT INTO endings (decision, body) VALUES (?, ?)", [(each.decision, body(each)) for each in batch.endings]
    )
    connection.executemany(
        "INSERT INTO goals (user, body) VALUES (?, ?)", [(each.user, body(each)) for each in batch.goals]
    )
    connection.executemany("INSERT INTO dead_letters (body) VALUES (?)", [(body(each),) for each in batch.dead])


def _write_calls(connection: apsw.Connection, calls: Iterable[Call]) -> Iterator[Claim]:
    for call in calls:
        match call:
            case Attempt():
                yield _claim(connection, call)
            case Recall():
                connection.execute(
                    "UPDATE outbox SET recalled = ? WHERE decision = ? AND stage IN ('claimed', 'data_sent')",
                    (call.code, call.decision),
                )
                connection.execute("DELETE FROM inbox WHERE key = ? AND shown_at IS NULL", (call.decision,))


def check_order(inputs: tuple[Input, ...], after: int) -> None:
    """Raises ``ValueError`` unless every ``seq`` is above the one before it, and the first above ``after``."""
    for entry in inputs:
        if entry.seq <= after:
            raise ValueError(f"seq must rise: {entry.seq} follows {after}")
        after = entry.seq


def _write_log(connection: apsw.Connection, inputs: tuple[Input, ...]) -> None:
    check_order(inputs, last_seq(connection))
    first, last = inputs[0].seq, inputs[-1].seq
    connection.execute("INSERT INTO log VALUES (?, ?, ?, ?)", (first, last, newest_clock(inputs), pack(inputs)))
    users = user_set(inputs)
    if users:
        connection.execute("INSERT INTO log_users VALUES (?, ?)", (first, users))
    write_published(connection, inputs)
    receipts = [entry for entry in inputs if isinstance(entry, Event) and entry.name in RECEIPTS]
    connection.executemany(
        "UPDATE outbox SET is_logged = 1 WHERE decision = ? AND nth = ? AND at IS NOT NULL",
        [claim for claim in map(claim_named, receipts) if claim is not None],
    )


def _claim(connection: apsw.Connection, attempt: Attempt) -> Claim:
    before = connection.execute("SELECT count(*) FROM outbox WHERE decision = ?", (attempt.decision,)).get
    claim = Claim(attempt, before + 1)
    connection.execute(
        "INSERT INTO outbox (decision, nth, stage, attempt) VALUES (?, ?, 'claimed', ?)",
        (attempt.decision, claim.nth, _encoder.encode(attempt)),
    )
    return claim
