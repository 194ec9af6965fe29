"""Who waits for whom: small requests for a piece of a large one at most, and a large one for all of itself."""

import asyncio
from collections.abc import Sequence

from opportune.events.event import Event
from opportune.ports import DeadLetter, Taken
from opportune.wiring.arrivals import (
    ALONE,
    MOST_AT_ONCE,
    MOST_WHOLE,
    PIECE,
    SHARE,
    Arrival,
    Arrivals,
    pieces_of,
    together,
)
from tests.contracts.made import event

LETTER = DeadLetter(0, "bad", "why", b"body")


def events(count: int, first: int = 1) -> list[Event]:
    return [event(number) for number in range(first, first + count)]


def cut(count: int, *, mark: bool = False) -> list[Arrival]:
    async def made() -> list[Arrival]:
        return pieces_of(events(count), [LETTER], (("file", 7),) if mark else ())

    return asyncio.run(made())


def waiting(small: Sequence[int], large: Sequence[int]) -> Arrivals:
    """Small requests whose senders wait, and pieces of large ones."""

    async def made() -> Arrivals:
        found, loop = Arrivals(), asyncio.get_running_loop()
        for count in small:
            found.push(Arrival(events(count), (), loop.create_future()))
        for count in large:
            found.push(Arrival(events(count), (), loop.create_future()), is_piece=True)
        return found

    return asyncio.run(made())


def sizes(taken: Sequence[Arrival]) -> list[int]:
    return [len(each.reads) for each in taken]


def test_a_large_request_is_cut_in_order_and_its_refusals_are_told_once() -> None:
    pieces = cut(2 * PIECE + 1)
    assert [len(piece.reads) for piece in pieces] == [PIECE, PIECE, 1]
    assert [read for piece in pieces for read in piece.reads] == events(2 * PIECE + 1)
    assert [list(piece.dead) for piece in pieces] == [[LETTER], [], []]


def test_what_says_how_far_its_source_was_taken_and_what_is_small_stay_whole() -> None:
    assert [len(piece.reads) for piece in cut(3 * PIECE, mark=True)] == [3 * PIECE]
    assert [len(piece.reads) for piece in cut(MOST_WHOLE)] == [MOST_WHOLE]
    (piece,) = cut(0)
    assert list(piece.dead) == [LETTER]


def test_the_small_ones_wait_for_one_piece_of_a_large_one_at_most() -> None:
    arrivals = waiting([1, 2], [PIECE] * 4)
    assert arrivals.coming == PIECE + 3
    assert sizes(arrivals.taken()) == [PIECE, 1, 2]
    assert sizes(arrivals.taken()) == [PIECE]
    assert arrivals.events == arrivals.coming + PIECE == 2 * PIECE
    assert sizes(list(arrivals)) == [PIECE, PIECE]


def test_who_has_been_alone_for_long_is_taken_by_half_a_group() -> None:
    arrivals = waiting([1], [PIECE] * 30)
    for _ in range(ALONE + 1):
        assert sizes(arrivals.taken())[:2] in ([PIECE, 1], [PIECE])
    arrivals.push(Arrival(events(1), (), None))  # a receipt, for which nobody waits
    assert sizes(arrivals.taken()) == [PIECE] * (30 - ALONE - 1) + [1]


def test_what_is_large_is_not_left_behind_however_many_small_ones_come() -> None:
    arrivals = waiting([1], [PIECE] * (2 * SHARE))
    assert sizes(arrivals.taken()) == [PIECE] * 3 + [1]


def test_the_small_ones_always_have_half_of_a_group() -> None:
    arrivals = waiting([1] * MOST_AT_ONCE, [PIECE] * (100 * SHARE))
    assert arrivals.coming == MOST_AT_ONCE
    assert sizes(arrivals.taken()).count(1) == MOST_AT_ONCE // 2


def test_a_group_takes_about_as_many_as_it_should_and_the_rest_waits() -> None:
    arrivals = waiting([400] * 4, [])
    assert sum(len(each.reads) for each in arrivals.taken()) == 3 * 400 >= MOST_AT_ONCE
    assert arrivals
    assert arrivals.events == 400
    arrivals.taken()
    assert not arrivals
    assert arrivals.events == arrivals.size == 0


def test_what_is_said_of_the_pieces_is_said_of_the_whole() -> None:
    first, second = Taken(), Taken()
    first.append("a")
    second.append("b")
    second.erased, first.known_users = ["c"], ["d"]
    whole = together([first, second])
    assert (list(whole), whole.erased, whole.known_users) == (["a", "b"], ["c"], ["d"])
