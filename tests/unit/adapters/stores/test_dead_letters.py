"""Dead letters by place, while an engine owns the file."""

from pathlib import Path

from opportune.adapters.stores.dead_letters import DeadLetters
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.ports import Batch, DeadLetter


def letter(count: int) -> DeadLetter:
    return DeadLetter(count, "bad_name", "name", b"{}", "track", "2026-01-01")


def test_letters_are_told_by_place_and_removed_by_it(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    store.commit_now(Batch(dead=tuple(map(letter, range(5)))))
    box = DeadLetters(tmp_path / "store.db")
    found = box.after(0, 3)
    assert [each for _, each in found] == [letter(0), letter(1), letter(2)]
    assert [each for _, each in box.after(found[-1][0], 9)] == [letter(3), letter(4)]
    box.remove([found[1][0]])
    assert [each.at for _, each in box.after(0, 9)] == [0, 2, 3, 4]
    assert len(store.dead_letters()) == 4
    box.close()
    store.close()


def test_letters_of_an_earlier_release_are_read(tmp_path: Path) -> None:
    from msgspec import msgpack

    raw = msgpack.encode({"at": 1, "code": "bad_name", "reason": "name", "body": b"{}"})
    assert msgpack.decode(raw, type=DeadLetter) == DeadLetter(1, "bad_name", "name", b"{}")
