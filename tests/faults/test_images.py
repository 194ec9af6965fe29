"""The power goes at any note of a recorded run: what was acknowledged is there, whole, and nothing is sent twice.

``make images IMAGES=10000`` looks at more of them.
"""

from pathlib import Path
from random import Random

import pytest

from tests.faults.crash_images import DATA, NAMES, SECTOR, Disk
from tests.faults.images import cuts, explored, opened, recorded, scratch, secret_in
from tests.faults.recording import Note

IMAGES = 160
PLANTS = {"normal": "lost", "early": "lost", "unmarked": "doubled"}
"""Faults, and what they lead to."""


@pytest.mark.needs("smtp")
def test_whatever_a_power_cut_leaves_an_engine_goes_on_from_it_with_all_that_was_acknowledged() -> None:
    with scratch() as place:
        notes = recorded(Path(place), "1")
        found = explored(notes, IMAGES, "1", Path(place), 1)
    print(found.figures())
    assert found.faults == []
    assert len(found.images) > 100
    assert found.started > 0


@pytest.mark.needs("smtp")
@pytest.mark.parametrize(("planted", "kind"), PLANTS.items())
def test_an_engine_that_does_not_wait_for_its_disk_is_found_out(planted: str, kind: str) -> None:
    """In one of six short runs at the latest: a real one shows it only where an answer overtakes its disk."""
    for seed in "123456":
        with scratch() as place:
            notes = recorded(Path(place), seed, planted=planted, size=12)
            found = opened(notes, secret_in(notes), Path(place) / "image", cuts(notes, 24, seed))
        if found.by_kind[kind]:
            return
    raise AssertionError(f"no image shows what {planted} does: {kind}")


def disk_after(*notes: Note) -> Disk:
    found = Disk()
    for each in notes:
        found.take(each)
    return found


def contents(disk: Disk, *ways: str) -> set[bytes]:
    """What may be in file ``a`` after a cut."""
    return {disk.image(way, "strict_all", Random(seed)).files["a"] for way in ways or DATA for seed in range(20)}


def note(kind: str, path: str = "", inode: int = 7, at: int = 0, more: int = 0, content: bytes = b"") -> Note:
    return Note(kind, path, 1, inode, at, more, content)


OPENED = note("o", "a", more=1)


def synced(number: int, error: int = 0, inode: int = 7) -> list[Note]:
    return [note("s", inode=inode, at=number), note("S", inode=inode, at=number, more=error)]


def test_only_what_was_written_before_a_sync_began_is_safe_when_it_has_ended() -> None:
    begun, ended = synced(1)
    disk = disk_after(OPENED, note("w", content=b"ab"), begun, note("w", at=2, content=b"cd"), ended)
    assert contents(disk, "none") == {b"ab"}
    assert contents(disk, "some") == {b"ab", b"abcd"}
    assert all(each.startswith(b"ab") for each in contents(disk))


def test_writes_get_to_the_disk_in_any_order_and_by_sectors() -> None:
    disk = disk_after(OPENED, note("w", content=b"a" * SECTOR), note("w", at=SECTOR, content=b"b" * 2 * SECTOR))
    assert contents(disk, "odd") == {bytes(SECTOR) + b"b" * 2 * SECTOR}
    sectors = {
        (each[:1], each[SECTOR : SECTOR + 1], each[-1:]) for each in contents(disk, "torn") if len(each) > SECTOR
    }
    assert {(b"a", b"b", b"b"), (b"a", b"\0", b"b")} <= sectors


def test_what_a_failed_sync_was_to_write_no_later_sync_makes_safe() -> None:
    disk = disk_after(OPENED, note("w", content=b"ab"), *synced(1, error=5), note("w", at=2, content=b"cd"), *synced(2))
    assert contents(disk) == {b"\0\0cd"}
    assert disk.lost == 1


def names_of(disk: Disk, way: str) -> set[str]:
    return set(disk.image("all", way, Random(1)).files)


def test_a_name_is_safe_once_its_folder_was_synced_and_on_some_disks_once_any_file_was() -> None:
    made = disk_after(OPENED, *synced(1))
    assert names_of(made, "strict_none") == set()
    assert names_of(made, "journaled_least") == {"a"}
    renamed = disk_after(OPENED, *synced(1), *synced(2, inode=1), note("r", content=b"a\0b"))
    assert names_of(renamed, "strict_none") == {"a"}
    assert names_of(renamed, "strict_all") == {"b"}
    assert {frozenset(names_of(renamed, way)) for way in NAMES} == {frozenset("a"), frozenset("b")}
