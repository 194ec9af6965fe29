"""Long work in pieces: what fails is said, and does not stop what comes after it."""

from collections.abc import Generator
from pathlib import Path

import apsw
import pytest

from opportune.adapters.stores.machine import REAL
from opportune.adapters.stores.slices import Slices
from opportune.adapters.stores.writer import Writer


def broken(connection: apsw.Connection) -> Generator[None, None, int]:
    yield
    connection.execute("CREATE TABLE twice (x)")
    connection.execute("CREATE TABLE twice (x)")
    return 1


def sound(connection: apsw.Connection) -> Generator[None, None, int]:
    yield
    return len(list(connection.execute("SELECT 1 UNION SELECT 2")))


def test_work_that_fails_is_said_and_the_next_is_done(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    path = tmp_path / "some.db"
    connection = apsw.Connection(str(path))
    connection.pragma("journal_mode", "wal")
    connection.execute("CREATE TABLE one (x)")
    writer = Writer(connection, path, REAL)
    slices = Slices(writer)
    first, second = slices.add(broken), slices.add(sound)
    assert second.result(10) == 2
    assert isinstance(first.exception(10), apsw.SQLError)
    assert [record.getMessage() for record in caplog.records] == [
        "work on the file was given up: SQLError: table twice already exists"
    ]
    writer.close()
