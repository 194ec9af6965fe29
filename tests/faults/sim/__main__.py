"""Lives through schedules, on all cores, and says what became of them.

    python -m tests.faults.sim --schedules 20000            the next ones that the ledger does not know
    python -m tests.faults.sim --schedules 500 --from 0     these
    python -m tests.faults.sim --seed 17                    one, with all that it says; --shrink leaves out what it can

A schedule that breaks a promise is told with its seed, which gives it again on the same commit.
"""

import argparse
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from time import monotonic

from tests.faults.ledger import add, kept
from tests.faults.sim.schedules import PIECE, plan_of, shrunk, some, told

PIECES = 100
"""After so many a process begins anew: schedules leave things behind that nobody collects."""


def many(first: int, count: int, workers: int, *, is_kept: bool) -> int:
    """How many broke a promise."""
    broken, done, begun = 0, 0, monotonic()
    with ProcessPoolExecutor(workers, mp_context=get_context("spawn"), max_tasks_per_child=PIECES) as pool:
        for piece in pool.map(some, range(first, first + count, PIECE)):
            done += len(piece)
            for each in piece:
                if each.said:
                    broken += 1
                    print(f"seed {each.seed}: {each.said}", flush=True)
            if is_kept:
                figures = {"schedules": len(piece), "violations": sum(bool(each.said) for each in piece)}
                for name in ("lives", "forced_ends", "checks", "arrivals", "steps"):
                    figures[name] = sum(getattr(each, name) for each in piece)
                add("simulator", figures)
            if done % 1_000 == 0 or done >= count:
                rate = done / (monotonic() - begun)
                print(f"{done} schedules from {first}, {broken} broken, {rate:.0f} a second", flush=True)
    return broken


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--schedules", type=int, default=1_000)
    parser.add_argument("--from", type=int, dest="first", help="the first seed; left out, where the ledger ends")
    parser.add_argument("--workers", type=int, default=4)
    parser.add_argument("--ledger", action="store_true", help="adds the figures to the ledger")
    parser.add_argument("--seed", type=int)
    parser.add_argument("--shrink", action="store_true")
    asked = parser.parse_args()
    if asked.seed is not None:
        plan = plan_of(asked.seed)
        plan = shrunk(plan) if asked.shrink else plan
        found = told(plan)
        print(plan)
        print(found)
        return 1 if found.said else 0
    known = kept().get("simulator", {}).get("schedules", 0)
    first = asked.first if asked.first is not None else known
    count = -(-asked.schedules // PIECE) * PIECE
    return 1 if many(first, count, asked.workers, is_kept=asked.ledger) else 0


if __name__ == "__main__":
    sys.exit(main())
