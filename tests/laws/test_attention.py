"""What is remembered of when a user looks: the same in any order of arrival, mergeable, and never large."""

from hypothesis import given
from hypothesis import strategies as st
from msgspec import msgpack

from opportune.features.attention import (
    ERA,
    WINDOW,
    Attention,
    check_in,
    check_ins,
    look,
    merge_attention,
    new_attention,
    older_of,
    open_sent,
    recent_of,
)
from opportune.units import HOUR

START = 450_000
MOST = 256
hours = st.integers(START, START + 5 * ERA)
acts = st.lists(st.tuples(st.sampled_from(("check_in", "look", "open")), hours, st.integers(0, 60)), max_size=200)
Acts = list[tuple[str, int, int]]


def remembered(acts: Acts) -> Attention:
    attention = new_attention()
    for what, hour, delay in acts:
        if what == "check_in":
            check_in(attention, hour)
        elif what == "look":
            look(attention, hour)
        else:
            attention.sent += 1
            look(attention, hour)
            open_sent(attention, hour, delay * HOUR, hour * HOUR)
    return attention


@given(st.lists(hours, min_size=1, max_size=60), st.data())
def test_check_ins_may_come_in_any_order_within_the_window(visits: list[int], data: st.DataObject) -> None:
    in_order = sorted(visits)
    late = sorted(in_order, key=lambda hour: hour + data.draw(st.integers(0, WINDOW - 1)))
    assert remembered([("check_in", hour, 0) for hour in late]) == remembered(
        [("check_in", hour, 0) for hour in in_order]
    )


@given(st.lists(hours, max_size=60))
def test_what_is_told_twice_in_a_row_counts_once(visits: list[int]) -> None:
    twice = [("check_in", hour, 0) for hour in sorted(visits) for _ in range(2)]
    assert remembered(twice) == remembered([("check_in", hour, 0) for hour in sorted(visits)])


@given(st.lists(hours, max_size=80, unique=True), st.data())
def test_two_memories_of_one_user_merge_into_the_memory_of_all(visits: list[int], data: st.DataObject) -> None:
    in_order = sorted(visits)
    is_mine = data.draw(st.lists(st.booleans(), min_size=len(in_order), max_size=len(in_order)))
    mine, theirs = (
        remembered([("check_in", hour, 0) for hour, own in zip(in_order, is_mine, strict=True) if own is side])
        for side in (True, False)
    )
    merged, whole = merge_attention(mine, theirs), remembered([("check_in", hour, 0) for hour in in_order])
    assert merge_attention(theirs, mine) == merged
    assert (merged.first, merged.newest, recent_of(merged)) == (whole.first, whole.newest, recent_of(whole))
    for ours, all_of_it in zip(older_of(merged) or [0.0] * 24, older_of(whole) or [0.0] * 24, strict=True):
        assert abs(ours - all_of_it) <= 5 / 64, "each memory rounds what fades by itself, once in an era"


@given(acts, acts)
def test_a_memory_never_takes_more_than_its_bytes(first: Acts, second: Acts) -> None:
    one, other = remembered(sorted(first, key=lambda act: act[1])), remembered(second)
    for each in (one, other, merge_attention(one, other)):
        assert len(msgpack.encode(each)) <= MOST


def test_not_even_one_who_is_always_there_and_opens_everything_takes_more() -> None:
    hours = range(START, START + 3 * ERA)
    attention = remembered(
        [act for hour in hours for act in (("check_in", hour, 0), ("open", hour, 3))] + [("check_in", START - 1, 0)]
    )
    attention.sent = attention.opened = 0xFFFF
    assert MOST - 8 <= len(msgpack.encode(attention)) <= MOST


@given(st.lists(hours, min_size=1, max_size=100))
def test_check_ins_fade_and_are_never_more_than_there_were(visits: list[int]) -> None:
    attention = remembered([("check_in", hour, 0) for hour in sorted(visits)])
    newest = attention.newest // ERA
    assert sum(count for _, count in recent_of(attention)) == len({hour for hour in visits if hour // ERA == newest})
    assert check_ins(attention) <= len(set(visits))


def test_what_was_done_counts_half_after_two_eras() -> None:
    attention = remembered([("check_in", START, 0)])
    check_in(attention, START + 3 * ERA)
    assert sum(older_of(attention)) == 31 / 64
