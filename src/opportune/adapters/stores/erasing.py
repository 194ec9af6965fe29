"""One transaction after which nobody is told of a user any more (R18)."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

import apsw
from msgspec import msgpack

from opportune.adapters.sealing import token_of
from opportune.adapters.stores.bases import forget_memories, say_newest
from opportune.adapters.stores.codec import pack
from opportune.events.event import Erased, Event, Input, Merged
from opportune.ports import DeadLetter, Erasure
from opportune.units import Instant

_dead: Final = msgpack.Decoder(DeadLetter)
_ENDS_OF_WORDS: Final = re.compile(rb"[\s\"'`,;:=<>(){}\[\]\\]+")
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
        for statement in _BY_USER:
            connection.executemany(statement, [(user,) for user in erasure.names])
        connection.executemany(
            "REPLACE INTO erasing (user, seq) VALUES (?, ?)", [(user, seq - 1) for user in erasure.names]
        )
        forget_memories(connection, erasure)
    say_newest(connection)
    if entries:
        row = (entries[0].seq, entries[-1].seq, now, pack(entries))
        connection.execute("INSERT INTO log (seq_from, seq_to, now, inputs) VALUES (?, ?, ?, ?)", row)
    _drop_dead_letters(connection, [word for erasure in erasures for word in _words(erasure)])
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


def _words(erasure: Erasure) -> Iterator[bytes]:
    for text in (*erasure.names, *(address for _, address in erasure.addresses)):
        yield text.encode("utf-8", "surrogatepass")


def _drop_dead_letters(connection: apsw.Connection, words: Sequence[bytes]) -> None:
    """Those that name one of these, as a word of its own or between quotes."""
    plain = {word for word in words if not _ENDS_OF_WORDS.search(word)}
    odd = [word for word in words if word not in plain]
    found = []
    for place, body in connection.execute("SELECT place, body FROM dead_letters"):
        letter = _dead.decode(body)
        text = letter.reason.encode("utf-8", "surrogatepass") + b" " + letter.body
        if not plain.isdisjoint(_ENDS_OF_WORDS.split(text)) or any(word in text for word in odd):
            found.append((place,))
    connection.executemany("DELETE FROM dead_letters WHERE place = ?", found)
