"""Simple models, on pasts in which their answer is known."""

from dataclasses import replace

import numpy as np
import pytest

from opportune.adapters.models.boosting import Boosting
from opportune.adapters.models.logistic import Logistic
from opportune.features.attention_model import DEFAULT, AttentionModel
from opportune.training.attention_fit import Kinds, end_of, learned
from opportune.training.histories import Histories
from opportune.wiring.evaluating.contenders import (
    Contender,
    GlobalHour,
    GlobalHourByWeekday,
    ModalHour,
    SmoothedCounts,
)
from opportune.wiring.evaluating.decisions import Decisions, cut, decisions_of
from opportune.wiring.evaluating.learned import Learned, folds, table_of
from opportune.wiring.evaluating.own import OwnRhythm
from tests.unit.wiring.evaluating.days_made import MONDAY, crowd, past


def _unchosen(before: Histories, seed: int) -> AttentionModel:
    """What can be counted, with parameters as they stand: choosing them takes its time, and is tested elsewhere."""
    return learned(before, end_of(before), DEFAULT, Kinds(seed=seed))


FEW_TREES = Boosting(trees=10, leaves=7, fewest_rows=20)
ALL: dict[str, Contender] = {
    "global hour": GlobalHour(),
    "by weekday": GlobalHourByWeekday(),
    "modal hour": ModalHour(),
    "smoothed counts": SmoothedCounts(),
    "logistic": Learned(Logistic(), "platt"),
    "boosting": Learned(FEW_TREES, "isotonic"),
    "boosting with hours": Learned(FEW_TREES, "isotonic", knows_hours=True),
    "ours": OwnRhythm(_unchosen),
}


def _asked(histories: Histories) -> Decisions:
    return decisions_of(histories, MONDAY // 24 + 2)


def test_the_global_hour_is_that_with_most_check_ins() -> None:
    histories = past([9, 24 + 9, 48 + 9], [9, 24 + 17, 48 + 17], [17, 24 + 9, 48 + 3])
    answer = GlobalHour().ready(histories, seed=1).answer(_asked(histories))
    assert answer.chosen.tolist() == [9, 9, 9]


def test_the_global_hour_by_weekday_is_one_for_each_weekday() -> None:
    weeks = [168 * week for week in range(4)]
    histories = past([each + 9 for each in weeks] + [each + 24 + 17 for each in weeks])
    asked = decisions_of(histories, MONDAY // 24 + 14)
    answer = GlobalHourByWeekday().ready(histories, seed=1).answer(asked)
    assert asked.weekday.tolist() == [0, 1, 0, 1]
    assert answer.chosen.tolist() == [9, 17, 9, 17]


def test_the_modal_hour_is_the_users_own_and_of_hours_alike_that_of_most() -> None:
    histories = past([9, 24 + 9, 48 + 17, 72 + 1], [5, 24 + 17, 48 + 2], [17, 24 + 17, 48 + 17])
    answer = ModalHour().ready(histories, seed=1).answer(decisions_of(histories, MONDAY // 24 + 2))
    assert answer.chosen.tolist() == [9, 9, 17, 17]


@pytest.mark.parametrize("name", ALL)
def test_chances_are_chances_and_the_chosen_hour_is_one_of_the_day(name: str) -> None:
    parts = cut(crowd(30, 40), 0.7)
    answer = ALL[name].ready(parts.before, seed=1).answer(parts.after)
    assert answer.chances.shape == (len(parts.after), 24)
    assert (answer.chances > 0).all() and (answer.chances <= 1).all()
    assert set(answer.chosen.tolist()) <= set(range(24))


@pytest.mark.parametrize("name", ALL)
def test_what_happens_that_day_or_later_changes_no_answer(name: str) -> None:
    """The same users live on otherwise from the middle of what is asked: what was asked before is answered alike."""
    histories = crowd(30, 40)
    parts = cut(histories, 0.6)
    day = parts.day + 6
    moved = np.where(histories.hour >= day * 24, histories.hour // 24 * 24 + 3, histories.hour)
    other = cut(replace(histories, hour=moved), 0.6)
    assert other.day == parts.day
    asked = [each.after.some(each.after.day <= day) for each in (parts, other)]
    assert not np.array_equal(asked[0].active, asked[1].active)
    said = [ALL[name].ready(each.before, seed=1).answer(some) for each, some in zip((parts, other), asked, strict=True)]
    assert np.array_equal(said[0].chances, said[1].chances)
    assert np.array_equal(said[0].chosen, said[1].chosen)


@pytest.mark.parametrize("name", ALL)
def test_a_user_of_whom_nothing_is_known_gets_what_holds_for_all(name: str) -> None:
    """Two users of whom nothing is known at the cut are told the same on the same day, whatever they do later."""
    histories = crowd(30, 40)
    parts = cut(histories, 0.7)
    late = histories.hour >= parts.day * 24
    kept = late | (histories.user > 1)
    some = replace(histories, user=histories.user[kept], hour=histories.hour[kept])
    parts = cut(some, 0.65)
    frozen = parts.after.known_before(parts.day)
    new = frozen.some(frozen.before == 0)
    assert set(new.user.tolist()) == {0, 1}
    answer = ALL[name].ready(parts.before, seed=1).answer(new)
    by_day = {}
    for day, chosen in zip(new.day.tolist(), answer.chosen.tolist(), strict=True):
        by_day.setdefault(day, set()).add(chosen)
    assert all(len(each) == 1 for each in by_day.values())
    if name == "ours":
        assert set(answer.chosen.tolist()) == set(GlobalHour().ready(parts.before, seed=1).answer(new).chosen.tolist())


@pytest.mark.parametrize("name", ["logistic", "boosting", "boosting with hours", "ours"])
def test_the_same_seed_gives_the_same_answers(name: str) -> None:
    parts = cut(crowd(30, 40), 0.7)
    first, again = (ALL[name].ready(parts.before, seed=3).answer(parts.after) for _ in range(2))
    assert np.array_equal(first.chances, again.chances)


def test_a_model_is_calibrated_on_other_users_and_later_days() -> None:
    asked = decisions_of(crowd(30, 40), 0)
    early, late = folds(asked, np.random.default_rng(1))
    assert len(early) and len(late)
    assert not set(early.user.tolist()) & set(late.user.tolist())
    assert early.day.max() < late.day.min()


def test_the_classic_recipe_is_told_nothing_of_the_users_own_hours() -> None:
    """Two users who were active as often, and as lately, in other hours look alike to it; not so with their hours."""
    histories = past([9, 24 + 9, 48 + 23, 72 + 1], [17, 24 + 17, 48 + 23, 72 + 1])
    asked = decisions_of(histories, MONDAY // 24 + 3)
    shares = np.full(24, 1 / 24)
    plain, told = (table_of(asked, shares, knows_hours=knows).values for knows in (False, True))
    assert np.array_equal(plain[:24], plain[24:])
    assert not np.array_equal(told[:24], told[24:])
