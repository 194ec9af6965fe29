"""One schedule after the other, each in a folder of its own, and how a failing one becomes small."""

import gc
import logging
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from tests.faults.sim.kinds_life import KindsSchedule
from tests.faults.sim.kinds_plan import KINDS, plan_of_kinds
from tests.faults.sim.life import Schedule
from tests.faults.sim.plan import CALM, Plan
from tests.faults.sim.plan import plan_of as plan_of_worlds

PIECE = 50
"""Schedules that one process lives through at a time."""
IN_MEMORY = Path("/dev/shm")


@dataclass(frozen=True)
class Told:
    """What became of one schedule."""

    seed: int
    said: str
    """The promise that was broken; nothing if all were kept."""
    lives: int
    forced_ends: int
    checks: int
    arrivals: int
    steps: int
    digest: str
    """Of all that was decided and has arrived, and of how each life ended."""


def plan_of(seed: int) -> Plan:
    """The plan of this seed: from ``KINDS`` on one of all kinds of journeys, else one of the oracle's worlds."""
    return plan_of_kinds(seed) if seed >= KINDS else plan_of_worlds(seed)


def told(plan: Plan) -> Told:
    """Lives through it."""
    folder = str(IN_MEMORY) if IN_MEMORY.is_dir() else None
    with tempfile.TemporaryDirectory(dir=folder) as place:
        schedule = (KindsSchedule if plan.texts else Schedule)(plan, Path(place))
        said = ""
        try:
            with quietly():
                schedule.live()
        except Exception as fault:  # noqa: BLE001 - whatever escapes is a promise broken
            said = f"{type(fault).__name__}: {fault}"
    judge = schedule.judge
    forced = sum(each != "in peace" for each in schedule.ended)
    return Told(
        plan.seed, said, schedule.lives, forced, judge.checks, schedule.arrived, schedule.steps, schedule.digest
    )


@contextmanager
def quietly() -> Iterator[None]:
    """Connections of a life that has ended complain, when they are collected, that their disk is no more."""
    before, sys.unraisablehook = sys.unraisablehook, lambda complaint: None
    logging.disable()
    try:
        yield
    finally:
        sys.unraisablehook = before
        logging.disable(logging.NOTSET)


def some(first: int, count: int = PIECE) -> list[Told]:
    """So many schedules, from this seed on."""
    gc.disable()  # what a schedule leaves goes in circles, and is small: once in a while is enough
    try:
        return [told(plan_of(seed)) for seed in range(first, first + count)]
    finally:
        gc.enable()
        gc.collect()


def shrunk(plan: Plan) -> Plan:
    """The same plan with all left out that its failure does not need, a part at a time."""
    reason = kind_of(told(plan).said)
    if not reason:
        return plan
    goes_on = True
    while goes_on:
        goes_on = False
        for smaller in smaller_than(plan):
            if kind_of(told(smaller).said) == reason:
                plan, goes_on = smaller, True
                break
    return plan


def kind_of(said: str) -> str:
    """What kind of failure this is: its first words."""
    return said[:24]


def smaller_than(plan: Plan) -> Iterator[Plan]:
    """Each way of leaving one thing out."""
    for place in range(len(plan.ends)):
        yield replace(plan, ends=plan.ends[:place] + plan.ends[place + 1 :])
    for life in plan.broken:
        yield replace(plan, broken={each: faults for each, faults in plan.broken.items() if each != life})
    for place in range(len(plan.extras)):
        yield replace(plan, extras=plan.extras[:place] + plan.extras[place + 1 :])
    script = plan.world["script"]
    for place in range(len(script) if len(script) > 1 else 0):
        yield replace(plan, world={**plan.world, "script": script[:place] + script[place + 1 :]})
    playbook = plan.world["playbook"]
    for place in range(len(playbook["policies"])):
        policies = playbook["policies"][:place] + playbook["policies"][place + 1 :]
        yield replace(plan, world={**plan.world, "playbook": {**playbook, "policies": policies}})
    if plan.moods != CALM:
        yield replace(plan, moods=CALM)
    if plan.lost_answers:
        yield replace(plan, lost_answers=0.0)
    if plan.shuffles:
        yield replace(plan, shuffles=False)
