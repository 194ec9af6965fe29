"""Faults planted in the engine, one at a time: the simulator names a promise that each of them breaks.

    python -m tests.faults.sim.planted                 how many schedules each takes, from eight starting points
    python -m tests.faults.sim.planted NAME            one of them, and what is said
    python -m tests.faults.sim.planted --ledger        the figures go into the ledger

Each is of a kind that has bitten somebody: a cap checked and acted upon apart, an acknowledgement before its commit, a
cursor moved at the fetch, a retry around a batch. A fault that is not found would be a promise that nothing holds.
"""

import argparse
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from statistics import median
from types import ModuleType

import pytest

from tests.faults.ledger import LEDGER, add, kept
from tests.faults.sim import life, planted_host, planted_kinds, planted_rules, planted_store
from tests.faults.sim.kinds_plan import KINDS
from tests.faults.sim.plan import SHARING
from tests.faults.sim.schedules import plan_of, told
from tests.laws import test_oracle_finds_faults as rules

Fault = Callable[[pytest.MonkeyPatch], None]
MOST = 500
"""Schedules that a fault may take."""
STARTS = tuple(range(0, 8_000, 1_000))
GUARDS = (
    "ValueError: a decision comes or ends once",
    "ValueError: seq must rise",
    "RuntimeError: decision",
)
"""What the engine itself says of a history that cannot be."""


@dataclass(frozen=True)
class Found:
    """Where a fault was found."""

    schedules: int
    seed: int
    said: str


def faults_in(module: ModuleType) -> list[Fault]:
    """The faults that this module plants, in its order."""
    return [
        each
        for name, each in vars(module).items()
        if getattr(each, "__module__", "") == module.__name__ and "patch" in getattr(each, "__annotations__", {})
    ]


FAULTS: list[Fault] = [
    *faults_in(planted_store),
    *faults_in(planted_host),
    *(of_kinds := faults_in(planted_kinds)),
    *(
        of_rules := [
            *faults_in(planted_rules),
            *(each for each in rules.FAULTS if each is not rules.entries_taken_twice),
        ]
    ),
]
RULES = frozenset(of_rules)
"""Found by other playbooks, not by other lives: each schedule that is tried has one of its own."""
OF_KINDS = frozenset(of_kinds)
"""Found in schedules of all kinds of journeys."""
FIRST = {
    "acknowledged_when_the_engine_ends": 550,
    "a_log_in_a_transaction_of_its_own": 90,
    "a_cursor_moved_when_rows_are_fetched": 290,
    "dedupe_that_forgets_what_is_being_closed": 100,
    "due_under_the_old_playbook_decided_by_the_new": 695,
    "stops_answered_while_calls_begin": 195,
    "repeats_without_end": 270,
    "what_runs_make_kept_of_their_entries": 200435,
    "a_place_in_the_log_for_what_publishes_nothing": 200080,
    "absences_that_only_answers_to_come_end": 30,
    "pauses_that_end_with_the_engine": 70,
    "publications_that_leave_triggers_as_they_are": 18,
    "news_that_is_told_anew_after_a_crash": 54,
}
"""Where the tests begin to look for what one schedule in a hundred or two meets, so that they are short; else at 0."""
SELDOM: tuple[Fault, ...] = (
    planted_rules.a_clock_change_noticed_a_week_late,
    planted_rules.claimed_decisions_that_are_displaced,
    planted_rules.entries_taken_twice,
    planted_rules.merges_in_which_the_newest_word_wins,
    planted_rules.merges_that_lose_reservations,
    planted_rules.sends_that_count_twice_after_a_merge,
    planted_rules.stops_ordered_by_what_clients_clocks_say,
    planted_rules.two_runs_of_one_cart_after_a_merge,
)
"""Faults of rules that few lives meet: worlds without disks and crashes, of which there are many more, find them."""


def found(fault: Fault, first: int = 0, most: int = MOST) -> Found | None:
    """The first schedule, from this seed on, in which the fault breaks a promise; raises if it breaks anything else."""
    with pytest.MonkeyPatch.context() as patch:
        forget()
        fault(patch)
        try:
            for count in range(most):
                seed = first + count * (SHARING + 1 if fault in RULES else 1) + (KINDS if fault in OF_KINDS else 0)
                if said := told(plan_of(seed)).said:
                    if not said.startswith(("Broken: ", *GUARDS)):
                        raise AssertionError(f"seed {seed}: {said}")
                    return Found(count + 1, seed, said)
        finally:
            forget()
    return None


def forget() -> None:
    """What was compiled with, or without, a fault."""
    life._read.clear()
    life._made.clear()


def figures(faults: Iterable[Fault], starts: Iterable[int] = STARTS) -> tuple[int, int]:
    """Prints how many schedules each takes, median and worst; how many there are, and how many were always found."""
    several = count = 0
    for fault in faults:
        seen = [found(fault, first) for first in starts]
        several, count = several + 1, count + all(seen)
        numbers = sorted(each.schedules if each else MOST + 1 for each in seen)
        first = next((each for each in seen if each), None)
        said = first.said.splitlines()[0] if first else "NOT FOUND"
        sys.stdout.write(f"{median(numbers):6.0f} {numbers[-1]:5} {fault.__name__}: {said[:100]}\n")
        sys.stdout.flush()
    return several, count


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--starts", type=int, default=len(STARTS), help="how many starting points")
    parser.add_argument("--ledger", action="store_true")
    asked = parser.parse_args()
    chosen = [each for each in FAULTS if not asked.names or each.__name__ in asked.names]
    planted, count = figures(chosen, STARTS[: asked.starts])
    sys.stdout.write(f"{count} of {planted} found\n")
    if asked.ledger and not asked.names:
        before = kept(LEDGER).get("planted", {})
        add("planted", {"planted": planted - before.get("planted", 0), "found": count - before.get("found", 0)})
    return 0 if count == planted else 1


if __name__ == "__main__":
    sys.exit(main())
