"""Sets of numbers in few bytes: what was added is there, once when it is tidied, whatever the form."""

from hypothesis import given
from hypothesis import strategies as st

from opportune.wiring.slots import Slots


@given(st.lists(st.integers(0, 3_000), max_size=300), st.sampled_from([1, 64, 5_000]))
def test_what_was_added_is_there_and_nothing_else(numbers: list[int], users: int) -> None:
    slots, count = Slots(), users
    for number in numbers:
        count = max(count, number + 1)
        slots.add(number, count)
    assert set(slots) == set(numbers)
    assert len(set(numbers)) <= len(slots) <= 2 * len(set(numbers)) + 8


def test_many_of_few_users_are_kept_as_bits_and_each_comes_once() -> None:
    slots = Slots()
    for number in range(1_000):
        slots.add(number, 1_000)
        slots.add(number, 1_000)
    assert list(slots) == list(range(1_000)) and len(slots) == 1_000


def test_what_is_added_while_they_are_told_comes_the_next_time() -> None:
    few, many = Slots(), Slots()
    for number in range(5):
        few.add(number, 10_000)
    for number in range(500):
        many.add(number, 500)
    for slots in (few, many):
        before = set(slots)
        for number in slots:
            slots.add(number + 5_000, 20_000)
        assert set(slots) > before
