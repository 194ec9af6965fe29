"""What lies beside the engine: private where it matters, and never written through a link put there by others."""

import os
import stat
from pathlib import Path

import pytest

from opportune.adapters.channels.folder import FolderEmail
from opportune.adapters.channels.mime import Sender
from opportune.adapters.private_file import anew, straight
from opportune.adapters.stores.backups import back_up, restore
from opportune.adapters.stores.mark import Mark, Seen, mark_path
from opportune.adapters.stores.secret import keep_secret, secret_of, secret_path
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.errors import Unavailable
from opportune.events.event import Event
from opportune.wiring import doctor
from opportune.wiring.exporting import Order, export

OTHERS = stat.S_IRWXG | stat.S_IRWXO


@pytest.fixture(autouse=True)
def open_handed() -> object:
    """The umask of a careless machine."""
    before = os.umask(0o000)
    yield
    os.umask(before)


def others(path: Path) -> int:
    return path.stat().st_mode & OTHERS


def kept(folder: Path) -> Path:
    """A store with one event in it."""
    path = folder / "kept.db"
    store = SqliteStore(path)
    secret_of(path)
    event = Event("e1", "ann", "Seen", 1, 1, properties=b"{}")
    try:
        assert others(path) == 0
        assert others(path.with_name("kept.db-wal")) == 0
        assert others(path.with_name("kept.db-owner")) == 0
    finally:
        store.close()
    assert event.user == "ann"
    return path


def test_only_the_owner_reads_the_file_its_log_and_its_secret(tmp_path: Path) -> None:
    assert others(secret_path(kept(tmp_path))) == 0


def test_only_the_owner_reads_a_backup_and_what_is_made_of_it(tmp_path: Path) -> None:
    store, copy, back = kept(tmp_path), tmp_path / "copy.db", tmp_path / "elsewhere.db"
    back_up(store, copy, at="today")
    restore(copy, back)
    for path in (copy, secret_path(copy), back, secret_path(back)):
        assert others(path) == 0, path


def test_a_file_that_is_there_keeps_the_rights_that_its_operator_gave_it(tmp_path: Path) -> None:
    path = kept(tmp_path)
    path.chmod(0o640)
    SqliteStore(path).close()
    assert others(path) == 0o040


def test_doctor_tells_of_a_file_and_a_secret_that_others_may_read(tmp_path: Path) -> None:
    path = kept(tmp_path)
    assert [each.level for each in doctor.store(path)] == ["ok"]
    path.chmod(0o640)
    secret_path(path).chmod(0o604)
    assert [each.remedy for each in doctor.store(path)] == ["", f"chmod 600 {path}", f"chmod 600 {secret_path(path)}"]


@pytest.mark.parametrize("size", [0, 1, 15])
def test_a_secret_that_can_be_guessed_is_refused(tmp_path: Path, size: int) -> None:
    secret_path(tmp_path / "kept.db").write_bytes(b"x" * size)
    with pytest.raises(Unavailable, match=f"holds {size} bytes"):
        secret_of(tmp_path / "kept.db")


@pytest.fixture
def theirs(tmp_path: Path) -> Path:
    """Something of somebody else that a link may lead to."""
    path = tmp_path / "theirs"
    path.write_text("mine")
    return path


def linked(place: Path, theirs: Path) -> None:
    place.symlink_to(theirs)


def test_no_link_is_followed_where_a_secret_is_written(tmp_path: Path, theirs: Path) -> None:
    store = tmp_path / "kept.db"
    linked(tmp_path / ".kept.db.secret", theirs)
    keep_secret(store, b"s" * 32)
    assert theirs.read_text() == "mine" and secret_of(store) == b"s" * 32


def test_no_link_is_followed_where_a_mark_is_written(tmp_path: Path, theirs: Path) -> None:
    store = tmp_path / "kept.db"
    linked(tmp_path / ".kept.db.mark", theirs)
    Mark(store, Seen(b"i" * 16, 1, 1, 1, 1))
    assert theirs.read_text() == "mine" and mark_path(store).exists() and not mark_path(store).is_symlink()


def test_no_link_is_followed_where_backups_are_made_and_put_back(tmp_path: Path, theirs: Path) -> None:
    store, copy, back = kept(tmp_path), tmp_path / "copy.db", tmp_path / "back.db"
    for place in (".copy.db.part", ".copy.db.secret", ".back.db.part", ".back.db.secret"):
        linked(tmp_path / place, theirs)
    back_up(store, copy, at="today")
    restore(copy, back)
    assert theirs.read_text() == "mine"


def test_a_backup_is_never_written_over_what_a_link_leads_to(tmp_path: Path, theirs: Path) -> None:
    store = kept(tmp_path)
    linked(tmp_path / "copy.db", theirs)
    with pytest.raises(Unavailable, match="is there already"):
        back_up(store, tmp_path / "copy.db", at="today")
    assert theirs.read_text() == "mine"


class Past:
    """A history with events of many days, so that files are closed and opened again."""

    def log(self) -> list[Event]:
        days = [*range(12), *range(12)]
        return [Event(f"e{n}", "ann", "Seen", 1, day * 86_400_000, properties=b"{}") for n, day in enumerate(days)]


@pytest.mark.parametrize("kind", ["csv", "ndjson"])
def test_no_link_is_followed_where_rows_are_exported(tmp_path: Path, theirs: Path, kind: str) -> None:
    into = tmp_path / "out"
    into.mkdir()
    linked(into / f".events-1970-01-01.{kind}.part", theirs)
    linked(into / f"events-1970-01-02.{kind}", theirs)
    made = export(Past(), Order("events", kind), into)  # type: ignore[arg-type]
    assert theirs.read_text() == "mine"
    assert [each.rows for each in made] == [2] * 12
    assert not any(path.is_symlink() for path in into.iterdir())


def test_no_link_is_followed_where_mail_is_written_as_files(tmp_path: Path, theirs: Path) -> None:
    channel = FolderEmail(tmp_path, Sender("shop@shop.example"))
    linked(tmp_path / ".k1", theirs)
    channel._keep(tmp_path / ".k1", b"mail")
    assert theirs.read_text() == "mine" and (tmp_path / ".k1").read_bytes() == b"mail"


def test_what_is_made_anew_or_gone_on_with_is_no_link(tmp_path: Path, theirs: Path) -> None:
    place = tmp_path / "place"
    linked(place, theirs)
    with pytest.raises(OSError), open(place, "a", opener=straight()):
        pass
    os.close(anew(place))
    assert theirs.read_text() == "mine" and not place.is_symlink()
