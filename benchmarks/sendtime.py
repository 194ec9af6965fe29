"""What it costs to know when users look: to score a million of them, to remember one event, to keep one memory.

``python -m benchmarks.sendtime 1000000`` scores so many in this process, and prints how many seconds each try took;
the figure is taken in a process of its own with one thread.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from time import perf_counter

import numpy as np
from msgspec import msgpack
from msgspec.structs import replace
from numpy.typing import NDArray

from benchmarks.figure import Figure, Size, figure_of, in_turn
from opportune.features.attending import attend
from opportune.features.attention import SLOTS, Attention, check_in, look, new_attention, open_sent
from opportune.features.attention_model import DEFAULT, Archetype, AttentionModel
from opportune.features.fold import new_profile
from opportune.features.local_time import zone_named
from opportune.testing.attention import AttentionWorld
from opportune.training.attention_evidence import Evidence
from opportune.training.attention_scoring import Scoring
from opportune.training.histories import Histories
from opportune.units import HOUR, MINUTE

MILLION = 1_000_000
KINDS = 4
VISITS = 12
"""Check-ins of each user in the newest quarter; one in three has earlier ones too."""
OPENERS = 0.1
"""The share of users of whom opens are kept too: they take thrice as long."""
DAYS = 3
"""So long may a message wait, quiet hours aside: 48 slots are feasible."""
WEEKS = 52


def measured(size: Size) -> Iterator[Figure]:
    """One core, one event, one memory."""
    yield _scored(size)
    yield from _remembered(size)


def crowd(users: int, seed: int = 1) -> tuple[Evidence, NDArray[np.bool_], NDArray[np.int64]]:
    """So many users, in which slots one may write, and by user which of these hold."""
    dice = np.random.default_rng(seed)
    week = np.array(DEFAULT.archetypes[0].curve)
    week /= week.sum()
    recent = np.zeros((users, SLOTS), np.uint8)
    for start in range(0, users, 50_000):
        part = recent[start : start + 50_000]
        np.add.at(part, (np.arange(len(part))[:, None], dice.choice(SLOTS, p=week, size=(len(part), VISITS))), 1)
    older = np.zeros((users, 24), np.float32)
    older[::3] = dice.poisson(1, older[::3].shape)
    rows = np.arange(0, users, round(1 / OPENERS))
    kept = dice.integers(1, 8, rows.size)
    first = np.concatenate([[0], np.cumsum(kept)]).astype(np.int64)
    sent, delay = dice.integers(0, SLOTS, first[-1]), dice.integers(0, 20, first[-1])
    place = np.repeat(np.arange(rows.size), kept) * SLOTS + (sent + delay) % SLOTS
    opens = np.bincount(place, minlength=rows.size * SLOTS).reshape(-1, SLOTS).astype(np.uint8)
    feasible = np.zeros((24, SLOTS), np.bool_)
    for zone in range(24):
        feasible[zone, (zone + np.arange(24 * DAYS)) % SLOTS] = True
        feasible[zone].reshape(7, 24)[:, :8] = False
    evidence = Evidence(
        recent=recent, older=older, opened=np.zeros(users, np.int64), rows=rows, opens=opens, first=first, sent=sent,
        delay=delay, unopened=np.full(rows.size, 2.0),
    )  # fmt: skip
    return evidence, feasible, dice.integers(0, 24, users)


def kinds() -> AttentionModel:
    """A model of some kinds of users, who live by shifted clocks."""
    curve = DEFAULT.archetypes[0].curve
    turned = [tuple(float(each) for each in np.roll(curve, 3 * turn)) for turn in range(KINDS)]
    return replace(DEFAULT, archetypes=tuple(Archetype(1 / KINDS, each) for each in turned))


def seconds(users: int, repeats: int) -> list[float]:
    """How long it takes, from counts in memory to the best feasible slot of each."""
    evidence, feasible, group = crowd(users)
    model, found = kinds(), []
    for _ in range(repeats):
        start = perf_counter()
        Scoring(model, model.delays[""]).best(evidence, feasible, group)
        found.append(perf_counter() - start)
    return found


def _scored(size: Size) -> Figure:
    users = MILLION if size.users >= 1_000 else 20_000
    alone = os.environ | {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    command = [sys.executable, "-m", "benchmarks.sendtime", str(users), str(size.repeats)]
    told = subprocess.run(command, env=alone, capture_output=True, text=True, check=True).stdout
    conditions = (
        f"{users:,} users x {SLOTS} slots, of which {16 * DAYS} feasible; {KINDS} kinds of users, one thread, "
        f"single precision; opens are kept of {OPENERS:.0%} of the users"
    )
    return figure_of("sendtime.score_seconds_1m", json.loads(told), unit="s", conditions=conditions)


class _Visiting:
    """One user after the other visits, three events a visit."""

    def __init__(self, histories: Histories) -> None:
        utc = zone_named("UTC")
        assert utc is not None
        self._zone, self._nth = utc, 0
        self._events = [
            (user, hour * HOUR + part * 20 * MINUTE)
            for user, hour in zip(histories.user.tolist(), histories.hour.tolist(), strict=True)
            for part in range(3)
        ]
        self._profiles = [new_profile() for _ in histories.users]

    def __call__(self) -> None:
        user, at = self._events[self._nth % len(self._events)]
        self._nth += 1
        attend(self._profiles[user], at, {}, self._zone)


def _remembered(size: Size) -> Iterator[Figure]:
    world = AttentionWorld(users=min(size.users, 2_000), weeks=WEEKS, seed=1, machines=0.0, movers=0.0)
    histories = world.histories
    visiting = _Visiting(histories)
    (samples,) = in_turn([visiting], replace(size, calls=min(50 * size.calls, len(histories.hour))))
    told = f"visits of a year, three events each, entered into the profiles of {len(histories.users):,} users"
    yield figure_of("sendtime.update_us", samples, unit="us", conditions=told)
    sizes = sorted(len(msgpack.encode(each)) for each in _memories(histories))
    told = f"{len(sizes):,} users after {WEEKS} weeks of visits and opens, as it is kept; at most 256 for anybody"
    for name, value in (("", float(np.mean(sizes))), (".p99", sizes[len(sizes) * 99 // 100]), (".max", sizes[-1])):
        yield figure_of(f"sendtime.bytes_per_user{name}", [float(value)], unit="bytes", conditions=told)


def _memories(histories: Histories) -> list[Attention]:
    found = [new_attention() for _ in histories.users]
    seen = histories.delay >= 0
    looks = zip(
        histories.sent_user[seen].tolist(), histories.sent_hour[seen].tolist(), histories.delay[seen].tolist(),
        strict=True,
    )  # fmt: skip
    acts = [(user, hour + delay, 0, delay) for user, hour, delay in looks]
    acts += [(user, hour, 1, 0) for user, hour in zip(histories.user.tolist(), histories.hour.tolist(), strict=True)]
    for user, hour, is_visit, delay in sorted(acts):
        if is_visit:
            check_in(found[user], hour)
        else:
            look(found[user], hour)
            open_sent(found[user], hour, delay * HOUR, hour * HOUR)
    for user, count in enumerate(np.bincount(histories.sent_user, minlength=len(found)).tolist()):
        found[user].sent = count
    return found


if __name__ == "__main__":
    print(json.dumps(seconds(int(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5)))
