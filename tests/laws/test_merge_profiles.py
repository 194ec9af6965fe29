"""Merging two profiles reads as if one user had done what both did, in order of arrival."""

from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.features.fold import new_profile
from opportune.features.merge import merge_profiles
from opportune.features.scope import Scope
from opportune.features.sessions import last_active, session_at
from opportune.features.traits import ZONE_TRAIT, trait_at
from tests.laws.histories import FOLD, folded, histories, instants
from tests.laws.recomputing import IDLE, LATENESS, Arrived, session_of

SESSIONS = [name for name in FOLD.readers if "session" in name or name == "opened"]
KEY = {"key": "u"}
OTHERS = [name for name in FOLD.readers if name not in SESSIONS]


@settings(deadline=None)
@given(histories(), st.data())
def test_merging_two_folds_reads_as_one_fold_of_both(history: list[Arrived], data: st.DataObject) -> None:
    sides = [data.draw(st.booleans()) for _ in history]
    first = [each for each, side in zip(history, sides, strict=True) if side]
    second = [each for each, side in zip(history, sides, strict=True) if not side]
    clock = history[-1][3]
    merged = merge_profiles(FOLD, folded(FOLD, first), folded(FOLD, second), clock)
    whole = folded(FOLD, history)
    for at in instants(clock):
        for name in OTHERS:
            assert FOLD.readers[name](Scope(merged, at, keys=KEY)) == FOLD.readers[name](Scope(whole, at, keys=KEY)), (
                name
            )
        for name in ("x", "word", "key", ZONE_TRAIT):
            assert trait_at(merged, name, at) == trait_at(whole, name, at)
        session = session_of(history, at)
        if session is None or session[0] > clock - LATENESS:
            assert session_at(merged, at, IDLE) == session_at(whole, at, IDLE)
            for name in SESSIONS:
                assert FOLD.readers[name](Scope(merged, at, keys=KEY)) == FOLD.readers[name](
                    Scope(whole, at, keys=KEY)
                ), name
    assert last_active(merged) == last_active(whole)
    FOLD.forget(whole, clock)
    assert merged.lasts == whole.lasts


@settings(deadline=None)
@given(histories(most=10), histories(most=10))
def test_a_merged_profile_folds_on_as_the_fold_of_both_would(before: list[Arrived], after: list[Arrived]) -> None:
    start = before[-1][3]
    later = [
        (type(event)(*[*_fields(event, start, place + len(before))]), properties, context, clock - 100_000 + start)
        for place, (event, properties, context, clock) in enumerate(after, start=1)
    ]
    first, second = before[::2], before[1::2]
    merged = merge_profiles(FOLD, folded(FOLD, first), folded(FOLD, second), start)
    whole = folded(FOLD, before)
    for event, properties, context, clock in later:
        FOLD.apply(merged, event, properties, context, clock)
        FOLD.apply(whole, event, properties, context, clock)
    clock = later[-1][3]
    for at in instants(clock):
        for name in OTHERS:
            assert FOLD.readers[name](Scope(merged, at, keys=KEY)) == FOLD.readers[name](Scope(whole, at, keys=KEY)), (
                name
            )


def _fields(event: object, start: int, seq: int) -> list[object]:
    fields = {name: getattr(event, name) for name in event.__struct_fields__}  # type: ignore[attr-defined]
    shift = start - 100_000
    fields.update(at=fields["at"] + shift, received_at=fields["received_at"] + shift, seq=seq)
    return list(fields.values())


@given(histories())
def test_merging_with_an_empty_profile_changes_nothing_readable(history: list[Arrived]) -> None:
    clock = history[-1][3]
    profile = folded(FOLD, history)
    merged = merge_profiles(FOLD, new_profile(), folded(FOLD, history), clock)
    FOLD.forget(profile, clock)
    assert merged == profile


@given(histories())
def test_merging_leaves_both_profiles_as_they_were(history: list[Arrived]) -> None:
    first, second = folded(FOLD, history[::2]), folded(FOLD, history[1::2])
    merge_profiles(FOLD, first, second, history[-1][3] + 10 * LATENESS)
    assert first == folded(FOLD, history[::2])
    assert second == folded(FOLD, history[1::2])
