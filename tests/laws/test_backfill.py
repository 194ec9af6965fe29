"""What is asked for anew and filled in reads, from then on, as if it had been asked for from the beginning (R6)."""

from random import Random

import msgspec
from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.features.age import Age, ages_of
from opportune.features.backfill import Anew, Staged, anew, backfill_of, graft, nothing_staged, stage, united
from opportune.features.feature import Feature
from opportune.features.fold import Fold, Watch
from opportune.features.merge import merge_profiles
from opportune.features.profile import Profile
from opportune.features.scope import Scope
from opportune.units import Instant
from tests.laws.histories import FEATURES, FOLD, WATCHES, folded, histories, instants, read_all
from tests.laws.recomputing import CASES, IDLE, LATENESS, Arrived

AGGREGATES = [each for each in FEATURES.values() if each.aggregate is not None]
AGES = ages_of(FEATURES.values(), idle=IDLE)


def fold_of(features: list[Feature], watches: list[Watch], *, keeps_sessions: bool) -> Fold:
    return Fold(features, watches=watches, lateness=LATENESS, idle=IDLE, keeps_sessions=keeps_sessions)


def some_folds(count: int) -> list[Fold]:
    """Of a few of the features each, as earlier versions of a playbook may have asked for them."""
    dice, made = Random("some features"), []
    for _ in range(count):
        few = dice.sample(AGGREGATES, dice.choice([0, 3, 9, 20, 40]))
        watches = [each for each in WATCHES if dice.random() < 0.5]
        made.append(fold_of(few, watches, keeps_sessions=dice.random() < 0.5).attending(dice.random() < 0.5))
    return made


FOLDS = [(each, anew(each, FOLD, FEATURES.values())) for each in some_folds(24)]
folds = st.sampled_from([(before, asked) for before, asked in FOLDS if asked is not None])
Before = tuple[Fold, Anew]


def filled_in(asked: Anew, profile: Profile, one: Staged, clock: Instant, *, cut_at: Instant = 0) -> Profile:
    given_to = msgspec.msgpack.decode(msgspec.msgpack.encode(backfill_of(asked, one, cut_at=cut_at, now=clock)))
    for _ in range(2):  # twice is as good as once
        graft(profile, msgspec.convert(given_to, type(backfill_of(asked, nothing_staged(), cut_at=0, now=0))))
    return profile


def staged(asked: Anew, history: list[Arrived], *, is_cut: bool = False) -> Staged:
    one = nothing_staged(is_cut=is_cut)
    for event, properties, context, _ in history:
        raw = (msgspec.json.encode(properties), msgspec.json.encode(context))
        stage(asked, one, msgspec.structs.replace(event, properties=raw[0], context=raw[1]))
    return one


@settings(deadline=None)
@given(folds, histories(), st.data())
def test_it_reads_as_if_it_had_been_there_all_the_while(
    before: Before, history: list[Arrived], data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(history)))
    asked, profile = before[1], folded(before[0], history[:place])
    clock = history[place - 1][3] if place else 0
    filled_in(asked, profile, staged(asked, history[:place]), clock)
    for event, properties, context, now in history[place:]:
        FOLD.apply(profile, event, properties, context, now)
    whole, clock = folded(FOLD, history), history[-1][3]
    assert read_all(FOLD, profile, clock) == read_all(FOLD, whole, clock)
    FOLD.forget(profile, clock)
    FOLD.forget(whole, clock)
    assert profile.lasts == whole.lasts
    assert profile.series == whole.series
    assert profile.groups == whole.groups
    assert profile.attention == whole.attention


@settings(deadline=None)
@given(folds, histories(), histories(), st.booleans())
def test_a_merge_before_or_after_it_makes_no_difference(
    before: Before, first: list[Arrived], second: list[Arrived], is_merged_before: bool
) -> None:
    clock = max(first[-1][3], second[-1][3])
    asked, profiles = before[1], (folded(before[0], first), folded(before[0], second))
    parts = staged(asked, first), staged(asked, second)
    if is_merged_before:
        profile = filled_in(asked, merge_profiles(before[0], *profiles, clock), united(asked, *parts, clock), clock)
    else:
        filled = [filled_in(asked, *each, clock) for each in zip(profiles, parts, strict=True)]
        profile = merge_profiles(FOLD, *filled, clock)
    whole = merge_profiles(FOLD, folded(FOLD, first), folded(FOLD, second), clock)
    assert read_all(FOLD, profile, clock) == read_all(FOLD, whole, clock)
    assert profile.attention == whole.attention


def test_nothing_is_asked_for_anew_by_what_is_there() -> None:
    assert anew(FOLD, FOLD, FEATURES.values()) is None
    assert anew(FOLD, fold_of(AGGREGATES[:3], [], keeps_sessions=True), AGGREGATES[:3]) is None


@settings(deadline=None)
@given(folds, histories(), st.data())
def test_where_events_have_left_the_log_whatever_is_not_marked_is_whole(
    before: Before, history: list[Arrived], data: st.DataObject
) -> None:
    """Of the events before the cut nothing can be staged; the profile has seen them with what was asked for then."""
    cut = data.draw(st.integers(0, len(history)))
    asked, profile = before[1], folded(before[0], history)
    clock = history[-1][3]
    filled_in(
        asked,
        profile,
        staged(asked, history[cut:], is_cut=True),
        clock,
        cut_at=history[cut - 1][3] if cut else 0,
    )
    whole = folded(FOLD, history)
    for at in instants(clock):
        scope, other = Scope(profile, at, keys={"key": "u"}), Scope(whole, at, keys={"key": "u"})
        for name, age in AGES.items():
            if age(scope).since is None and "session" not in name and name != "opened":
                assert FOLD.readers[name](scope) == FOLD.readers[name](other), name


@settings(deadline=None)
@given(histories())
def test_an_age_is_counted_from_the_newest_event_whatever_the_window(history: list[Arrived]) -> None:
    profile, clock = folded(FOLD, history), history[-1][3]
    for at in instants(clock):
        for name in ("a_ever", "a_five", "a_before", "either", "opened", "big_b", "since_b", "a_since"):
            seen = [each[0].at for each in history if CASES[name].wanted(each) and each[0].at <= at]
            assert AGES[name](Scope(profile, at)) == Age(max(seen, default=None), None), name
