"""A memory at rest is read in part: what its groups say, and nothing that would have to be decoded for it."""

from msgspec import Struct

from opportune.features.profile import Group, Profile, Series
from opportune.journeys.memory import Memory, at_rest, fresh
from opportune.wiring.glimpse import Seen, SeenProfile, groups_in, texts_in
from opportune.wiring.moved import Moved, mark_of


def beginning(of: type[Struct], like: type[Struct]) -> tuple[str, ...]:
    return of.__struct_fields__[: len(like.__struct_fields__)]


def test_what_is_read_stands_where_a_memory_keeps_it() -> None:
    assert beginning(Memory, Seen) == Seen.__struct_fields__
    assert beginning(Profile, SeenProfile) == SeenProfile.__struct_fields__


def test_only_groups_that_are_asked_for_are_read() -> None:
    memory = fresh("ann")
    memory.profile.groups = {"a": Group({"p1": Series([1], [], []), "p2": Series([2], [], [])}), "b": Group({})}
    raw = at_rest(memory)
    assert groups_in(raw, {"a", "c"}) == {"a": memory.profile.groups["a"]}
    assert [(key, list(texts)) for key, texts in texts_in(raw, {"a", "b"})] == [("a", ["p1", "p2"]), ("b", [])]


def test_nothing_is_read_of_nobody_and_of_who_was_absorbed() -> None:
    for raw in (None, mark_of(Moved("ann", "ann"))):
        assert groups_in(raw, {"a"}) == {} and list(texts_in(raw, {"a"})) == []
