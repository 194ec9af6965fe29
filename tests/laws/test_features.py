"""Every feature, as of every readable instant, is what a recomputation over all events that have arrived says."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.features.fold import new_profile
from opportune.features.scope import Scope
from opportune.features.sessions import last_active, session_at
from opportune.features.traits import ZONE_TRAIT, trait_at
from opportune.units import SECOND
from tests.laws.histories import FOLD, KEYS, PLAIN, folded, histories, instants, read_all, stated
from tests.laws.recomputing import (
    CASES,
    IDLE,
    LATENESS,
    Arrived,
    key_text,
    recomputed,
    session_of,
    sessions,
)


@settings(max_examples=100, deadline=None)
@given(histories())
def test_every_aggregate_is_a_recomputation_over_what_has_arrived(history: list[Arrived]) -> None:
    profile = new_profile()
    for place, (event, properties, context, clock) in enumerate(history):
        FOLD.apply(profile, event, properties, context, clock)
        for at in instants(clock)[:: 1 if place == len(history) - 1 else 9]:
            key = KEYS[(at // SECOND + place) % len(KEYS)]
            scope = Scope(profile, at, keys={"key": key})
            for name, case in CASES.items():
                assert FOLD.readers[name](scope) == recomputed(case, history[: place + 1], at, key), (name, at, key)


@given(histories())
def test_a_formula_is_calculated_from_what_its_features_read(history: list[Arrived]) -> None:
    profile, clock = folded(FOLD, history), history[-1][3]
    for read in read_all(FOLD, profile, clock):
        before, five = read["a_before"], read["a_five"]
        assert isinstance(before, int) and isinstance(five, int)
        assert read["change"] == (1 - five / before if before else None)


@given(histories())
def test_generated_code_keeps_the_same_profile_as_the_plain_form(history: list[Arrived]) -> None:
    made, plain = new_profile(), new_profile()
    for event, properties, context, clock in history:
        FOLD.apply(made, event, properties, context, clock)
        PLAIN.apply(plain, event, properties, context, clock)
        assert made == plain
    assert read_all(FOLD, made, history[-1][3]) == read_all(PLAIN, plain, history[-1][3])


@given(histories())
def test_a_profile_may_be_written_and_read_back_between_any_two_events(history: list[Arrived]) -> None:
    assert folded(FOLD, history, again=True) == folded(FOLD, history)


@given(histories(), st.integers(0, 60))
def test_forgetting_changes_no_readable_answer(history: list[Arrived], quiet: int) -> None:
    profile, clock = folded(FOLD, history), history[-1][3] + quiet * SECOND
    before = read_all(FOLD, profile, clock)
    FOLD.forget(profile, clock)
    assert read_all(FOLD, profile, clock) == before


@given(histories(), st.data())
def test_forgetting_between_events_changes_nothing_that_can_be_read_later(
    history: list[Arrived], data: st.DataObject
) -> None:
    often, seldom = new_profile(), new_profile()
    for event, properties, context, clock in history:
        FOLD.apply(often, event, properties, context, clock)
        FOLD.apply(seldom, event, properties, context, clock)
        if data.draw(st.booleans()):
            FOLD.forget(often, clock)
    clock = history[-1][3]
    assert read_all(FOLD, often, clock) == read_all(FOLD, seldom, clock)


@given(histories())
def test_sessions_are_those_of_all_activity(history: list[Arrived]) -> None:
    profile, clock = folded(FOLD, history), history[-1][3]
    for at in instants(clock):
        session = session_at(profile, at, IDLE)
        assert (None if session is None else (session.start, session.end)) == session_of(history, at)
    known = sessions(history)
    assert last_active(profile) == (known[-1][1] if known else None)
    assert all(later.start - earlier.end >= IDLE for earlier, later in pairwise(profile.sessions))


@given(histories())
def test_a_trait_is_the_newest_statement_not_later_than_the_instant(history: list[Arrived]) -> None:
    profile, clock = folded(FOLD, history), history[-1][3]
    for at in instants(clock):
        for name in ("x", "word", "key", ZONE_TRAIT):
            assert trait_at(profile, name, at) == stated(history, name, at)


@given(histories())
def test_instants_of_watched_events_are_kept_inside_lateness_and_by_name_the_newest_before(
    history: list[Arrived],
) -> None:
    profile, clock = folded(FOLD, history), history[-1][3]
    FOLD.forget(profile, clock)
    for name, key in (("A", None), ("B", None), ("A", "u"), ("B", "v"), ("A", "1"), ("A", "true"), ("B", "2.5")):
        happened = {
            event.at
            for event, properties, _, _ in history
            if event.name == name and (key is None or key_text(properties.get("key")) == key)
        }
        wanted = {at for at in happened if at > clock - LATENESS}
        if key is None:
            wanted |= set(sorted(at for at in happened if at <= clock - LATENESS)[-1:])
        assert profile.lasts.get(name if key is None else f"{name}\nkey\n{key}", []) == sorted(wanted)
