"""What overwriting comes to: rows without those who were erased, the index without them, an emptied log beside it."""

from collections.abc import Iterator, Mapping, Sequence

import apsw

from opportune.adapters.stores.codec import pack, unpack, user_set
from opportune.adapters.stores.erasing import told, untold
from opportune.adapters.stores.user_rows import forget_users


def is_pending(connection: apsw.Connection) -> bool:
    """Whether anything of those who were erased may still lie in the file."""
    found = connection.execute(
        "SELECT EXISTS (SELECT 1 FROM erasing) OR EXISTS (SELECT 1 FROM erased WHERE NOT is_rewritten)"
        " OR EXISTS (SELECT 1 FROM erasing_words)"
    )
    return bool(found.get)


def without(read: apsw.Connection, rows: Sequence[int], gone: Mapping[str, int]) -> Iterator[tuple[bytes, bytes, int]]:
    """Blob, set of users and place of the rows among these that tell of them."""
    for seq in rows:
        blob = read.execute("SELECT inputs FROM log WHERE seq_from = ?", (seq,)).get
        entries = () if blob is None else unpack(blob)
        if any(untold(entry, gone) for entry in entries):
            left = tuple(told(entries, gone))
            yield pack(left), user_set(left), seq


def overwrite(connection: apsw.Connection, rows: Sequence[tuple[bytes, bytes, int]]) -> None:
    """Puts these rows, with their sets of users, where the earlier ones were."""
    connection.executemany("UPDATE log SET inputs = ? WHERE seq_from = ?", [(row[0], row[2]) for row in rows])
    connection.executemany("UPDATE log_users SET users = ? WHERE seq_from = ?", [row[1:] for row in rows])


def forget(connection: apsw.Connection, gone: Mapping[str, int]) -> None:
    """No row tells of these any more: neither does the index, nor what was still to be done."""
    forget_users(connection, gone)
    connection.executemany("DELETE FROM erasing WHERE user = ? AND seq = ?", list(gone.items()))


def all_rewritten(connection: apsw.Connection) -> None:
    """Nothing is left of anybody who was erased."""
    connection.execute("UPDATE erased SET is_rewritten = 1")


def is_emptied(connection: apsw.Connection) -> bool:
    """Whether the write-ahead log could be emptied; not while others read older pages from it."""
    connection.set_busy_timeout(100)
    try:
        connection.wal_checkpoint(mode=apsw.SQLITE_CHECKPOINT_TRUNCATE)
    except apsw.BusyError:
        return False
    return True
