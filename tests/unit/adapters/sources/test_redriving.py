"""Dead letters sent in again: each once, and none is lost."""

import asyncio
from collections.abc import Iterable, Sequence

import pytest

from opportune.adapters.sources.redriving import AT_ONCE, Redriven, redrive
from opportune.errors import Overloaded
from opportune.events.event import Event
from opportune.events.wire import Read
from opportune.ports import DeadLetter

GOOD = b'{"type":"track","userId":"ann","event":"Cart Updated","messageId":"m%d"}'
BAD = DeadLetter(5, "bad_name", "name", b'{"type":"track","userId":"ann"}')


class Letters:
    def __init__(self, *letters: DeadLetter) -> None:
        self.left = dict(enumerate(letters, 1))

    def after(self, place: int, limit: int) -> list[tuple[int, DeadLetter]]:
        return [each for each in sorted(self.left.items()) if each[0] > place][:limit]

    def remove(self, places: Iterable[int]) -> None:
        for place in list(places):
            del self.left[place]


class Host:
    def __init__(self) -> None:
        self.reads: list[Read] = []
        self.failure: Exception | None = None

    async def accept(self, reads: Sequence[Read]) -> None:
        if self.failure is not None:
            raise self.failure
        self.reads += reads


def good(count: int, kind: str = "") -> DeadLetter:
    return DeadLetter(5, "bad_name", "name", GOOD % count, kind)


def test_what_is_good_now_is_taken_and_gone_and_the_rest_stays() -> None:
    box, host = Letters(good(1), BAD, DeadLetter(5, "late", "late", b"17"), good(2)), Host()
    assert asyncio.run(redrive(box, host.accept)) == Redriven(2, 2, None)
    assert [event.id for event in host.reads if isinstance(event, Event)] == ["m1", "m2"]
    assert sorted(box.left) == [2, 3]
    assert asyncio.run(redrive(box, host.accept)) == Redriven(0, 2, None)
    assert len(host.reads) == 2


def test_a_letter_is_read_as_of_when_it_came_and_as_its_path_said() -> None:
    body = b'{"userId":"ann","event":"Cart Updated","timestamp":"1970-01-01T00:00:01Z"}'
    box, host = Letters(DeadLetter(9_000, "bad_name", "name", body, "track", "1970-01-01T00:00:03Z")), Host()
    assert asyncio.run(redrive(box, host.accept)).taken == 1
    (event,) = host.reads
    assert (event.at, event.received_at) == (7_000, 9_000)


def test_what_cannot_be_taken_now_stays() -> None:
    box, host = Letters(good(1)), Host()
    host.failure = Overloaded("full")
    with pytest.raises(Overloaded):
        asyncio.run(redrive(box, host.accept))
    assert sorted(box.left) == [1]


def test_many_bad_letters_do_not_keep_a_good_one_from_its_turn() -> None:
    box, host = Letters(*[BAD] * (2 * AT_ONCE), good(1)), Host()
    assert asyncio.run(redrive(box, host.accept)) == Redriven(1, 2 * AT_ONCE, None)


def test_after_ten_thousand_letters_it_says_where_to_go_on() -> None:
    box, host = Letters(*[BAD] * 10_001, good(1)), Host()
    first = asyncio.run(redrive(box, host.accept))
    assert first == Redriven(0, 10_000, 10_000)
    assert asyncio.run(redrive(box, host.accept, first.after or 0)) == Redriven(1, 1, None)
