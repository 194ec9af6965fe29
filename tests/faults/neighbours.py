"""What others feel of a neighbour that misbehaves: the same load with and without it, in turn, on one engine.

Usage: python -m tests.faults.neighbours [--pairs N] [--seconds N] [--kinds NAME,...]; LEDGER is not touched: these are
figures of one machine. The others are users who post events at even instants, and some of whom get a mail at once. The
span of a post runs from the instant it was due to its answer, that of a mail to the SMTP command DATA, as the kernel
stamps it.
"""

import argparse
import asyncio
import json
import os
import sys
import time
from collections import defaultdict
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from statistics import median
from tempfile import TemporaryDirectory
from typing import Final

from tests.faults.killing import ROOT, Ground, free_port, laid
from tests.faults.lines import Lines
from tests.faults.overload import share
from tests.faults.pausing import pause
from tests.faults.poison import KINDS, fill
from tests.faults.races import MailSink, Race
from tests.faults.stamped import stamping

RATE: Final = 200.0
"""Posts a second of the others."""
ASKING: Final = 0.1
"""The share of them after which a mail goes out."""
JOURNEY: Final = "journey: {name}\nenter: {{on: {event}}}\nreentry: always\nsteps:\n  - send: {name}\n"
PLAYBOOK: Final = {
    "opportune.yaml": "zone: UTC\nconsent: {email: always, webhook: always}\n",
    "journeys/cart.yaml": JOURNEY.format(name="cart", event="Cart Updated"),
    "messages/cart.yaml": "message: cart\ntopic: cart\nchannels: [email]\n",
    "messages/cart.liquid": "subject: Your cart\n---\nStill there. {{ unsubscribe_url }}\n",
    "journeys/help.yaml": JOURNEY.format(name="help", event="Help Searched"),
    "messages/help.yaml": "message: help\ntopic: help\nchannels: [webhook]\n",
    "messages/help.liquid": "subject: Help\n---\nLook here.\n",
    "journeys/broken.yaml": JOURNEY.format(name="broken", event="Broken Asked"),
    "messages/broken.yaml": "message: broken\ntopic: broken\nchannels: [email]\n",
    "messages/broken.liquid": "subject: Broken\n---\n{{ 1 | divided_by: 0 }} {{ unsubscribe_url }}\n",
    "journeys/long.yaml": "journey: long\nkey: place\nenter: {on: Long Asked}\nexit: {on: Counted, where: number < 0}\n"
    "steps:\n  - wait: {until: Long Over, at_most: 30 days}\n  - send: cart\n    when: counted > 5 AND summed > 5\n",
    "features.yaml": "counted: COUNT_IF(event = 'Counted') OVER LAST '7 days'\n"
    "summed: SUM(number) FILTER (WHERE event = 'Counted') OVER LAST '7 days'\n",
}


@dataclass
class Stretch:
    """What the others felt for a while."""

    posts: list[float] = field(default_factory=list)
    """Seconds."""
    mails: list[float] = field(default_factory=list)
    bad: int = 0
    """Posts that were not answered with 200."""


class Others:
    """They post at even instants, on connections that they keep."""

    def __init__(self, port: int, sink: dict[str, Race], dice: Random) -> None:
        self._lines = Lines(port)
        self._sink = sink
        self._dice = dice
        self._count = 0

    async def stretch(self, seconds: float) -> Stretch:
        """So long; returns when everything is answered, and all mails have come."""
        found, start = Stretch(), time.perf_counter()
        mails: list[tuple[int, Race]] = []
        posts = []
        for number in range(int(RATE * seconds)):
            await pause(max(0.0, start + number / RATE - time.perf_counter()))
            posts.append(asyncio.create_task(self._post(start + number / RATE, found, mails)))
        await asyncio.gather(*posts)
        async with asyncio.timeout(60):
            await asyncio.gather(*(race.came for _, race in mails))
        found.mails = [((race.began or 0) - due) / 1e9 for due, race in mails]
        return found

    async def _post(self, due: float, found: Stretch, mails: list[tuple[int, Race]]) -> None:
        self._count += 1
        user = f"other-{self._count}"
        calls: list[dict[str, object]] = [
            {"type": "track", "userId": user, "event": "Product Viewed", "properties": {"product": self._count}}
        ]
        if self._dice.random() < ASKING:
            race = self._sink[user] = Race(user, "later")
            race.may_agree.set()
            mails.append((time.time_ns(), race))
            calls[0]["event"] = "Cart Updated"
            calls.insert(0, {"type": "identify", "userId": user, "traits": {"email": f"{user}@shop.example"}})
        body = json.dumps({"batch": calls}).encode()
        found.bad += await self._lines.post("/v1/batch", body) != 200
        found.posts.append(time.perf_counter() - due)


async def poisoned(others: Others, kind: str, port: int, seconds: float) -> Stretch:
    """The same with that neighbour."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.faults.poison", kind, str(port), cwd=ROOT
    )
    try:
        await pause(1.5)
        return await others.stretch(seconds)
    finally:
        process.kill()
        await process.wait()


async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A target that takes calls and says nothing."""
    while await reader.read(65_536):
        pass
    writer.close()


async def measured(kind: str, folder: Path, *, pairs: int, seconds: float) -> None:
    """Prints what the others felt, pair by pair in turn."""
    races: dict[str, Race] = {}
    mail = MailSink(races)
    web = await asyncio.start_server(hang, "127.0.0.1", 0)
    laid(folder, PLAYBOOK)
    place = Ground(folder, Random(1), mail.port, web.sockets[0].getsockname()[1], free_port())
    told = defaultdict[str, list[Stretch]](list)

    async def until() -> None:
        others = Others(place.port, races, Random(1))
        if kind == "crowded user":
            await fill(place.port)
        await others.stretch(2)
        for _ in range(pairs):
            told["without"].append(await others.stretch(seconds))
            told["with"].append(await poisoned(others, kind, place.port, seconds))
            await pause(1)

    try:
        async with stamping():
            await place.last(until)
    finally:
        await place.bury()
        mail.close()
        web.close()
    show(kind, told["without"], told["with"])


def show(kind: str, calm: list[Stretch], struck: list[Stretch]) -> None:
    """Medians of the pairs, and of the ratios within them."""
    for what in ("posts", "mails"):
        for part in (0.5, 0.99):
            pairs = [
                (share(getattr(a, what), part), share(getattr(b, what), part))
                for a, b in zip(calm, struck, strict=True)
            ]
            ratios = [struck_by / calm_by for calm_by, struck_by in pairs]
            print(
                f"{kind:18} {what} p{part * 100:.0f}: {median(a for a, _ in pairs):7.1f} ms without, "
                f"{median(b for _, b in pairs):7.1f} ms with; ratio {median(ratios):.2f} "
                f"({min(ratios):.2f} to {max(ratios):.2f}), {len(pairs)} pairs",
                flush=True,
            )
    print(f"{kind:18} posts that were refused: {sum(each.bad for each in calm)} and {sum(each.bad for each in struck)}")


def main() -> None:
    """Every kind, each on an engine of its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--pairs", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8)
    parser.add_argument("--kinds", default=",".join(KINDS))
    options = parser.parse_args()
    print(f"{RATE:.0f} posts a second of others, {ASKING:.0%} with a mail; load {os.getloadavg()}")
    for kind in options.kinds.split(","):
        with TemporaryDirectory() as made:
            asyncio.run(measured(kind, Path(made), pairs=options.pairs, seconds=options.seconds))
    print(f"load {os.getloadavg()}")


if __name__ == "__main__":
    main()
