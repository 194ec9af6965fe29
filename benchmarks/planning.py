"""How long it takes to plan one message to a million users, and what pacing costs in opens."""

import tracemalloc
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from benchmarks.figure import Figure, Size, figure_of
from opportune.events.event import Event, Published
from opportune.playbook.compiling import compiled
from opportune.playbook.reading import playbook_from
from opportune.policies.capacity import lot_of
from opportune.policies.planned import Capacity
from opportune.training.capacity import chosen, placed
from opportune.units import DAY, HOUR, Instant
from opportune.wiring.planning.asking import Asking, Some, Span
from opportune.wiring.shard import Shard

START: Instant = 1_780_272_000_000
"""2026-06-01T00:00Z."""
AT = START + 8 * DAY + 6 * HOUR
TIMES = 200
"""Users who are planned for, for each of the size: a million."""
PACE = 20
"""An hour has room for one in so many."""
HOURS = 24
NIGHT = (22, 23, 0, 1, 2, 3, 4, 5, 6)
PEAKS = (8.0, 12.5, 18.0, 20.0, 21.0)
FILES = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always}\npolicies:\n"
    '  - quiet_hours: {from: "22:00", to: "07:00"}\n  - frequency_cap: {at_most: 4, within: 7 days}\n'
    "  - send_time: {}\n",
    "journeys/sale.yaml": 'journey: sale\nenter: {broadcast: "2026-06-09T06:00Z"}\nsteps:\n  - send: sale\n',
    "messages/sale.yaml": "message: sale\ntopic: offers\nchannels: [email]\nuseful_for: 24 hours\n",
    "messages/sale.liquid": "subject: Sale\n---\nToday. {{ unsubscribe_url }}\n",
}


def measured(size: Size) -> Iterator[Figure]:
    """Placing, drawing lots, asking one user, and the share of opens that is kept."""
    users = TIMES * size.users
    room = np.full(HOURS, users // PACE, dtype=np.int64)
    wishes = _wishes(users)
    said = f"{users:,} users, {HOURS} hours, room for {users // PACE:,} in an hour; 5 of 9 sleep at any instant of UTC"
    lots, drawing = _lots(users)
    seconds, kept = [], []
    for _ in range(min(3, size.repeats)):
        begun = perf_counter()
        found = placed(wishes, lots, room)
        seconds.append(perf_counter() - begun)
        taken = np.where(found.hours < 0, 0.0, np.take_along_axis(wishes, found.hours[:, None], 1)[:, 0])
        kept.append(float(taken.sum() / wishes.max(axis=1).sum()))
        if not (chosen(wishes, lots, found.shares) == found.hours).all():
            raise AssertionError("users who go by the shares alone do something else than was planned")
    yield figure_of("plan.place_seconds", seconds, unit="s", conditions=said)
    yield figure_of("plan.lots_seconds", [drawing], unit="s", conditions=f"{users:,} lots")
    yield figure_of("plan.place_mb", [_memory(wishes, lots, room)], unit="MB", conditions=f"{said}; beside the wishes")
    yield figure_of("plan.opens_kept", kept, unit="share", conditions=f"{said}; of the opens if there was room for all")
    yield figure_of(
        "plan.ask_us", _asked(size), unit="us", conditions="one user asked by the playbook: 24 slots, 9 gates"
    )


def _wishes(users: int) -> NDArray[np.float64]:
    """shape (users, 24): the chance of an open by hour of UTC, for people of five kinds in three zones."""
    dice = np.random.default_rng(8)
    offsets = dice.choice([0, 1, -5], p=[0.3, 0.5, 0.2], size=users)
    peaks = dice.choice(PEAKS, size=users) + dice.normal(0, 1.0, users)
    local = (np.arange(HOURS)[None, :] + offsets[:, None]) % 24
    away = np.abs(local - peaks[:, None])
    away = np.minimum(away, 24 - away)
    chances: NDArray[np.float64] = np.round(0.05 + 0.3 * np.exp(-((away / 2.5) ** 2) / 2), 6)
    chances[np.isin(local, NIGHT)] = -np.inf
    return chances


def _lots(users: int) -> tuple[NDArray[np.int64], float]:
    begun = perf_counter()
    lots = np.fromiter((lot_of("sale", f"user-{place}", "salt") for place in range(users)), np.int64, users)
    return lots[:, None], perf_counter() - begun


def _memory(wishes: NDArray[np.float64], lots: NDArray[np.int64], room: NDArray[np.int64]) -> float:
    """The most that placing has had in use, in MB."""
    tracemalloc.start()
    placed(wishes, lots, room)
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most / 1e6


def _asked(size: Size) -> list[float]:
    """Microseconds for each user."""
    playbook = playbook_from(FILES)
    shard = Shard(compiled(playbook))
    inputs = list[Event]()
    for place in range(size.users // 5):
        body = b'{"email": "u%d@example.com", "timezone": "Europe/Berlin"}' % place
        inputs.append(Event(f"i{place}", f"u{place:07}", "Identified", START, START, len(inputs) + 1, properties=body))
        for day in range(6):
            at = START + DAY * day + (8 + place % 12) * HOUR
            inputs.append(Event(f"v{place}.{day}", f"u{place:07}", "Viewed", at, at, len(inputs) + 1))
    shard.feed(inputs)
    with TemporaryDirectory() as folder:
        said = Published(playbook.hash, START)
        asking = Asking(
            *(Path(folder), FILES, {playbook.hash: FILES}, said, "sale", Span(AT, AT, AT), AT - DAY, len(inputs))
        )
        ask, samples = asking.begin(0), []
        for _ in range(size.repeats):
            begun = perf_counter()
            found = ask(Some(dict(shard.memories), {}, Capacity()))
            samples.append((perf_counter() - begun) / len(found) * 1e6)
    return samples
