"""Schedules of the simulator: in all of them every promise is kept, and each is the same wherever it is lived through.

``OPPORTUNE_SCHEDULES`` says how many in worlds of the oracle's; a twentieth of that are of all kinds of journeys.
Longer runs: ``make sim SCHEDULES=20000``.
"""

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.faults.sim.kinds_life import KindsSchedule
from tests.faults.sim.kinds_plan import AMID, KINDS
from tests.faults.sim.plan import CALM, Plan
from tests.faults.sim.schedules import kind_of, plan_of, shrunk, some, told

SCHEDULES = int(os.environ.get("OPPORTUNE_SCHEDULES", "4000" if os.environ.get("CI") else "400"))
PIECE = 25
FAILED = (
    *(3000361, 3019393, 4004045, 4034728, 5003767, 5105342),
    *(10100229, 10200084, 10200439, 10200452, 10200554, 10300322, 10400048),
)
"""Seeds that found something: in the simulated machine, in the engine, in the judge."""
ROOT = Path(__file__).resolve().parents[2]
AGAIN = """
from tests.faults.sim.schedules import some
print([(e.seed, e.digest) for e in [*some(7, 10), *some(10_000_007, 4)]])
"""


@pytest.mark.parametrize(
    "first",
    [
        *range(0, SCHEDULES, PIECE),
        *range(KINDS, KINDS + SCHEDULES // 40, PIECE // 5),
        *range(AMID, AMID + SCHEDULES // 40, PIECE // 5),
    ],
)
def test_every_promise_is_kept_in_every_schedule(first: int) -> None:
    count = PIECE // 5 if first >= KINDS else PIECE
    assert {each.seed: each.said for each in some(first, count) if each.said} == {}


@pytest.mark.parametrize("seed", FAILED)
def test_what_a_seed_has_found_is_mended(seed: int) -> None:
    assert told(plan_of(seed)).said == ""


def test_a_seed_gives_the_same_history_in_every_process() -> None:
    said = [
        subprocess.run(
            [sys.executable, "-c", AGAIN],
            cwd=ROOT,
            env={**os.environ, "PYTHONHASHSEED": seed},
            check=True,
            capture_output=True,
            text=True,
        ).stdout
        for seed in ("1", "2")
    ]
    here = [*some(7, 10), *some(KINDS + 7, 4)]
    assert said[0] == said[1] == f"{[(each.seed, each.digest) for each in here]}\n"


def test_schedules_really_meet_what_they_are_for() -> None:
    """Forced ends, restarts, arrivals and decisions compared: a simulator in which nothing happens proves nothing."""
    found = some(100, 60)
    assert sum(each.forced_ends for each in found) > 30
    assert sum(each.lives for each in found) > 90
    assert sum(each.arrivals for each in found) > 60
    assert sum(each.checks for each in found) > 3_000


def test_schedules_of_all_kinds_really_meet_what_they_are_for(tmp_path: Path) -> None:
    met: Counter[str] = Counter()
    for seed in range(KINDS, KINDS + 20):
        folder = tmp_path / str(seed)
        folder.mkdir()
        judge = KindsSchedule(plan_of(seed), folder).live().judge
        names = Counter(each.name for several in judge.promises.events.values() for each in several)
        met.update({name: names[name] for name in ("Experiment Viewed", "Cart Given Up", "Price Dropped")})
        met["shares"] += judge.promises.shares
        met.update(each["code"] for each in judge.books["endings"])
        met["calls"] += sum(each["channel"] == "webhook" for each in judge.books["attempts"])
    asked = ("Experiment Viewed", "Cart Given Up", "Price Dropped", "shares", "journey_paused", "calls")
    assert min(met[each] for each in asked) > 0, met


def test_a_failing_schedule_becomes_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.faults.sim.judge.Judge.begun", broken)
    plan = next(plan for plan in map(plan_of, range(100)) if told(plan).said)
    smaller = shrunk(plan)
    assert kind_of(told(smaller).said) == kind_of(told(plan).said)
    assert size_of(smaller) < size_of(plan)
    assert smaller.moods == CALM


def broken(self: object, *more: object) -> None:
    raise AssertionError("a promise that no engine keeps")


def size_of(plan: Plan) -> int:
    return len(plan.script) + len(plan.ends) + len(plan.broken) + len(plan.world["playbook"]["policies"])
