"""What honest and naive figures of the gain say in a world whose true gain is known: ``python -m benchmarks.gain``.

Users of ``opportune.testing.attention`` live for weeks; a model is trained on what they did. Then messages are sent as
``send_time`` would: a control at the baseline, the rest at their best slot if the gain is sure, with exploration.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from statistics import fmean, pvariance

import numpy as np
from numpy.typing import NDArray

from benchmarks.figure import Figure, Size, figure_of
from opportune.features.attention_model import AttentionModel, baseline_of, delays_of
from opportune.features.rhythm import Rhythm, noticed, population, spread_between
from opportune.policies.send_pick import SHARPNESS
from opportune.testing.attention import AttentionWorld
from opportune.training.attention_batch import noticed_batch, rates_and_weights
from opportune.training.attention_evidence import evidence_at
from opportune.training.attention_fit import fit
from opportune.training.clustered import Figure as Told
from opportune.training.gain import Gain, Send, gains
from opportune.units import ONE

Real = NDArray[np.float64]
Whole = NDArray[np.int64]
CONTROL, EXPLORE, AMONG = 0.1, 0.1, 4
"""The defaults of ``send_time``."""


@dataclass(frozen=True)
class Truth:
    """Exact expectations, as shares of the messages that are opened."""

    explored: float
    """As treated users are written to."""
    chosen: float
    """Without exploring."""
    baseline: float


class Sending:
    """One world with what is known of its users, from which any number of records can be drawn."""

    def __init__(self, users: int, seed: int, weeks: int = 2) -> None:
        self.world = AttentionWorld(users=users, weeks=weeks, seed=seed)
        histories = self.world.histories
        model: AttentionModel = fit(histories, name="trained", seed=seed)
        everybody = np.arange(users)
        evidence = evidence_at(histories, everybody, np.full(users, self.world.end))
        self._rates, self._weights = rates_and_weights(evidence, model)
        self._delays = delays_of(model, "email")
        self._own = noticed_batch(self._rates, self._delays)
        self._baseline = baseline_of(model, "email", "marketing")
        usual = noticed(population(model), self._delays)
        at_baseline = fmean(usual[24 * day + hour] for day, hour in enumerate(self._baseline.hours))
        self._scale = self._baseline.opened / at_baseline
        self._known = np.bincount(histories.user, minlength=users)
        self._model = model

    def record(self, seed: int) -> tuple[list[tuple[str, list[Send]]], Truth]:
        """Users with the messages of four weeks; those who look more often give more occasions."""
        dice = np.random.default_rng([self.world.seed, seed])
        looks = self.world.crowd.looks
        found, truths = [], []
        for user in range(self.world.users):
            is_control = dice.random() < CONTROL
            rows = []
            for _ in range(1 + min(8, dice.poisson(2 * looks[user] / looks.mean()))):
                send, truth = self._sent(user, int(dice.integers(168)), dice, is_control=is_control)
                rows.append(send)
                truths.append(truth)
            found.append((f"user-{user}", rows))
        explored, chosen, baseline = np.array(truths).mean(axis=0).tolist()
        return found, Truth(explored, chosen, baseline)

    def _sent(
        self, user: int, now: int, dice: np.random.Generator, *, is_control: bool
    ) -> tuple[Send, tuple[float, float, float]]:
        slots = (now + np.arange(24)) % 168
        said = np.minimum(1.0, self._scale * self._own[user, slots])
        base = next(place for place, slot in enumerate(slots.tolist()) if self._baseline.hours[slot // 24] == slot % 24)
        best = int(said.argmax())
        aim = best if self._is_sure(user, slots, best, base) else base
        treated = self._chances(said, aim, base)
        chances = {base: ONE} if is_control else treated
        held = base if is_control else aim
        took = int(dice.choice(list(chances), p=np.array(list(chances.values())) / ONE))
        truth = self.world.opened[user, slots]
        opened = bool(dice.random() < truth[took])
        expected = [int(each * ONE) for each in said.tolist()]
        explored = sum(chance * truth[place] for place, chance in treated.items()) / ONE
        send = Send(
            "control" if is_control else "treated", took == best, took == held, took == base,
            chances[took], chances[held], chances[base],
            expected[took], expected[held], expected[base], opened,
        )  # fmt: skip
        return send, (float(explored), float(truth[aim]), float(truth[base]))

    def _is_sure(self, user: int, slots: Whole, best: int, base: int) -> bool:
        if self._known[user] < self._model.fewest:
            return False
        one, other = int(slots[best]), int(slots[base])
        rhythm = Rhythm(tuple(self._rates[user].tolist()), tuple(self._weights[user].tolist()), 0, 0)
        gain = self._own[user, one] - self._own[user, other]
        return bool(gain > 0 and gain >= self._model.sureness * spread_between(rhythm, self._delays, one, other) ** 0.5)

    def _chances(self, said: Real, aim: int, base: int) -> dict[int, int]:
        few = sorted({*np.argsort(-said, kind="stable")[:AMONG].tolist(), aim, base})
        powers = [float(said[place] / said[few].max()) ** SHARPNESS for place in few]
        shares = {
            place: int(EXPLORE * ONE * (0.5 / len(few) + 0.5 * power / sum(powers)))
            for place, power in zip(few, powers, strict=True)
        }
        shares[aim] += ONE - sum(shares.values())
        return shares


def measured(size: Size) -> Iterator[Figure]:
    """Naive and honest lifts, how often intervals hold the truth, and how much sharper the robust estimate is."""
    worlds, records = min(size.repeats, 4), max(2, size.calls // 40)
    naive, shown, true, sharp = [], [], [], []
    held: dict[str, list[bool]] = {"control": [], "robust": []}
    for seed in range(worlds):
        sending = Sending(min(max(size.users, 600), 4_000), seed)
        told = [_told(sending, place) for place in range(records)]
        true += [truth.explored / truth.baseline - 1 for _, truth in told]
        naive += [gain.matched.lift or 0.0 for gain, _ in told]
        shown += [gain.lift.value or 0.0 for gain, _ in told]
        held["control"] += _held((gain.gap, truth.explored - truth.baseline) for gain, truth in told)
        held["robust"] += _held((gain.logged.gap.robust, truth.chosen - truth.baseline) for gain, truth in told)
        both = [(gain.logged.other.robust.value or 0.0, gain.logged.other.weighted.value or 0.0) for gain, _ in told]
        sharp.append(pvariance([one for one, _ in both]) / (pvariance([other for _, other in both]) or 1.0))
    conditions = f"{worlds} worlds, {records} records each"
    for name, samples in (("true", true), ("control", shown), ("matched", naive)):
        yield figure_of(f"gain.{name}_lift", samples, unit="share", conditions=conditions)
    for name, each in held.items():
        share = sum(each) / max(1, len(each))
        yield figure_of(f"gain.{name}_held", [share], unit="share", conditions=f"{conditions}; {len(each)} told")
    yield figure_of("gain.robust_variance", sharp, unit="ratio", conditions=f"{conditions}; of the weighted estimate's")


def _told(sending: Sending, seed: int) -> tuple[Gain, Truth]:
    users, truth = sending.record(seed)
    (found,) = gains(lambda: users, ["opens"])
    return found, truth


def _held(told: Iterable[tuple[Told, float]]) -> list[bool]:
    """Of each figure that was not refused whether its interval holds the truth."""
    return [_holds(figure, truth) for figure, truth in told if figure.value is not None]


def _holds(figure: Told, truth: float) -> bool:
    return figure.low is not None and figure.high is not None and figure.low <= truth <= figure.high


if __name__ == "__main__":
    for each in measured(Size()):
        print(each, flush=True)
