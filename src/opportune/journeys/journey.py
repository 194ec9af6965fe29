"""What a journey is: who enters, what is waited for and said, and what ends it. Definitions only."""

from typing import Literal, TypeAlias

from msgspec import Struct

from opportune.features.expression import Expression
from opportune.journeys.step import Step
from opportune.journeys.trigger import Trigger, Watched
from opportune.units import Millis

Basis: TypeAlias = Literal["entry", "send", "goal"]


class Goal(Struct, frozen=True):
    """What the journey is for; counted up to ``within`` after entry, also when the run has ended."""

    on: str
    within: Millis
    where: Expression | None = None
    value: Expression | None = None


class AtGoal(Struct, frozen=True):
    """The run ends when its goal is reached."""


class AtCondition(Struct, frozen=True):
    """The run ends when this becomes true."""

    when: Expression


class NoLonger(Struct, frozen=True):
    """The run ends when what it entered for does not hold any more."""


Exit: TypeAlias = Watched | AtGoal | AtCondition | NoLonger


class Reentry(Struct, frozen=True):
    """When the same user (and key) may enter again.

    ``while_not_active``: as soon as no run is active; ``always``: each entry its own run, beside others too; ``once``:
    never; ``cooldown``: after ``span`` counted from ``basis``, and no run is active.
    """

    kind: Literal["while_not_active", "always", "once", "cooldown"] = "while_not_active"
    span: Millis = 0
    basis: Basis = "entry"


class Journey(Struct, frozen=True):
    """A trigger with its steps, flat: branches are places of later steps, so a run is at exactly one number."""

    name: str
    enter: Trigger
    steps: tuple[Step, ...]
    key: str = ""
    """The property that tells runs of one user apart; empty: one run for each user."""
    exits: tuple[Exit, ...] = ()
    reentry: Reentry = Reentry()
    goal: Goal | None = None
    keeps: tuple[str, ...] = ()
    """The properties of the entry event that later conditions and templates read; only these are remembered."""
    labels: dict[str, int] = {}
    """Places of the steps that have a name."""
    moves: dict[str, str] = {}
    """By name of a step: where runs of earlier versions go that stand there; ``end`` ends them."""
