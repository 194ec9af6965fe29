"""Every model learns from before the cut, answers the same questions after it, and is set beside the global hour."""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from statistics import stdev
from time import perf_counter
from typing import Final

import numpy as np
from msgspec import Struct

from opportune.training.histories import Histories, Whole
from opportune.wiring.evaluating.contenders import Answer, Contender, Ready
from opportune.wiring.evaluating.decisions import Decisions, Floats, cut
from opportune.wiring.evaluating.marks import calibration_error, gain_of_order, log_loss, right
from opportune.wiring.evaluating.permuting import permuted
from opportune.wiring.evaluating.report import FEWEST, FEWEST_USERS, Bucket, Frozen, Line, Report
from opportune.wiring.evaluating.resampling import Interval, intervals
from opportune.wiring.evaluating.roster import Entry, chosen

EDGES: Final = ((1, 1), (2, 4), (5, 9), (10, 19), (20, 49), (50, None))
"""Buckets by check-ins before the decision, both ends included."""
_EPOCH: Final = date(1970, 1, 1)


class Settings(Struct, frozen=True, kw_only=True):
    """How it is tried."""

    split: float = 0.7
    """The share of events before the cut."""
    seed: int = 1
    seeds: int = 5
    """With so many seeds, from ``seed`` on, models learn in which chance plays a part."""
    resamples: int = 2_000
    """How often users are drawn again."""
    most: int = 40_000
    """Of more decisions those of some users, drawn by the seed, are asked."""
    models: tuple[str, ...] = ()
    """Without names all."""
    is_permuted: bool = False
    """Whether hours change hands between users first: then nobody has hours of their own, and no gain may be left."""


def compared(
    histories: Histories,
    hours: Whole | None,
    settings: Settings,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Report:
    """The report, without names of files; raises Unavailable where nothing can be said.

    ``hours`` : local hours of all events, by which the cut is placed; without them check-ins place it.
    """
    begun = perf_counter()
    if settings.is_permuted:
        histories = permuted(histories, seed=settings.seed)
    parts = cut(histories, settings.split, hours)
    entries, missing = chosen(settings.models)
    asked = parts.after.of_some_users(settings.most, seed=settings.seed)
    questions = _Questions(parts.before, asked, parts.day, settings)
    lines = []
    for place, (entry, contender) in enumerate(entries):
        lines.append(questions.line(entry, contender))
        progress(place + 1, len(entries))
    return Report(
        files=(),
        events=len(histories.hour) if hours is None else len(hours),
        check_ins=len(histories.hour),
        users=len(histories.users),
        split=settings.split,
        cut=(_EPOCH + timedelta(days=parts.day)).isoformat(),
        decisions=len(asked),
        decisions_in_all=len(parts.after),
        decision_users=len(np.unique(asked.user)),
        active_hours=float(asked.active.sum(axis=1).mean()),
        any_hour=float(asked.active.mean()),
        is_permuted=settings.is_permuted,
        seed=settings.seed,
        resamples=settings.resamples,
        lines=tuple(lines),
        missing=tuple(missing),
        seconds=round(perf_counter() - begun, 1),
    )


class _Questions:
    """What is asked of every model, and how the first of them, the baseline, answered."""

    def __init__(self, before: Histories, asked: Decisions, day: int, settings: Settings) -> None:
        self._before = before
        self._settings = settings
        self._asked = asked
        self._frozen = asked.known_before(day)
        self._baseline: Floats | None = None

    def line(self, entry: Entry, contender: Contender) -> Line:
        """Lets it learn, asks it, and marks its answers."""
        begun, settings = perf_counter(), self._settings
        ready = contender.ready(self._before, seed=settings.seed)
        answer = ready.answer(self._asked)
        was_right = right(answer.chosen, self._asked.active)
        base = was_right if self._baseline is None else self._baseline
        self._baseline = base
        share, gain = self._both(self._asked, was_right, base)
        buckets = tuple(self._buckets(was_right, base))
        is_enough = _is_enough(self._asked)
        seeds = {settings.seed: share.value} | (self._other_seeds(contender) if entry.is_seeded else {})
        return Line(
            name=entry.name,
            title=entry.title,
            right=share,
            gain=gain,
            is_enough=is_enough,
            is_gain=is_enough and gain.low > 0,
            is_loss=is_enough and gain.high < 0,
            **_marks(answer, self._asked),
            frozen=self._of_frozen(ready, base),
            buckets=buckets,
            lowest=min((each.gain.low for each in buckets if each.is_enough), default=None),
            seeds=seeds,
            spread=stdev(seeds.values()) if len(seeds) > 1 else None,
            seconds=round(perf_counter() - begun, 1),
        )

    def _both(self, asked: Decisions, was_right: Floats, base: Floats) -> list[Interval]:
        return intervals(
            [was_right, was_right - base], asked.user, resamples=self._settings.resamples, seed=self._settings.seed
        )

    def _of_frozen(self, ready: Ready, base: Floats) -> Frozen:
        was_right = right(ready.answer(self._frozen).chosen, self._frozen.active)
        share, gain = self._both(self._frozen, was_right, base)
        return Frozen(right=share, gain=gain)

    def _buckets(self, was_right: Floats, base: Floats) -> Iterator[Bucket]:
        before = self._asked.before
        for least, most in EDGES:
            which = (before >= least) & (before <= (before.max() if most is None else most))
            if not which.any():
                continue
            some = self._asked.some(which)
            share, gain = self._both(some, was_right[which], base[which])
            yield Bucket(
                least=least,
                most=most,
                decisions=len(some),
                users=len(np.unique(some.user)),
                right=share,
                gain=gain,
                is_enough=len(some) >= FEWEST and _is_enough(some),
            )

    def _other_seeds(self, contender: Contender) -> dict[int, float]:
        found = {}
        for seed in range(self._settings.seed + 1, self._settings.seed + self._settings.seeds):
            answer = contender.ready(self._before, seed=seed).answer(self._asked)
            found[seed] = float(right(answer.chosen, self._asked.active).mean())
        return found


def _is_enough(asked: Decisions) -> bool:
    return len(np.unique(asked.user)) >= FEWEST_USERS


def _marks(answer: Answer, asked: Decisions) -> dict[str, float]:
    rows = np.arange(len(asked))
    return {
        "ndcg": float(gain_of_order(answer.chances, asked.active).mean()),
        "log_loss": float(log_loss(answer.chances, asked.active).mean()),
        "calibration_error": calibration_error(answer.chances, asked.active),
        "promised": float(answer.chances[rows, answer.chosen].mean()),
    }
