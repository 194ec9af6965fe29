"""Two ways to choose, asked of the record of a third: exactly where every record can be counted, else simulated."""

from collections.abc import Iterator, Sequence
from itertools import product
from random import Random
from statistics import pvariance

import pytest

from opportune.training.clustered import Figure
from opportune.training.doubly_robust import Asked, Trial, Tried, unnormalised

CHANCES = {"greedy": 0.7, "usual": 0.2, "odd": 0.1}
REWARDS = ({"greedy": 0.5, "usual": 0.25, "odd": 0.1}, {"greedy": 0.8, "usual": 0.9, "odd": 0.3})
"""Of two users, by what is chosen: the chance of a reward."""
MODELS = {
    "right": REWARDS,
    "wrong": ({"greedy": 0.1, "usual": 0.9, "odd": 0.5}, {"greedy": 0.2, "usual": 0.1, "odd": 0.9}),
    "silent": ({"greedy": 0.0, "usual": 0.0, "odd": 0.0},) * 2,
}


def tried(chosen: str, reward: float, expected: dict[str, float], chances: dict[str, float] = CHANCES) -> Tried:
    one, other = (
        Asked((chosen == way) / chances[chosen], expected[way], chances[way] > 0) for way in ("greedy", "usual")
    )
    return Tried(reward, expected[chosen], one, other)


def every_record() -> Iterator[tuple[float, Sequence[tuple[str, int]]]]:
    """Each record that two users with one choice each can leave, with its chance."""
    for choices in product(CHANCES, repeat=2):
        for rewards in product((0, 1), repeat=2):
            chance = 1.0
            for rates, chosen, reward in zip(REWARDS, choices, rewards, strict=True):
                chance *= CHANCES[chosen] * (rates[chosen] if reward else 1 - rates[chosen])
            yield chance, list(zip(choices, rewards, strict=True))


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize("way", ["one", "other"])
def test_over_all_records_the_mean_is_the_truth_whatever_the_model_says(model: str, way: str) -> None:
    mean, total = 0.0, 0.0
    for chance, record in every_record():
        trial = Trial()
        for expected, (chosen, reward) in zip(MODELS[model], record, strict=True):
            trial.add([tried(chosen, reward, expected)])
        mean += chance * unnormalised(trial, "one" if way == "one" else "other").value
        total += chance
    truth = sum(rates["greedy" if way == "one" else "usual"] for rates in REWARDS) / 2
    assert total == pytest.approx(1)
    assert mean == pytest.approx(truth, abs=1e-12)


def records(seed: int, users: int, model: str) -> Trial:
    """Users who differ much, some with several choices; chances hang on the user, as those of a policy do."""
    dice, trial = Random(seed), Trial()
    for _ in range(users):
        liking = dice.choice((0.05, 0.95))
        rates = {"greedy": liking, "usual": liking * 0.8, "odd": liking * 0.5}
        greedy = 0.3 if liking > 0.5 else 0.8
        chances = {"greedy": greedy, "usual": (1 - greedy) * 0.6, "odd": (1 - greedy) * 0.4}
        expected = rates if model == "right" else {name: 1 - rate for name, rate in rates.items()}
        rows = []
        for _ in range(dice.choice((1, 1, 3))):
            chosen = dice.choices(list(chances), list(chances.values()))[0]
            rows.append(tried(chosen, dice.random() < rates[chosen], expected, chances))
        trial.add(rows)
    return trial


TRUTH = {"one": 0.5, "other": 0.4, "gap": 0.1}


def holds(figure: Figure, truth: float) -> bool:
    assert figure.low is not None and figure.high is not None
    return figure.low <= truth <= figure.high


@pytest.mark.parametrize("model", ["right", "wrong"])
def test_intervals_hold_the_truth_as_often_as_they_say(model: str) -> None:
    """Of 200 records: 95 %, give or take two and a half standard deviations of such a share."""
    held: dict[str, int] = {}
    for seed in range(200):
        found = records(seed, 400, model).compared(is_share=True)
        for name, told in (("one", found.one), ("other", found.other), ("gap", found.gap)):
            held[name] = held.get(name, 0) + holds(told.robust, TRUTH[name])
            held[f"{name} weighted"] = held.get(f"{name} weighted", 0) + holds(told.weighted, TRUTH[name])
    assert all(0.91 <= count / 200 for count in held.values()), held


def test_a_good_model_makes_it_sharper_and_a_wrong_one_not_false() -> None:
    values: dict[str, list[float]] = {"weighted": [], "right": [], "wrong": []}
    for seed in range(80):
        for model in ("right", "wrong"):
            found = records(seed, 300, model).compared(is_share=True).other
            assert found.robust.value is not None and found.weighted.value is not None
            values[model].append(found.robust.value)
            if model == "right":
                values["weighted"].append(found.weighted.value)
    assert pvariance(values["right"]) < 0.6 * pvariance(values["weighted"])
    assert sum(values["wrong"]) / 80 == pytest.approx(TRUTH["other"], abs=0.03)


def test_users_with_many_choices_are_few() -> None:
    trial = Trial()
    for user in range(20):
        trial.add([tried("greedy" if step % 2 else "usual", user % 2, MODELS["silent"][0]) for step in range(100)])
    found = trial.compared(is_share=True)
    assert found.one.robust.value is None and found.gap.weighted.value is None
    assert found.one.weighted.reason == "the record says as much as 20 would who were all treated so; 50 are needed"


def test_an_estimate_that_rests_on_a_few_rare_choices_is_refused() -> None:
    """Ten that were made once in a hundred times, beside thousands that would be made either way."""
    trial = Trial()
    for _ in range(5_000):
        trial.add([Tried(1.0, 0.0, Asked(1.0, 0.0), Asked(1.0, 0.0))])
    for _ in range(10):
        trial.add([Tried(0.0, 0.0, Asked(0.0, 0.0), Asked(100.0, 0.0))])
    found = trial.compared(is_share=True)
    assert found.one.robust.value == 1.0
    assert found.other.robust.reason == "only some 11 choices like the rarest are on record; 20 are needed"
    assert found.other.weighted.effective > 50
    assert found.gap.robust.value is None


def test_what_had_no_chance_cannot_be_asked_about() -> None:
    trial = Trial()
    chances = {"greedy": 1.0, "usual": 0.0}
    for _ in range(100):
        trial.add([tried("greedy", 1, {"greedy": 1.0, "usual": 0.0}, chances)])
    found = trial.compared(is_share=True)
    assert found.gap.robust.reason == "of 100 choices something is asked about that had no chance of being made"
    assert (found.one.robust.value, found.other.weighted.value) == (None, None)


def test_what_was_never_chosen_is_not_told_from_a_model_alone() -> None:
    trial = Trial()
    for _ in range(100):
        trial.add([tried("greedy", 1, REWARDS[0])])
    assert trial.compared(is_share=True).other.robust.reason == "no such choice is on record"
    empty = Trial()
    empty.add([])
    assert empty.compared(is_share=True).choices == 0


def test_rewards_may_be_of_any_size() -> None:
    dice, trial = Random(5), Trial()
    for _ in range(2_000):
        chosen = dice.choices(list(CHANCES), list(CHANCES.values()))[0]
        worth = {"greedy": 40.0, "usual": 25.0, "odd": 0.0}
        trial.add([tried(chosen, dice.gauss(worth[chosen], 10), worth)])
    found = trial.compared(is_share=False)
    assert holds(found.one.robust, 40) and holds(found.other.weighted, 25) and holds(found.gap.robust, 15)
