"""What a run makes on its way: the arm it goes, traits, events. All of it is told as events of the user."""

from collections.abc import Mapping

from msgspec import Struct

from opportune.draws import draw, hash_of
from opportune.events.names import EXPERIMENT_VIEWED, IDENTIFIED
from opportune.features.scope import Scope
from opportune.journeys.memory import Memory
from opportune.journeys.plan import Plan, Value
from opportune.journeys.run import Emission, Run
from opportune.journeys.step import Arm, Emit, SetTraits, Split
from opportune.journeys.terms import Terms
from opportune.units import Instant, Scalar

MOST_DEPTH = 8
"""Emitted events that may lead to one another; the next one is not emitted."""
ARM = "arm."
"""Before the name of an experiment: the arm that the run goes, among what it keeps."""


class Around(Struct, frozen=True, gc=False):
    """What a run goes on in."""

    memory: Memory
    now: Instant
    """No deadline is made before it."""
    terms: Terms
    emissions: list[Emission]
    """Takes what steps emit."""
    looped: list[str]
    """Takes the names of what they would have emitted, had not too many emitted events led to it."""
    is_after_send: bool = False
    """The run comes straight from a send: a wall time is then the next one, never that of the very same instant."""


def take_arm(step: Split, run: Run, around: Around) -> None:
    """The run goes the arm that this user goes, in every run of every journey; told once for each run."""
    memory = around.memory
    arm = arm_of(step, memory.bucket, around.terms.salt)
    memory.exposed_at = around.now if memory.exposed_at is None else memory.exposed_at
    kept = ARM + step.name
    if run.kept.get(kept) != arm.name:
        run.kept[kept] = arm.name
        said: dict[str, Scalar] = {"experiment_id": step.name, "experiment_name": step.name}
        _emit(EXPERIMENT_VIEWED, said | {"variation_id": arm.name, "variation_name": arm.name}, run, around)
    run.step = arm.step


def arm_of(step: Split, bucket: str, salt: str) -> Arm:
    """The arm that this bucket is drawn into."""
    left = draw(salt, "split", step.name, bucket)
    for arm in step.arms:
        left -= arm.share
        if left < 0:
            return arm
    raise AssertionError(f"split {step.name}: shares sum to less than 1_000_000")


def make(plan: Plan, step: SetTraits | Emit, run: Run, around: Around) -> bool:
    """Emits what the step says, with the values there are; whether anything was emitted."""
    scope = Scope(around.memory.profile, run.since, "", run.kept, {}, run.entry)
    found = {name: _scalar(value, scope) for name, value in plan.values.get(run.step, ())}
    said = {name: value for name, value in found.items() if value is not None}
    if isinstance(step, SetTraits):
        return bool(said) and _emit(IDENTIFIED, said, run, around)
    return _emit(step.event, said, run, around)


def _emit(name: str, properties: Mapping[str, Scalar], run: Run, around: Around) -> bool:
    run.has_acted = True
    depth = run.depth + 1
    if depth > MOST_DEPTH:
        around.looped.append(name)
        return False
    user = around.memory.user
    made = hash_of("emit", user, run.journey, run.key, run.entry, run.step, run.since).hex()
    around.emissions.append(Emission(made, name, dict(properties), depth))
    return True


def _scalar(value: Value, scope: Scope) -> Scalar:
    found = value(scope)
    return ", ".join(str(each) for each in found) if isinstance(found, tuple) else found
