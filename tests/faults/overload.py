"""More than an engine can take, for a while: an open stream of batches, and what becomes of each.

The capacity is measured first, by clients that send again once they are answered. Then batches come at even instants,
at a multiple of that rate, whatever is answered; who is refused does not come back.
"""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

from tests.faults.killing import Ground
from tests.faults.lines import Lines
from tests.faults.pausing import pause

BATCH: Final = 100
"""Events in one request."""
USERS: Final = 20_000
ASKING: Final = 0.001
"""The share of events after which a message goes out."""
CLIENTS: Final = 32
"""Of those that show what the engine can take."""
PLAYBOOK: Final = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always}\n",
    "journeys/cart.yaml": "journey: cart\nenter: {on: Cart Updated}\nreentry: always\nsteps:\n  - send: reminder\n",
    "messages/reminder.yaml": "message: reminder\ntopic: cart\nchannels: [email]\n",
    "messages/reminder.liquid": "subject: Your cart\n---\nStill there. {{ unsubscribe_url }}\n",
}


@dataclass(frozen=True)
class Sample:
    """The engine at one instant."""

    seconds: float
    """Since the first sample."""
    resident: int
    """Bytes of memory."""
    journal: int
    """Bytes that wait to be moved into the file."""


@dataclass
class Crowd:
    """Those who send, and what they were answered."""

    lines: Lines
    dice: Random
    statuses: Counter[int] = field(default_factory=Counter)
    """Of requests; 0: the connection broke without an answer."""
    accepted: set[int] = field(default_factory=set)
    """Numbers of batches."""
    refused: set[int] = field(default_factory=set)
    spans: list[float] = field(default_factory=list)
    """Seconds from the instant an accepted batch was due to its answer."""
    refused_spans: list[float] = field(default_factory=list)
    _begun: int = 0

    async def capacity(self, seconds: float) -> float:
        """Events a second that are taken from clients who wait for their answers."""
        start, before = time.perf_counter(), len(self.accepted)

        async def client() -> None:
            while time.perf_counter() - start < seconds:
                await self.post()

        await asyncio.gather(*(client() for _ in range(CLIENTS)))
        return (len(self.accepted) - before) * BATCH / (time.perf_counter() - start)

    async def stream(self, rate: float, seconds: float) -> None:
        """So many events a second; returns when the last batch is answered."""
        start = time.perf_counter()
        posts = set[asyncio.Task[None]]()
        for number in range(int(rate * seconds / BATCH)):
            due = start + number * BATCH / rate
            await pause(max(0.0, due - time.perf_counter()))
            post = asyncio.create_task(self.post(due))
            posts.add(post)
            post.add_done_callback(posts.discard)
        while posts:
            await asyncio.wait(posts)

    async def post(self, due: float | None = None) -> None:
        """One batch that was due then, or is now."""
        due, number = time.perf_counter() if due is None else due, self._begun
        self._begun += 1
        status = await self.lines.post("/v1/batch", self.request(number).encode())
        span = time.perf_counter() - due
        self.statuses[status] += 1
        (self.accepted if status == 200 else self.refused).add(number)
        (self.spans if status == 200 else self.refused_spans).append(span)

    def request(self, number: int) -> str:
        """A batch; its ids tell its number."""
        calls = ",".join(self._call(number, place) for place in range(BATCH))
        return f'{{"batch":[{calls}]}}'

    def _call(self, number: int, place: int) -> str:
        name = "Cart Updated" if self.dice.random() < ASKING else "Product Viewed"
        return (
            f'{{"type":"track","event":"{name}","userId":"user-{self.dice.randrange(USERS)}",'
            f'"messageId":"o-{number}-{place}","properties":{{"product":"p{number % 977}","price":{place}.5}}}}'
        )

    async def told(self, users: range) -> None:
        """Who these users are."""
        for first in range(users.start, users.stop, 500):
            calls = [
                {"type": "identify", "userId": f"user-{n}", "traits": {"email": f"user-{n}@shop.example"}}
                for n in range(first, min(first + 500, users.stop))
            ]
            assert await self.lines.post("/v1/batch", json.dumps({"batch": calls}).encode()) == 200


async def watch(process: int, store: Path, samples: list[Sample]) -> None:
    """A sample each second, until it is cancelled."""
    start, page = time.perf_counter(), 4_096
    journal = store.with_name(f"{store.name}-wal")
    while True:
        resident = int(Path(f"/proc/{process}/statm").read_text().split()[1]) * page
        size = journal.stat().st_size if journal.exists() else 0
        samples.append(Sample(time.perf_counter() - start, resident, size))
        await pause(1)


def slope(samples: Sequence[Sample]) -> float:
    """Bytes of memory a second, by least squares; 0 for fewer than two samples."""
    if len(samples) < 2:
        return 0.0
    middle = sum(each.seconds for each in samples) / len(samples)
    mean = sum(each.resident for each in samples) / len(samples)
    above = sum((each.seconds - middle) * (each.resident - mean) for each in samples)
    return above / sum((each.seconds - middle) ** 2 for each in samples)


def share(spans: Sequence[float], part: float) -> float:
    """The span in ms below which this part of them lies; 0 if there are none."""
    return sorted(spans)[min(len(spans) - 1, int(len(spans) * part))] * 1e3 if spans else 0.0


@dataclass
class Overloaded:
    """What one overload was like."""

    crowd: Crowd
    capacity: float
    """Events a second."""
    offered: float
    """The same."""
    samples: list[Sample]

    def __str__(self) -> str:
        half = self.samples[len(self.samples) // 2 :]
        found, seconds = self.crowd, self.samples[-1].seconds if self.samples else 0.0
        return (
            f"capacity {self.capacity:,.0f} events/s, offered {self.offered:,.0f} events/s for {seconds:.0f} s in "
            f"batches of {BATCH}; requests by status {dict(sorted(found.statuses.items()))}; accepted: p50 "
            f"{share(found.spans, 0.5):,.0f} ms, p99 {share(found.spans, 0.99):,.0f} ms; refused: p50 "
            f"{share(found.refused_spans, 0.5):,.0f} ms, p99 {share(found.refused_spans, 0.99):,.0f} ms; memory "
            f"{[round(each.resident / 1e6) for each in self.samples[:: max(1, len(self.samples) // 20)]]} MB, slope of "
            f"the second half {slope(half) * 60 / 1e6:+.1f} MB a minute, most "
            f"{max(each.resident for each in self.samples) / 1e6:.0f} MB; journal at most "
            f"{max(each.journal for each in self.samples) / 1e6:.0f} MB"
        )


async def overloaded(place: Ground, process: int, *, seconds: float, times: float) -> Overloaded:
    """The engine of this place, brought so many times what it can take; what it can is measured before."""
    crowd = Crowd(Lines(place.port), place.dice)
    await crowd.told(range(USERS))
    capacity = await crowd.capacity(max(1.0, min(seconds / 10, 15.0)))
    crowd.spans.clear()
    samples: list[Sample] = []
    watching = asyncio.create_task(watch(process, place.store, samples))
    await crowd.stream(capacity * times, seconds)
    watching.cancel()
    crowd.lines.close()
    return Overloaded(crowd, capacity, capacity * times, samples)
