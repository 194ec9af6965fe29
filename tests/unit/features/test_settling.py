"""What leaves a series, and what stays of it."""

import msgspec

from opportune.features.chosen import Chosen
from opportune.features.keep import Keep
from opportune.features.profile import Group, Profile, Series
from opportune.features.series import Shape, add_entry, add_value, add_weighed, empty
from opportune.features.settling import (
    MOST_ENTRIES,
    MOST_NAMES,
    MOST_TEXTS,
    bound_names,
    bound_texts,
    later,
    series_of,
    settle,
    settle_kept,
)
from opportune.units import ONE


def keep(shape: Shape, *, oldest: bool = False, ever: bool = True, by: str | None = None) -> Keep:
    return Keep("k", Chosen(), None, shape, keeps_oldest=oldest, is_unbounded=ever, by=by)


def entered(*entries: tuple[int, float | str]) -> Series:
    series = empty()
    for at, value in entries:
        add_entry(series, at, value)
    return series


def test_of_numbers_and_texts_the_least_and_the_greatest_stay() -> None:
    for values in ([3.0, 5.0, 1.0, 5.0, 4.0], ["c", "e", "a", "e", "d"]):
        series = entered(*enumerate(values))
        settle(series, keep("extremes"), 4)
        assert (series.ats, series.values, series.count) == ([1, 2, 4], [values[1], values[2], values[4]], 2)
        add_entry(series, 9, values[0])
        settle(series, keep("extremes"), 9)
        assert (series.ats, series.count) == ([1, 2, 9], 3)


def test_where_no_window_is_without_an_end_extremes_leave_too() -> None:
    series = entered((1, 3.0), (2, 5.0), (3, 4.0))
    settle(series, keep("extremes", ever=False), 3)
    assert (series.ats, series.values, series.count) == ([3], [4.0], 2)


def test_two_entries_may_both_be_extremes_and_one_may_be_both() -> None:
    series = entered((1, 7.0), (2, 7.0), (3, 7.0))
    settle(series, keep("extremes"), 3)
    assert series.ats == [1, 2, 3]
    add_entry(series, 4, 7.0)
    settle(series, keep("extremes"), 4)
    assert (series.ats, series.count) == ([1, 4], 2)


def test_the_oldest_value_stays_with_its_seq() -> None:
    series = empty()
    for at in (1, 2, 3, 4):
        add_value(series, at, 10 + at, f"v{at}")
    settle(series, keep("values", oldest=True), 3)
    assert (series.ats, series.seqs, series.values) == ([1, 3, 4], [11, 13, 14], ["v1", "v3", "v4"])


def test_what_fades_leaves_nothing_behind() -> None:
    series = entered((1, 3.0), (2, 5.0))
    settle(series, keep("amounts", ever=False), 2)
    assert (series.ats, series.values, series.total, series.tally) == ([2], [5.0], 0, {})


def test_names_are_tallied_with_what_they_weigh_and_when_they_were_seen() -> None:
    series = empty()
    for at, name, weight in ((1, "'a", 2.0), (2, "'b", -1.5), (3, "'a", 0.5), (4, "'a", 9.0)):
        add_weighed(series, at, name, weight)
    settle(series, keep("tallies"), 4)
    assert series.tally == {"'a": [3, 2_500_000, 0], "'b": [2, 2**62 - 1_500_000, -1]}
    assert (series.ats, series.values, series.weights) == ([4], ["'a"], [9.0])
    again = msgspec.msgpack.decode(msgspec.msgpack.encode(series), type=Series)
    assert again == series
    add_weighed(series, 1, "'a", 1.0)
    settle(series, keep("tallies"), 4)
    assert series.tally["'a"] == [3, 3_500_000, 0], "a late one does not make it older"


def test_names_without_weights_weigh_one_and_are_tallied_only_where_they_are_read() -> None:
    for ever, tally in ((True, {"'a": [2, 2 * ONE, 0]}), (False, {})):
        series = entered((1, "'a"), (2, "'a"), (3, "'b"))
        settle(series, keep("tallies", ever=ever), 3)
        assert (series.tally, series.count) == (tally, 2)


def test_of_too_many_entries_the_oldest_leave_and_it_is_said_since_when() -> None:
    series = entered(*((at, at * ONE) for at in range(MOST_ENTRIES + 2)))
    settle(series, keep("numbers"), -1)
    assert (len(series.ats), series.ats[0], series.since) == (MOST_ENTRIES, 2, 1)
    assert (series.count, series.total) == (2, ONE)
    add_entry(series, 0, 5 * ONE)
    settle(series, keep("numbers"), -1)
    assert (series.ats[0], series.since, series.total) == (2, 1, 6 * ONE)
    settle(series, keep("numbers"), 5)
    assert (series.ats[0], series.since) == (5, 1)


def test_of_too_many_names_those_unseen_for_longest_are_forgotten() -> None:
    series = empty()
    series.tally = {f"'{number:04}": [number // 2, ONE, 0] for number in range(MOST_NAMES + 3)}
    bound_names(series)
    assert len(series.tally) == MOST_NAMES
    assert (min(series.tally), series.lost) == ("'0003", 1)
    bound_names(series)
    assert len(series.tally) == MOST_NAMES


def test_of_too_many_texts_those_unseen_for_longest_are_forgotten() -> None:
    group = Group({f"{number:03}": Series([number // 2], [], []) for number in range(MOST_TEXTS + 1)})
    bound_texts(group)
    assert (len(group.series), min(group.series), group.lost) == (MOST_TEXTS, "001", 0)


def test_a_text_that_comes_after_some_were_forgotten_may_have_been_one_of_them() -> None:
    profile = Profile({}, {}, [], {})
    profile.groups = {"k": Group({}, 7)}
    assert series_of(profile, keep("instants", by="city"), "Oslo").lost == 7
    assert series_of(profile, keep("instants"), "").lost is None


def test_texts_that_no_window_reaches_leave_unless_one_is_without_an_end() -> None:
    for ever, texts in ((False, ["new"]), (True, ["old", "new"])):
        profile = Profile({}, {}, [], {})
        profile.groups = {"k": Group({"old": Series([5], [], []), "new": Series([5, 11], [], [])})}
        settle_kept(keep("instants", ever=ever, by="x"), profile, horizon=10, idle=1)
        assert list(profile.groups["k"].series) == texts
        assert profile.groups["k"].series["new"].ats == [5, 11]


def test_what_is_not_there_needs_no_settling() -> None:
    profile = Profile({}, {}, [], {})
    settle_kept(keep("instants", by="x"), profile, horizon=10, idle=1)
    settle_kept(keep("instants"), profile, horizon=10, idle=1)
    assert profile == Profile({}, {}, [], {})


def test_of_two_instants_the_later_counts_and_of_one_that_one() -> None:
    assert (later(None, None), later(1, None), later(None, 2), later(3, 2)) == (None, 1, 2, 3)


def test_what_was_written_before_there_were_bounds_still_reads() -> None:
    old = msgspec.msgpack.encode([{}, {"k": [[1], [], [5], 2, 7, 0]}, [], {}])
    profile = msgspec.msgpack.decode(old, type=Profile)
    assert profile.series == {"k": Series([1], [], [5], 2, 7)}
    assert (profile.groups, profile.series["k"].since, profile.series["k"].tally) == ({}, None, {})
