"""When a user floods, memory stays bounded, and a value that says it misses nothing misses nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.events.event import Event
from opportune.features import fold_code, settling
from opportune.features.age import ages_of
from opportune.features.fold import Fold, PlainFold, new_profile
from opportune.features.merge import merge_profiles
from opportune.features.profile import Profile, Series
from opportune.features.scope import Scope
from opportune.units import SECOND, Instant
from tests.laws.histories import FEATURES, KEYS, WATCHES, folded, histories, instants
from tests.laws.recomputing import CASES, IDLE, LATENESS, Arrived, recomputed

ENTRIES, NAMES, TEXTS = 5, 2, 2
AGES = ages_of(FEATURES.values(), idle=IDLE)
EXACT = ["all_ever", "a_ever", "big_b", "since_a", "sum_ever", "average_ever", "least", "greatest", "least_word",
         "last_ever", "first_ever"]  # fmt: skip


@contextmanager
def small() -> Iterator[tuple[Fold, Fold]]:
    """Folds that can remember little, generated and plain."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settling, "MOST_ENTRIES", ENTRIES)
        patch.setattr(fold_code, "MOST_ENTRIES", ENTRIES)
        patch.setattr(settling, "MOST_NAMES", NAMES)
        patch.setattr(settling, "MOST_TEXTS", TEXTS)
        made = Fold(FEATURES.values(), watches=WATCHES, lateness=LATENESS, idle=IDLE)
        yield made, PlainFold(FEATURES.values(), watches=WATCHES, lateness=LATENESS, idle=IDLE)


def all_series(profile: Profile) -> list[Series]:
    return [*profile.series.values(), *(each for group in profile.groups.values() for each in group.series.values())]


def assert_truthful(fold: Fold, profile: Profile, history: list[Arrived], *, sessions: bool = True) -> None:
    for at in instants(history[-1][3]):
        scope = Scope(profile, at, keys={"key": KEYS[at // SECOND % len(KEYS)]})
        for name, case in CASES.items():
            if AGES[name](scope).since is None and (sessions or case.window != "session"):
                assert fold.readers[name](scope) == recomputed(case, history, at, scope.keys["key"]), (name, at)


@settings(max_examples=30, deadline=None)
@given(histories(most=40))
def test_what_says_that_it_misses_nothing_is_exact(history: list[Arrived]) -> None:
    with small() as (fold, _):
        assert_truthful(fold, folded(fold, history), history)


@settings(max_examples=30, deadline=None)
@given(histories(most=40), st.data())
def test_so_it_is_of_two_that_are_merged(history: list[Arrived], data: st.DataObject) -> None:
    sides = [data.draw(st.booleans()) for _ in history]
    first = [each for each, side in zip(history, sides, strict=True) if side]
    second = [each for each, side in zip(history, sides, strict=True) if not side]
    with small() as (fold, _):
        merged = merge_profiles(fold, folded(fold, first), folded(fold, second), history[-1][3])
        assert_truthful(fold, merged, history, sessions=False)


@settings(max_examples=30, deadline=None)
@given(histories(most=40))
def test_windows_without_an_end_stay_exact_as_of_now(history: list[Arrived]) -> None:
    with small() as (fold, _):
        profile, at = folded(fold, history), history[-1][3]
        for name in EXACT:
            assert fold.readers[name](Scope(profile, at)) == recomputed(CASES[name], history, at), name


@settings(max_examples=30, deadline=None)
@given(histories(most=40))
def test_nothing_grows_beyond_its_bound(history: list[Arrived]) -> None:
    with small() as (fold, _):
        profile = folded(fold, history)
        assert all(len(group.series) <= TEXTS for group in profile.groups.values())
        assert all(len(series.ats) <= ENTRIES + 2 and len(series.tally) <= NAMES for series in all_series(profile))
        assert all(len(column) in (0, len(each.ats)) for each in all_series(profile)
                   for column in (each.values, each.seqs, each.weights))  # fmt: skip


@settings(max_examples=30, deadline=None)
@given(histories(most=40))
def test_generated_code_forgets_what_the_plain_form_forgets(history: list[Arrived]) -> None:
    with small() as (made, plain):
        assert folded(made, history, again=True) == folded(plain, history)


def test_the_oldest_leave_first_and_the_newest_text_stays() -> None:
    with small() as (fold, _):
        profile = new_profile()
        history = flood(at=100 * SECOND)
        for event, properties, context, clock in history:
            fold.apply(profile, event, properties, context, clock)
        now = history[-1][3]
        assert fold.readers["all_ever"](Scope(profile, now)) == 12
        assert fold.readers["a_five"](Scope(profile, now)) == ENTRIES
        assert AGES["a_five"](Scope(profile, now)).since == now - ENTRIES * 100
        assert AGES["all_ever"](Scope(profile, now)).since is None
        for key, count, lost in (("3", 3, now - 900), ("2", 3, None), ("1", 0, now - 600), ("0", 0, now - 600)):
            scope = Scope(profile, now, keys={"key": key})
            assert (fold.readers["a_by"](scope), AGES["a_by"](scope).since) == (count, lost)
        assert fold.readers["different"](Scope(profile, now)) == ENTRIES + NAMES
        assert AGES["different"](Scope(profile, now)).since == now - 700


def flood(at: Instant) -> list[Arrived]:
    """Twelve events within twelve tenths of a second, three of each key."""
    return [
        (event_of(place, at + 100 * place), {"key": str(place // 3), "x": place}, {}, at + 100 * place)
        for place in range(12)
    ]


def event_of(place: int, at: Instant) -> Event:
    return Event(f"e{place}", "ann", "A", at, at, place + 1)
