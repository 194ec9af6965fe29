"""The classic recipe for the hour: a model of any kind on weekday, hour, recency and segment; a row for each hour.

Everything that a row says was known that morning. The chances are calibrated on users and days that the model they are
calibrated with has not seen: other users, later days. Then it learns once more from all.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from opportune.ports.classifying import Classifier, Fitted, Table
from opportune.training.histories import Histories, Whole
from opportune.wiring.evaluating.calibrating import Calibration, Steps, calibrated
from opportune.wiring.evaluating.contenders import EVER, Answer, day_shares, slots_of
from opportune.wiring.evaluating.decisions import Decisions, Flags, Floats, decisions_of

EDGES: Final = (1, 2, 5, 10, 20, 50)
"""Where segments of users begin: by check-ins so far."""
MOST: Final = 6_000
"""Decisions that are learned from, drawn by the seed: 24 rows each."""
_LATER: Final = 0.75
_RECENT: Final = 28 * 24


@dataclass(frozen=True, slots=True)
class Learned:
    """A challenger."""

    classifier: Classifier
    calibration: Calibration
    knows_hours: bool = False
    """Whether it is told in which hours the user was active: the term that the classic recipe lacks."""

    def ready(self, before: Histories, *, seed: int) -> "Ready":
        """Learns from the decisions that were before the cut."""
        asked = decisions_of(before, EVER)
        shares = day_shares(before)
        dice = np.random.default_rng(seed)
        early, late = folds(asked, dice)
        steps = Steps()
        if len(early) and len(late) and late.active.any():
            held = self.classifier.fitted(*self._rows(_some(early, dice), shares), seed=seed)
            table, happened = self._rows(_some(late, dice), shares)
            steps = calibrated(self.calibration, held.chances(table), happened)
        model = self.classifier.fitted(*self._rows(_some(asked, dice), shares), seed=seed)
        return Ready(model, steps, shares, self.knows_hours)

    def _rows(self, asked: Decisions, shares: Floats) -> tuple[Table, Flags]:
        return table_of(asked, shares, knows_hours=self.knows_hours), asked.active.ravel()


@dataclass(frozen=True, slots=True)
class Ready:
    """One that has learned."""

    model: Fitted
    steps: Steps
    shares: Floats
    knows_hours: bool

    def answer(self, decisions: Decisions) -> Answer:
        """The hour with the greatest chance; the chances are calibrated."""
        raw = self.model.chances(table_of(decisions, self.shares, knows_hours=self.knows_hours))
        chances = self.steps.of(raw).reshape(-1, 24)
        return Answer(chances, chances.argmax(axis=1))


def folds(asked: Decisions, dice: np.random.Generator) -> tuple[Decisions, Decisions]:
    """Three quarters of the users on the earlier days, and the other users on the later days."""
    edge = np.sort(asked.day)[int(_LATER * len(asked))] if len(asked) else 0
    users = np.unique(asked.user)
    is_held = np.isin(asked.user, dice.permutation(users)[: len(users) // 4])
    return asked.some((asked.day < edge) & ~is_held), asked.some((asked.day >= edge) & is_held)


def table_of(asked: Decisions, shares: Floats, *, knows_hours: bool) -> Table:
    """24 rows for each decision."""
    histories = asked.histories
    hour = np.tile(np.arange(24), len(asked))
    morning = np.repeat(asked.day * 24, 24)
    newest = histories.hour[np.maximum(asked.known - 1, 0)]
    is_known = asked.known > asked.first
    since = np.where(is_known, asked.day * 24 - newest, 10 * _RECENT)
    columns: dict[str, Floats | Whole] = {
        "slot": slots_of(morning + hour),
        "weekday": np.repeat(asked.weekday, 24),
        "hour": hour,
        "recency": np.repeat(np.log1p(since), 24),
        "segment": np.repeat(np.searchsorted(EDGES, asked.before, side="right"), 24),
    }
    if knows_hours:
        columns |= _own(asked, shares, hour)
    values = np.stack([each.astype(np.float64) for each in columns.values()], axis=1)
    return Table(columns=tuple(columns), values=values, choices=frozenset({"slot", "weekday", "hour", "segment"}))


def _own(asked: Decisions, shares: Floats, hour: Whole) -> dict[str, Floats]:
    """What the user's own check-ins say of each hour: how many there were in it, and around it."""
    hours = asked.histories.hour
    counts = asked.tallied(24, hours % 24)
    half = asked.tallied(48, hours % 24 + 24 * (slots_of(hours) >= 120))
    own_half = np.where((asked.weekday >= 5)[:, None], half[:, 24:], half[:, :24])
    beside = np.roll(counts, 1, axis=1) + np.roll(counts, -1, axis=1)
    total = counts.sum(axis=1, keepdims=True)
    shrunk = (counts + 0.5 * beside + 8 * shares) / (2 * total + 8)
    return {
        "known": np.repeat(np.log1p(total[:, 0]), 24),
        "in_hour": counts.ravel(),
        "share_of_hour": (counts / np.maximum(total, 1)).ravel(),
        "share_beside": (beside / np.maximum(total, 1)).ravel(),
        "share_on_such_days": (own_half / np.maximum(own_half.sum(axis=1, keepdims=True), 1)).ravel(),
        "shrunk": shrunk.ravel(),
        "share_of_all": shares[hour],
    }


def _some(asked: Decisions, dice: np.random.Generator) -> Decisions:
    if len(asked) <= MOST:
        return asked
    return asked.some(np.sort(dice.permutation(len(asked))[:MOST]))
