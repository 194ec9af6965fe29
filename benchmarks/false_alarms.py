"""How often the watch pauses a journey whose true rate is this: ``python -m benchmarks.false_alarms``.

Each journey sends up to so many messages within one span, each of which ends in a complaint with the same chance, and
is looked at after every complaint, as the engine does. Drawn with a fixed seed: the figures are the same everywhere.
"""

from math import log
from random import Random
from typing import Final

from opportune.playbook.watching import Watching, exceeds, fewest
from opportune.sending.tally import Unwelcome
from opportune.units import ONE

USUAL: Final = Watching()
RUNS: Final = 2_000
SENDS: Final = (1_000, 10_000, 100_000)
TIMES: Final = (0.5, 1.0, 2.0, 3.0)
"""The true rate, in limits."""
VOLUMES: Final = (10, 100, 499, 500, 1_000, 2_000, 5_000, 10_000, 20_000, 50_000, 100_000, 1_000_000)


def latest(what: Unwelcome, most: int) -> list[int]:
    """By count: the most sends, up to ``most``, of which so many are too many; 0 if of none."""
    found, limit, sends = [0], USUAL.limit(what), 0
    while sends < most:
        count = len(found)
        low, high = sends, most + 1
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (middle, high) if exceeds(min(count, middle), middle, limit) else (low, middle)
        sends = low
        found.append(sends)
    return found


def share_paused(what: Unwelcome, times: float, most: int, *, runs: int = RUNS) -> float:
    """Of so many journeys with this true rate and so many sends, the share that was ever paused."""
    until, dice = latest(what, most), Random(f"{what} {times} {most}")
    miss = log(1 - USUAL.limit(what) / ONE * times)
    paused = 0
    for _ in range(runs):
        sends = count = 0
        while (sends := sends + 1 + int(log(1 - dice.random()) / miss)) <= most:
            count += 1
            if sends >= USUAL.at_least and sends <= until[min(count, len(until) - 1)]:
                paused += 1
                break
    return paused / runs


def volumes() -> str:
    """How many of how many are too many, as a table."""
    rows = ["| messages | complaints | unsubscribes |", "|---|---|---|"]
    for sends in VOLUMES:
        told = [_fewest(what, sends) for what in ("complaints", "unsubscribes")]
        rows.append(f"| {sends:,} | {told[0]} | {told[1]} |")
    return "\n".join(rows) + "\n"


def alarms() -> str:
    """How often a journey is paused, by its true rate and its sends, as a table."""
    head = " | ".join(f"{sends:,}" for sends in SENDS)
    rows = [f"| | true rate | {head} |", "|---|---|" + "---|" * len(SENDS)]
    for what in ("complaints", "unsubscribes"):
        for times in TIMES:
            told = " | ".join(f"{share_paused(what, times, sends):.2%}" for sends in SENDS)
            rows.append(f"| {what} | {USUAL.limit(what) / ONE * times:.2%} | {told} |")
    return "\n".join(rows) + "\n"


def _fewest(what: Unwelcome, sends: int) -> str:
    if sends < USUAL.at_least:
        return "never"
    count = fewest(sends, USUAL.limit(what))
    return f"{count:,} ({count / sends:.2%})"


if __name__ == "__main__":
    print(volumes())
    print(alarms())
