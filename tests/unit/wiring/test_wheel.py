"""Whom to look at next, held against a plain dictionary; and what it costs."""

from hypothesis import given
from hypothesis import strategies as st

from opportune.units import DAY, SECOND
from opportune.wiring.wheel import Wheel

USERS = st.sampled_from(["ann", "bob", "cid", "dee"])
INSTANTS = st.integers(0, 5_000)
MOVES = st.one_of(
    st.tuples(st.just("set"), USERS, st.none() | INSTANTS),
    st.tuples(st.just("due"), st.just(""), INSTANTS),
    st.just(("first", "", 0)),
)


@given(st.lists(MOVES, max_size=40))
def test_it_finds_what_a_look_at_every_deadline_finds(moves: list[tuple[str, str, int | None]]) -> None:
    wheel, plain = Wheel(), dict[str, int]()
    for move, user, at in moves:
        if move == "set":
            wheel.set(user, at)
            if at is None:
                plain.pop(user, None)
            else:
                plain[user] = at
        elif move == "first":
            assert wheel.first() == min(plain.values(), default=None)
        else:
            assert at is not None
            due = sorted((each for each in plain if plain[each] <= at), key=lambda each: (plain[each], each))
            assert wheel.due(at) == due
            for each in due:
                del plain[each]
        assert len(wheel) == len(plain)
    assert wheel.first() == min(plain.values(), default=None)


def test_a_deadline_that_moves_with_every_event_has_one_place() -> None:
    wheel = Wheel()
    for second in range(10_000):
        wheel.set("ann", second * SECOND + 7 * DAY)
    assert len(wheel._queue) == 1
    assert wheel.due(7 * DAY + 9_998 * SECOND) == []
    assert wheel.due(7 * DAY + 9_999 * SECOND) == ["ann"]


def test_those_due_later_within_the_same_second_wait() -> None:
    wheel = Wheel()
    wheel.set("bob", 1_500)
    wheel.set("ann", 1_500)
    wheel.set("cid", 1_501)
    assert wheel.due(1_499) == []
    assert wheel.due(1_500) == ["ann", "bob"]
    assert wheel.due(1_501) == ["cid"]
    assert wheel.first() is None


def test_of_many_who_are_due_so_many_can_be_asked_for() -> None:
    wheel = Wheel()
    for place, user in enumerate(("bob", "ann", "cid")):
        wheel.set(user, 10 + place // 2)
    assert (wheel.crowd(20, 3), wheel.crowd(9, 1), wheel.crowd(10, 1)) == (None, None, (10, "ann"))
    assert wheel.due(20, wheel.crowd(20, 2)) == ["ann", "bob"]
    assert (wheel.first(), wheel.due(20, (11, "bob")), wheel.due(20), wheel.due(20)) == (11, [], ["cid"], [])
