"""One transaction after which nobody is told of a user any more (R18)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import apsw

from opportune.adapters.sealing import token_of
from opportune.adapters.stores.backfills import forget_backfilled
from opportune.adapters.stores.bases import forget_memories, say_newest
from opportune.adapters.stores.codec import pack
from opportune.adapters.stores.letter_words import seek
from opportune.adapters.stores.tallies import forget_stopped
from opportune.events.event import Erased, Event, Input, Merged
from opportune.ports import Erasure
from opportune.units import Instant

_BY_USER: Final = (
    "DELETE FROM endings WHERE decision IN (SELECT id FROM decisions WHERE user = ?)",
    "DELETE FROM outbox WHERE decision IN (SELECT id FROM decisions WHERE user = ?)",
    "DELETE FROM decisions WHERE user = ?",
    "DELETE FROM goals WHERE user = ?",
    "DELETE FROM inbox WHERE user = ?",
)


def user_token(secret: bytes, user: str) -> str:
    """What stands for an erased id: enough to know it again, not enough to tell it."""
    return token_of(secret, "user", user)


def address_token(secret: bytes, channel: str, address: str) -> str:
    """What stands for an address that nothing is sent to any more."""
    return token_of(secret, channel, address.lower())


def write_erasures(
    connection: apsw.Connection, erasures: Sequence[Erasure], *, secret: bytes, now: Instant, seq: int
) -> list[Erased]:
    """Tombstones, their log entries from ``seq`` on, bars, and the end of all rows about these users."""
    entries: list[Erased] = []
    for erasure in erasures:
        barred = [(address_token(secret, *each), each[0]) for each in erasure.addresses]
        for user in erasure.refused:
            entries.append(Erased(user_token(secret, user), now, seq + len(entries)))
            connection.execute(
                "REPLACE INTO erased (token, at, is_rewritten, barred) VALUES (?, ?, 0, ?)",
                (entries[-1].token, now, " ".join(token for token, _ in barred)),
            )
        connection.executemany(
            "INSERT OR IGNORE INTO barred (address, channel, reason, at) VALUES (?, ?, 'erased', ?)",
            [(*each, now) for each in barred],
        )
        forget_stopped(connection, erasure)
        for statement in _BY_USER:
            connection.executemany(statement, [(user,) for user in erasure.names])
        connection.executemany(
            "REPLACE INTO erasing (user, seq) VALUES (?, ?)", [(user, seq - 1) for user in erasure.names]
        )
        forget_memories(connection, erasure)
        forget_backfilled(connection, erasure)
    say_newest(connection)
    if entries:
        row = (entries[0].seq, entries[-1].seq, now, pack(entries))
        connection.execute("INSERT INTO log (seq_from, seq_to, now, inputs) VALUES (?, ?, ?, ?)", row)
    seek(connection, erasures)
    return entries


def readmit(connection: apsw.Connection, user: str, *, secret: bytes) -> bool:
    """Lifts the tombstone of this id and the bars that came with it; False if it has none."""
    token = user_token(secret, user)
    barred = connection.execute("SELECT barred FROM erased WHERE token = ?", (token,)).get
    if barred is None:
        return False
    connection.execute("DELETE FROM erased WHERE token = ?", (token,))
    connection.executemany(
        "DELETE FROM barred WHERE address = ? AND reason = 'erased'", [(each,) for each in barred.split()]
    )
    return True


def erasing(connection: apsw.Connection) -> dict[str, int]:
    """Users whom log rows may still name, and the seq up to which nothing of them is told."""
    return dict(connection.execute("SELECT user, seq FROM erasing"))


def untold(entry: Input, gone: Mapping[str, int]) -> bool:
    """Whether this entry is about a user who was erased after it."""
    return isinstance(entry, (Event, Merged)) and entry.seq <= gone.get(entry.user, 0)


def told(entries: Iterable[Input], gone: Mapping[str, int]) -> Iterator[Input]:
    """The entries that are about nobody who was erased after them."""
    return (entry for entry in entries if not untold(entry, gone))
