"""Many rhythms at once are those of one after the other: each form is the other's oracle."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from opportune.features.attention import Attention, check_in, look, new_attention, open_sent
from opportune.features.attention_model import DEFAULT, Archetype, AttentionModel
from opportune.features.rhythm import noticed, population, rhythm_of
from opportune.training.attention_batch import (
    NOWHERE,
    best_slots,
    evidence_at,
    evidence_of,
    noticed_batch,
    rates_and_weights,
)
from opportune.training.attention_scoring import Scoring
from opportune.training.histories import Histories, histories_of
from opportune.units import HOUR

START = 400_000
END = START + 12_000
_NIGHT = tuple(0.2 + 1.6 * (slot % 24 >= 12) for slot in range(168))

models = st.builds(
    lambda many, strength, width, older, kin: AttentionModel(
        name="drawn",
        archetypes=(Archetype(0.7, population(DEFAULT)), Archetype(0.3, _NIGHT)) if many else DEFAULT.archetypes,
        strength=strength, width=width, older=older, kin=kin, sureness=1, fewest=1,
        delays=DEFAULT.delays, baselines=DEFAULT.baselines,
        unopened=tuple(float(hour % 5) for hour in range(48)) if many else (),
    ),
    st.booleans(), st.floats(1, 100), st.sampled_from((0.0, 0.5, 1.0, 2.5)), st.floats(0, 1), st.floats(0, 1),
)  # fmt: skip
hours = st.integers(START, END - 1)
pasts = st.lists(
    st.tuples(st.sets(hours, max_size=40), st.lists(st.tuples(hours, st.integers(-1, 60)), max_size=30)),
    min_size=1, max_size=4,
)  # fmt: skip
Past = list[tuple[set[int], list[tuple[int, int]]]]


def entered(check_ins: set[int], sends: list[tuple[int, int]], until: int) -> Attention:
    """What is remembered of one user if everything is told in order."""
    attention, looks = new_attention(), {at + delay for at, delay in sends if delay >= 0}
    acts = [(hour, 1, 0) for hour in check_ins - looks] + [(at, 0, -1) for at, _ in sends]
    acts += [(at + delay, 2, delay) for at, delay in sends if delay >= 0]
    for hour, what, delay in sorted(acts):
        if hour >= until:
            break
        if what == 0:
            attention.sent += 1
        elif what == 1:
            check_in(attention, hour)
        else:
            look(attention, hour)
            open_sent(attention, hour, delay * HOUR, hour * HOUR)
    return attention


def columns(past: Past) -> Histories:
    """The same pasts as columns."""
    mine = [(user, hour) for user, (hours, sends) in enumerate(past)
            for hour in hours - {at + delay for at, delay in sends if delay >= 0}]  # fmt: skip
    sent = [(user, at, 0, delay) for user, (_, sends) in enumerate(past) for at, delay in sends]
    user, hour = np.array(mine, np.int64).reshape(-1, 2).T
    at = np.array(sent, np.int64).reshape(-1, 4).T
    return histories_of(tuple(map(str, range(len(past)))), (user, hour), (at[0], at[1], at[2], at[3]))


@given(pasts, models, st.integers(START, END))
def test_batch_and_single_rhythm_say_the_same(past: Past, model: AttentionModel, until: int) -> None:
    singles = [entered(*each, until) for each in past]
    found = evidence_at(columns(past), np.arange(len(past)), np.full(len(past), until))
    kept = evidence_of(singles)
    for name in ("recent", "older", "opened", "rows", "opens", "first", "sent", "delay", "unopened"):
        assert np.array_equal(getattr(found, name), getattr(kept, name)), name
    rates, weights = rates_and_weights(found, model)
    ahead = noticed_batch(rates, model.delays[""])
    for row, single in enumerate(singles):
        rhythm = rhythm_of(single, model)
        assert rates[row] == pytest.approx(rhythm.rates, rel=1e-9)
        assert weights[row] == pytest.approx(rhythm.weights, rel=1e-9)
        assert ahead[row] == pytest.approx(noticed(rhythm.rates, model.delays[""]), rel=1e-9)
        assert found.check_ins()[row] == rhythm.check_ins


@given(pasts, models)
def test_both_say_the_same_where_nobody_is_ready_at_once(past: Past, model: AttentionModel) -> None:
    unready = replace(model, delays={"": (0.0, 1.0)}, unopened=(0.0,) * 48)
    singles = [entered(*each, END) for each in past]
    rates, _ = rates_and_weights(evidence_of(singles), unready)
    for row, single in enumerate(singles):
        assert rates[row] == pytest.approx(rhythm_of(single, unready).rates, rel=1e-9)


@given(pasts, models, st.integers(START, END), st.integers(0, 2**31))
def test_single_precision_names_as_good_a_slot(past: Past, model: AttentionModel, until: int, dice: int) -> None:
    found = evidence_of([entered(*each, until) for each in past])
    feasible = np.random.default_rng(dice).random((2, 168)) < 0.3
    group = np.arange(len(past)) % 2
    delays = model.delays[""]
    exact = noticed_batch(rates_and_weights(found, model)[0], delays)
    scoring = Scoring(model, delays)
    for start, quick in scoring.blocks(found):
        assert quick == pytest.approx(exact[start : start + len(quick)], rel=1e-3)
    best, slots = scoring.best(found, feasible, group), best_slots(exact, feasible[group])
    for row, (ours, theirs) in enumerate(zip(best.slots.tolist(), slots.tolist(), strict=True)):
        assert (ours == NOWHERE) == (theirs == NOWHERE) == (not feasible[row % 2].any())
        if ours != NOWHERE:
            assert feasible[row % 2, ours]
            assert exact[row, ours] == pytest.approx(exact[row, theirs], rel=1e-3)
