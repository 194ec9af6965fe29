"""Whatever the order in which things are heard of, and however often: the same is remembered, nothing is doubled."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from opportune.journeys.run import Run
from opportune.units import HOUR, MINUTE
from tests.laws.orders import (
    ENTRIES,
    EXIT,
    LASTS,
    OTHERS,
    PLAYBOOKS,
    Done,
    Life,
    at_once,
    events_of,
    hasty,
    lived,
    merged,
    patient,
)

NAMES = (*ENTRIES, *ENTRIES, EXIT, *OTHERS)
SEEDS = st.integers(0, PLAYBOOKS - 1)


@st.composite
def histories(draw: st.DrawFn) -> list[Done]:
    """Each at an instant of its own: within one millisecond the order of arrival is the order."""
    size = draw(st.integers(1, 9))
    ats = draw(st.lists(st.integers(0, LASTS // MINUTE), min_size=size, max_size=size, unique=True))
    return [
        Done(draw(st.sampled_from(NAMES)), at * MINUTE, draw(st.integers(1, 2)), draw(st.integers(1, 6)))
        for at in sorted(ats)
    ]


def delays(done: list[Done]) -> st.SearchStrategy[list[int]]:
    several = st.sampled_from([0, 0, MINUTE, HOUR, 3 * HOUR, LASTS])
    return st.lists(several, min_size=len(done), max_size=len(done))


@settings(max_examples=900)
@given(SEEDS, histories(), st.data())
def test_before_anything_is_decided_the_order_of_arrival_decides_nothing(
    seed: int, done: list[Done], data: st.DataObject
) -> None:
    """The log as it happened; each event as late as it likes; and all at once, some twice, in any order."""
    first = lived(patient(seed), events_of(done, [0] * len(done)))
    late = events_of(done, data.draw(delays(done)))
    again = data.draw(st.lists(st.sampled_from(late), max_size=2))
    mixed = at_once([late[0], *data.draw(st.permutations([*late[1:], *again]))])
    for heard in (late, mixed):
        other = lived(patient(seed), heard, rests=heard is mixed)
        assert other.features == first.features
        assert [told(run) for run in other.runs] == [told(run) for run in first.runs]
        assert decided(other) == decided(first)
        assert_nothing_is_decided_twice(other)


@settings(max_examples=400)
@given(SEEDS, histories(), st.data())
def test_whatever_was_decided_in_between_nothing_is_decided_twice(
    seed: int, done: list[Done], data: st.DataObject
) -> None:
    """Nor does anybody enter more often than re-entry allows, or hear more than the caps allow."""
    first = lived(hasty(seed), events_of(done, [0] * len(done)))
    late = events_of(done, data.draw(delays(done)))
    for life in (first, lived(hasty(seed), late, rests=True)):
        assert life.features == first.features
        assert_nothing_is_decided_twice(life)
        assert_entries_are_allowed(life, seed)


def enters_by_one_event(seed: int) -> bool:
    """A sequence, or an absence, that two ids would only have together begins nothing when they become one."""
    plans = patient(seed).plans
    return not plans.sequences and not plans.absences


@settings(max_examples=300)
@given(SEEDS.filter(enters_by_one_event), histories(), st.data())
def test_what_two_ids_of_one_user_did_is_what_the_user_did(seed: int, done: list[Done], data: st.DataObject) -> None:
    """As long as nothing was decided for either, and no run of either has ended.

    One that has ended stays ended: what the other id did before would have ended it sooner, and let a later entry in.
    """
    heard = at_once(events_of(done, [0] * len(done)))
    whose = data.draw(st.lists(st.booleans(), min_size=len(heard), max_size=len(heard)))
    first = lived(patient(seed), heard)
    both = merged(patient(seed), heard, whose)
    if any(each.ended is not None for past in both.memory.pasts for each in past.heard):
        return
    assert both.decisions == []
    assert [told(run) for run in both.runs] == [told(run) for run in first.runs]


def told(run: Run) -> tuple[object, ...]:
    return (run.journey, run.key, run.entry, run.step, run.since, run.due, sorted(run.kept.items()), run.has_acted)


def decided(life: Life) -> list[tuple[object, ...]]:
    return sorted((each.id, each.message, each.due, each.code, str(each.chosen)) for each in life.decisions)


def assert_nothing_is_decided_twice(life: Life) -> None:
    assert len({each.id for each in life.decisions}) == len(life.decisions)
    ended = [each.decision for each in life.endings]
    assert sorted(ended) == sorted(each.id for each in life.decisions)
    sent = {each.decision for each in life.endings if each.outcome == "sent"}
    causes = [(each.journey, each.key, each.entry, each.step) for each in life.decisions if each.id in sent]
    assert len(set(causes)) == len(causes)
    ats = sorted(each.at for each in life.endings if each.outcome == "sent")
    assert all(later - earlier >= 3 * HOUR for earlier, later in zip(ats, ats[2:], strict=False))
    assert all(later - earlier >= 10 * MINUTE for earlier, later in pairwise(ats))


def assert_entries_are_allowed(life: Life, seed: int) -> None:
    """Of each (journey, key): the entries for which something was decided."""
    entries: dict[tuple[str, str], set[int]] = {}
    for each in life.decisions:
        entries.setdefault((each.journey, each.key), set()).add(each.entry)
    for (name, _), ats in entries.items():
        reentry = hasty(seed).plans.newest[name].journey.reentry
        if reentry.kind == "once":
            assert len(ats) == 1
        if reentry.kind == "cooldown" and reentry.basis == "entry":
            assert all(later - earlier >= reentry.span for earlier, later in pairwise(sorted(ats)))
