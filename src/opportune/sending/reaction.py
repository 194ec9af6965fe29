"""What comes out of one input: all that a host must make durable, in one transaction, before it does anything."""

from msgspec import Struct

from opportune.events.event import Event
from opportune.journeys.journey import GoalReached
from opportune.journeys.memory import Memory
from opportune.policies.decision import Decision, Ending
from opportune.sending.attempt import Call
from opportune.units import Instant


class Reaction(Struct, gc=False):
    """The memory after the input, and what follows from it."""

    memory: Memory
    decisions: list[Decision]
    endings: list[Ending]
    goals: list[GoalReached]
    emits: list[Event]
    """Events for the same user's log that a step asked for."""
    calls: list[Call]
    """For the dispatcher, once this reaction is durable."""
    is_late: bool = False
    """The event came later than ``lateness``: it changed features only."""
    is_crowded: bool = False
    """The event could have started a run, but the user has too many already."""
    wake: Instant | None = None
    """The earliest deadline left: a host ticks then, or any time after."""


def reaction_to(memory: Memory) -> Reaction:
    """Nothing has followed yet."""
    return Reaction(memory, [], [], [], [], [])
