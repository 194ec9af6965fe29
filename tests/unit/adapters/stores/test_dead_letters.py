"""Dead letters: by place, only so many of them, and none of somebody who was erased."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opportune.adapters.stores.dead_letters import DeadLetters
from opportune.adapters.stores.letters import UNSAID, Bounds, stated_ids
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.ports import Batch, DeadLetter, Erasure


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


def kept(store: SqliteStore) -> list[int]:
    """When the letters came that are left once all work in pieces is done, oldest first."""
    while store.is_busy:
        store.commit_now(Batch())
    return [each.at for each in reversed(store.dead_letters(10_000))]


def test_only_the_newest_letters_stay_and_those_that_left_are_counted(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    store.letters.bounds = Bounds(most=300)
    for start in range(0, 2_000, 100):
        store.commit_now(Batch(dead=tuple(map(letter, range(start, start + 100)))))
    assert kept(store) == list(range(1_700, 2_000))
    assert store.letters.dropped == 1_700
    store.close()


@pytest.fixture
def restless_threads() -> Iterator[None]:
    """Threads that take turns as often as they can: what depends on who comes first shows."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    yield
    sys.setswitchinterval(before)


@pytest.mark.usefixtures("restless_threads")
@pytest.mark.parametrize("turn", range(8))
def test_letters_of_many_bytes_leave_earlier(tmp_path: Path, turn: int) -> None:
    """Eight turns: what came while the oldest left was once forgotten in one of three."""
    store = SqliteStore(tmp_path / f"store{turn}.db")
    store.letters.bounds = Bounds(most_bytes=100_000)
    for at in range(50):
        store.commit_now(Batch(dead=(DeadLetter(at, "bad_name", "name", b"x" * 9_000),)))
    assert kept(store) == list(range(39, 50))
    store.close()


def test_what_other_connections_take_away_makes_room(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    store.letters.bounds = Bounds(most=10)
    store.commit_now(Batch(dead=tuple(map(letter, range(10)))))
    box = DeadLetters(tmp_path / "store.db")
    box.remove(place for place, _ in box.after(0, 5))
    box.close()
    store.commit_now(Batch(dead=tuple(map(letter, range(10, 15)))))
    assert kept(store) == list(range(5, 15))
    assert store.letters.dropped == 0
    store.close()


def test_too_many_letters_of_an_earlier_life_leave_after_the_start(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    store.letters.bounds = Bounds(most=10**9)
    store.commit_now(Batch(dead=tuple(map(letter, range(100_400)))))
    store.close()
    store = SqliteStore(tmp_path / "store.db")
    assert len(kept(store)) == 10_000
    box = DeadLetters(tmp_path / "store.db")
    assert box.after(0, 1)[0][1].at == 400
    box.close()
    store.close()


ANN = Erasure(("ann", "Zoë"), ("ann", "Zoë"), (("email", "ann@private.example"),))
ABOUT_ANN = (
    b'{"userId":"ann","event":""}',
    b'{"event":"","x":"ann@private.example"}',
    b'{"userId":"Zo\\u00eb"}',
    '{"userId":"Zoë"}'.encode(),
)


def test_nobody_is_told_of_letters_about_an_erased_user_before_they_have_left(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    store.rewriter.wake = lambda: None  # type: ignore[method-assign]
    store.commit_now(Batch(dead=(*(DeadLetter(1, "bad_name", "name", body) for body in ABOUT_ANN), letter(2))))
    store.erase_now([ANN], now=3, seq=1)
    later = DeadLetter(4, "bad_name", "name", b'{"userId":"annette"}')
    store.commit_now(Batch(dead=(later,)))
    box = DeadLetters(tmp_path / "store.db")
    for _ in range(2):
        assert store.dead_letters() == [later, letter(2)]
        assert [each for _, each in box.after(0, 1)] == [letter(2)]
        store.rewriter.finish()
    box.close()
    store.close()
    for path in tmp_path.glob("store.db*"):
        assert b"private.example" not in path.read_bytes()


def test_an_erasure_is_durable_before_it_has_looked_through_the_letters(tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    store.rewriter.wake = lambda: None  # type: ignore[method-assign]
    store.commit_now(Batch(dead=tuple(DeadLetter(1, "x", "y", b'{"userId":"ann"}') for _ in range(1_000))))
    store.erase_now([ANN], now=3, seq=1)
    assert store._read.execute("SELECT count FROM letters_held").get == 1_000
    store.close()
    store = SqliteStore(tmp_path / "store.db")
    store.rewriter.finish()
    assert store._read.execute("SELECT count, bytes FROM letters_held").fetchall() == [(0, 0)]
    store.close()


@pytest.mark.parametrize(
    "body",
    [
        b'{"userId":"ann","event":""}',
        b'{"anonymousId": "ann"',
        b'{"type":"alias","previousId":"ann","userId":',
        b'{"user_id":"ann","email":"ann@private.example"}',
        b'{"userId":"Zo\\u00eb","event":',
        b'{"a":{"userId":" ann "}}',
        b'{"userId":"bob","userId":"ann"}',
        b"{'userId': 'ann'}",
    ],
)
def test_of_a_bad_call_about_an_erased_user_nothing_is_kept_but_that_it_came(body: bytes, tmp_path: Path) -> None:
    store = SqliteStore(tmp_path / "store.db")
    store.erase_now([ANN], now=3, seq=1)
    store.commit_now(Batch(dead=(DeadLetter(4, "bad_name", "event: of ann", body, "track", 5), letter(6))))
    assert store.dead_letters() == [letter(6), DeadLetter(4, "bad_name", UNSAID, b"", "track")]
    store.readmit_now("ann")
    store.readmit_now("Zoë")
    store.commit_now(Batch(dead=(DeadLetter(7, "bad_name", "event", body),)))
    assert store.dead_letters(1)[0].body == body
    store.close()


@given(st.text(), st.booleans(), st.binary(max_size=20))
def test_an_id_is_found_whatever_stands_around_it(user: str, is_ascii: bool, rest: bytes) -> None:
    body = b'{"userId": %s, ' % json.dumps(user, ensure_ascii=is_ascii).encode("utf-8", "surrogatepass") + rest
    if user.isprintable():
        assert user in stated_ids(DeadLetter(1, "x", "y", body))


@pytest.mark.parametrize("id", [b'"\xff"', b'"\xed\xa0\x80"', b"\xff", b"'\xc3'", b'"\xc3'])
def test_whom_a_letter_names_can_be_asked_though_it_is_no_text(tmp_path: Path, id: bytes) -> None:
    body = b'{"anonymousId":' + id + b',"userId":"ann"}'
    assert "ann" in stated_ids(DeadLetter(1, "bad_text", "y", body))
    store = SqliteStore(tmp_path / "store.db")
    store.commit_now(Batch(dead=(DeadLetter(1, "bad_text", "y", body),)))
    assert [each.body for each in store.dead_letters()] == [body]
    store.close()
