"""How long a machine runs: a few fixed examples in every run of the tests, as many as one likes in ``make machines``.

``OPPORTUNE_EXAMPLES`` says how many examples each machine tries; the seed is then that of ``--hypothesis-seed``.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, Phase, Verbosity, settings
from hypothesis.stateful import RuleBasedStateMachine, run_state_machine_as_test

EXAMPLES = int(os.environ.get("OPPORTUNE_EXAMPLES") or 0)
"""How many examples were asked for; 0: as many as the test itself says, the same ones in every run."""

Plant = Callable[[pytest.MonkeyPatch], None]
"""Puts one fault into the code under test, until it is undone."""


@dataclass
class Found:
    """A planted fault that a machine has found: in which example, counted from 1, and what it saw."""

    examples: int
    said: str


def run(machine: type[RuleBasedStateMachine], *, examples: int, steps: int = 40) -> None:
    """Tries the machine; raises what its rules raise, with the shortest way there that was found."""
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=EXAMPLES or examples,
            stateful_step_count=steps,
            derandomize=not EXAMPLES,
            deadline=None,
            database=None,
            print_blob=True,
            suppress_health_check=list(HealthCheck),
        ),
    )


def find(machine: type[RuleBasedStateMachine], plant: Plant, *, most: int, steps: int = 40) -> Found | None:
    """The first example in which the machine fails while the fault is planted; None if ``most`` do not suffice."""
    tried = 0
    first: list[Found] = []

    class Counted(machine):  # type: ignore[misc, valid-type]
        def __init__(self) -> None:
            nonlocal tried
            tried += 1
            super().__init__()

    with pytest.MonkeyPatch.context() as patch:
        plant(patch)
        try:
            run_state_machine_as_test(
                Counted,
                settings=settings(
                    max_examples=most,
                    stateful_step_count=steps,
                    derandomize=True,
                    deadline=None,
                    database=None,
                    phases=[Phase.generate],
                    report_multiple_bugs=False,
                    verbosity=Verbosity.quiet,
                    suppress_health_check=list(HealthCheck),
                ),
            )
        except Exception as fault:  # noqa: BLE001 whatever shows that something is wrong
            first.append(Found(max(tried - 1, 1), f"{type(fault).__name__}: {fault}".splitlines()[0]))
    return first[0] if first else None
