"""Merges read for history: whose events a memory holds, as of which place in the log."""

from opportune.features.history_lives import FOREVER, Asked, Lives, Merge, Owned, lives_of


def test_nobody_is_named_who_took_part_in_no_merge() -> None:
    assert lives_of([]) == Lives([], [])


def test_from_the_merge_on_events_belong_to_both() -> None:
    found = lives_of([Merge("ann", "visitor", 7)])
    assert found.owned == [
        Owned("ann", 0, FOREVER, "ann", 0),
        Owned("visitor", 0, FOREVER, "visitor", 0),
        Owned("visitor", 0, FOREVER, "ann", 7),
    ]
    assert found.asked == [
        Asked("ann", 0, FOREVER, "ann"),
        Asked("visitor", 0, 8, "visitor"),
        Asked("visitor", 8, FOREVER, "ann"),
    ]


def test_a_chain_of_merges_hands_on_in_their_order() -> None:
    found = lives_of([Merge("c", "b", 9), Merge("b", "a", 4)])
    assert [each for each in found.owned if each.name == "a"] == [
        Owned("a", 0, FOREVER, "a", 0),
        Owned("a", 0, FOREVER, "b", 4),
        Owned("a", 0, FOREVER, "c", 9),
    ]
    assert [each for each in found.asked if each.name == "a"] == [
        Asked("a", 0, 5, "a"),
        Asked("a", 5, 10, "b"),
        Asked("a", 10, FOREVER, "c"),
    ]


def test_an_id_that_is_its_own_again_begins_anew() -> None:
    found = lives_of([Merge("ann", "tablet", 3), Merge("tablet", "tablet", 8), Merge("tablet", "tablet", 9)])
    assert [each for each in found.owned if each.name == "tablet"] == [
        Owned("tablet", 0, 8, "tablet", 0),
        Owned("tablet", 0, 8, "ann", 3),
        Owned("tablet", 8, FOREVER, "tablet\n8", 0),
    ]
    assert [each for each in found.asked if each.name == "tablet"] == [
        Asked("tablet", 0, 4, "tablet"),
        Asked("tablet", 4, 8, "ann"),
        Asked("tablet", 8, FOREVER, "tablet\n8"),
    ]


def test_an_id_that_changes_hands_takes_no_memory_along() -> None:
    found = lives_of([Merge("ann", "tablet", 3), Merge("ben", "tablet", 8)])
    assert {each.life for each in found.owned if each.name == "tablet"} == {"tablet", "ann"}


def test_a_circle_of_merges_changes_nothing() -> None:
    found = lives_of([Merge("a", "b", 1), Merge("b", "a", 2)])
    assert [each for each in found.owned if each.name == "a"] == [Owned("a", 0, FOREVER, "a", 0)]


def test_in_hindsight_everybody_was_who_they_turned_out_to_be() -> None:
    merges = [Merge("b", "a", 4), Merge("c", "b", 9), Merge("a", "a", 12)]
    found = lives_of(merges, is_hindsight=True)
    assert [(each.name, each.first, each.until, each.life, each.since) for each in found.owned] == [
        ("b", 0, FOREVER, "c", 0),
        ("a", 0, 12, "c", 0),
        ("c", 0, FOREVER, "c", 0),
        ("a", 12, FOREVER, "a\n12", 0),
    ]
    assert found.asked == [
        Asked("b", 0, FOREVER, "c"),
        Asked("a", 0, FOREVER, "a\n12"),
        Asked("c", 0, FOREVER, "c"),
    ]
