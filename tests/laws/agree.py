"""Whether the engine and the second engine agree, in as many worlds as wished.

    python -m tests.laws.agree --histories 20000            from world 0
    python -m tests.laws.agree --histories 20000 --from 20000
    python -m tests.laws.agree --histories 2000 --renews    where a playbook asks for what none before it did

Prints every world in which they differ, or in which the engine breaks a promise, and where to go on.
"""

import argparse
import sys

from tests.laws.living import Pair, drive
from tests.laws.subject import Engine
from tests.laws.told import receipts_of
from tests.laws.worlds import world_of
from tests.oracle.checker import violations
from tests.oracle.oracle import Oracle


def agreed(world):
    """The host that lived through this world with both. Raises AssertionError at the first difference."""
    return drive(world, Pair(Oracle(world["playbook"]), Engine(world["playbook"])))


def broken(world, host):
    """The promises that were broken in the world of this host."""
    books = host.books
    return violations(
        world["playbook"],
        host.history,
        books["decisions"],
        books["endings"],
        books["attempts"],
        receipts_of(host.history),
        goals=books["goals"],
        emits=books["emits"],
    )


def trouble(seed, **wishes):
    """What is wrong in the world of this seed: the first difference, or the broken promises; empty if nothing is."""
    world = world_of(seed, **wishes)
    try:
        return "\n".join(broken(world, agreed(world)))
    except AssertionError as difference:
        return str(difference)


def main(arguments=None):
    parser = argparse.ArgumentParser(description="Look for a world in which the engine and the oracle differ.")
    parser.add_argument("--histories", type=int, default=20_000)
    parser.add_argument("--from", type=int, default=0, dest="first", help="the first world")
    parser.add_argument("--renews", action="store_true", help="publish what asks for more than the first playbook did")
    asked = parser.parse_args(arguments)
    found, end = 0, asked.first + asked.histories
    for seed in range(asked.first, end):
        said = trouble(seed, renews=asked.renews)
        if said:
            found += 1
            print(f"world {seed}: {said}", flush=True)
        if (seed + 1) % 1_000 == 0:
            print(f"up to world {seed}: {found} with trouble; go on with --from {seed + 1}", flush=True)
    print(f"{asked.histories} worlds from {asked.first}: {found} with trouble")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
