"""Whose past an entry belongs to, and in which order entries came."""

from msgspec.structs import replace

from opportune.events.event import Event, Merged
from opportune.wiring.backtest.entry import Linked
from opportune.wiring.backtest.groups import Links, happened, in_order

CART = Event("a", "dev", "Cart Updated", 10, 10, 2, is_anonymous=True)


def test_ids_that_are_linked_however_long_the_chain_have_one_root() -> None:
    links = Links()
    for one, other in (("c", "d"), ("x", "y"), ("b", "c"), ("a", "d"), ("y", "x")):
        links.join(one, other)
    assert dict(links.roots()) == {"a": "a", "b": "a", "c": "a", "d": "a", "x": "x", "y": "x"}


def test_the_order_of_rows_decides_where_instants_are_the_same() -> None:
    first, second = Event("z", "ann", "Seen", 5, 5, 1), Event("a", "ann", "Seen", 5, 5, 2)
    assert in_order([second, first], since=None, is_log=False) == [first, second]


def test_an_id_counts_once_as_of_its_first_instant() -> None:
    again = replace(CART, at=20, received_at=20, seq=1)
    assert in_order([again, CART], since=None, is_log=False) == [CART]


def test_what_was_before_the_beginning_is_history_that_came_just_then() -> None:
    later = Event("b", "dev", "Seen", 40, 40, 3)
    found = in_order([CART, later], since=30, is_log=False)
    assert found == [replace(CART, received_at=30, is_history=True), later]


def test_a_device_that_is_linked_becomes_the_user_who_said_so() -> None:
    after = replace(CART, id="b", at=30, received_at=30, seq=5)
    found = list(happened([CART, Linked("l", "dev", "ann", 20, 4), after]))
    assert [type(each) for each in found] == [Event, Merged, Event]
    assert [each.user for each in found] == ["dev", "ann", "ann"]


def test_a_device_that_another_user_logs_in_at_changes_hands() -> None:
    first, second = Linked("l", "dev", "ann", 20, 4), Linked("m", "dev", "bob", 30, 5)
    after = replace(CART, id="b", at=40, received_at=40, seq=6)
    found = list(happened([CART, first, second, after]))
    assert [(each.user, each.absorbed) for each in found if isinstance(each, Merged)] == [
        ("ann", "dev"),
        ("bob", "dev"),
    ]
    assert found[-1].user == "bob"


def test_a_user_of_its_own_is_joined_by_an_alias_for_an_operator_says_so() -> None:
    named = Event("n", "bob", "Seen", 5, 5, 1)
    found = list(happened([named, Linked("l", "bob", "ann", 20, 4)]))
    assert found[1] == Merged("ann", "bob", 20, 2)
