"""The one thread that writes: nobody waits for ever, and nobody pays for another's fault."""

from pathlib import Path

import apsw
import pytest

from opportune.adapters.stores.machine import Machine
from opportune.adapters.stores.schema import open_to_write
from opportune.adapters.stores.writer import Writer
from opportune.errors import Unavailable


def note(name: str) -> tuple[str, str]:
    return (name, "x")


def writer(tmp_path: Path) -> Writer:
    path = tmp_path / "shop.opportune"
    return Writer(open_to_write(path), path, Machine())


def names(connection: apsw.Connection) -> list[str]:
    return [name for (name,) in connection.execute("SELECT name FROM meta ORDER BY name")]


def test_a_fault_undoes_its_own_work_only(tmp_path: Path) -> None:
    mine = writer(tmp_path)

    def faulty(connection: apsw.Connection) -> None:
        connection.execute("INSERT INTO meta VALUES (?, ?)", note("half"))
        raise KeyError("a bug")

    before = mine.submit(lambda connection: connection.execute("INSERT INTO meta VALUES (?, ?)", note("before")).get)
    broken = mine.submit(faulty)
    after = mine.submit(lambda connection: connection.execute("INSERT INTO meta VALUES (?, ?)", note("after")).get)
    with pytest.raises(KeyError):
        broken.result()
    assert before.result() is None is after.result()
    assert mine.submit(names).result() == ["after", "before"]
    mine.close()


def test_after_a_failed_write_to_the_disk_nothing_more_is_written(tmp_path: Path) -> None:
    mine = writer(tmp_path)

    def dying_disk(connection: apsw.Connection) -> None:
        connection.execute("INSERT INTO meta VALUES (?, ?)", note("half"))
        raise apsw.IOError("disk I/O error")

    with pytest.raises(Unavailable, match="disk I/O error"):
        mine.submit(dying_disk).result()
    with pytest.raises(Unavailable, match="an earlier write failed"):
        mine.submit(names).result()
    mine.close()
    again = writer(tmp_path)
    assert again.submit(names).result() == []
    again.close()


def test_a_closed_writer_says_so(tmp_path: Path) -> None:
    mine = writer(tmp_path)
    mine.close()
    with pytest.raises(Unavailable, match="is closed"):
        mine.submit(names).result()
