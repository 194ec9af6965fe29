"""What comes out of one input: all that a host must make durable, in one transaction, before it does anything."""

from msgspec import Struct, structs

from opportune.events.event import Event
from opportune.journeys.memory import Memory
from opportune.journeys.run import Emission, GoalReached
from opportune.policies.decision import Decision, Ending
from opportune.sending.attempt import Call
from opportune.units import Instant


class Reaction(Struct, gc=False):
    """The memory after the input, and what follows from it."""

    memory: Memory
    decisions: list[Decision] = []
    endings: list[Ending] = []
    goals: list[GoalReached] = []
    emits: list[Event] = []
    """Events of this user that steps made, folded already; for those who read the log (R13)."""
    calls: list[Call] = []
    """For the dispatcher, once this reaction is durable."""
    emissions: list[Emission] = []
    """What steps emitted and is still to be folded; empty when the reaction is done."""
    looped: list[str] = []
    """By name: events that were not emitted, because too many emitted events had led to them."""
    is_late: bool = False
    """The event came later than ``lateness``: it changed features only."""
    is_crowded: bool = False
    """The event could have started a run, but the user has too many already."""
    wake: Instant | None = None
    """The earliest deadline left: a host ticks then, or any time after."""

    def known_to(self, decision: Decision) -> Decision:
        """The decision with how many of the events that steps have made so far it could know of."""
        made = sum(each.seq == decision.seq for each in self.emits)
        return structs.replace(decision, made=made) if made else decision


def reaction_to(memory: Memory) -> Reaction:
    """Nothing has followed yet."""
    return Reaction(memory)
