"""In which log rows a user occurs, as the index tells it; and how it stops telling of users and of rows."""

from collections.abc import Iterable, Mapping

import apsw

from opportune.adapters.stores.codec import WIDTH, user_hash
from opportune.adapters.stores.pages import all_segments, drop, overwrite, page_with, whole_segments
from opportune.adapters.stores.records import apart, page_of


def rows_of(connection: apsw.Connection, users: Iterable[str]) -> list[int]:
    """The first ``seq`` of all log rows in which one of these users may occur, in order; reads one moment."""
    hashes = sorted({user_hash(user) for user in users})
    with connection:
        found = {row for name in hashes for row in _in_tail(connection, name)}
        for segment in whole_segments(connection, "users"):
            for name in hashes:
                page = page_with(connection, segment, name)
                found |= {_row(each) for each in apart(page) if each[:WIDTH] == name}
    return sorted(found)


def forget_users(connection: apsw.Connection, gone: Mapping[str, int]) -> None:
    """No segment, not even one that is being written, tells of these users in a row that begins up to their seq."""
    for segment in all_segments(connection, "users"):
        for user, seq in gone.items():
            name = user_hash(user)
            page = page_with(connection, segment, name)
            left = b"".join(each for each in apart(page) if each[:WIDTH] != name or _row(each) > seq)
            if left != page:
                overwrite(connection, segment, page_of(name, segment.bits), left)


def forget_rows(connection: apsw.Connection, before: int) -> None:
    """Segments that tell only of log rows before this ``seq`` count no longer."""
    drop(connection, [each for each in whole_segments(connection, "users") if each.seq_to < before])
    connection.execute("DELETE FROM log_users WHERE seq_from < ?", (before,))


def _in_tail(connection: apsw.Connection, name: bytes) -> Iterable[int]:
    return (seq for (seq,) in connection.execute("SELECT seq_from FROM log_users WHERE instr(users, ?)", (name,)))


def _row(record: bytes) -> int:
    return int.from_bytes(record[WIDTH:], "big")
