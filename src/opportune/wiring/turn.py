"""What a batch of inputs comes to, before any of it is true."""

from dataclasses import dataclass, field

from msgspec import structs

from opportune.events.event import PLACES, Event
from opportune.journeys.run import GoalReached
from opportune.policies.decision import Decision, Ending
from opportune.sending.attempt import Call
from opportune.sending.reaction import Reaction
from opportune.units import Instant
from opportune.wiring.in_force import InForce


@dataclass(slots=True)
class Poison:
    """A log entry that the engine could not take: our fault, kept with its reason, and the next one is taken."""

    user: str
    seq: int
    reason: str


@dataclass(slots=True)
class Turn:
    """What a batch of inputs came to; nothing of it is true before it is durable."""

    memories: dict[str, bytes] = field(default_factory=dict)
    """The users touched, at rest again."""
    wakes: dict[str, Instant | None] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    goals: list[GoalReached] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    emits: list[Event] = field(default_factory=list)
    """What steps made: folded already, to be put into the log behind these inputs."""
    made: dict[tuple[str, int], int] = field(default_factory=dict)
    """By user and seq: how many of ``emits`` were made behind that entry."""
    looped: list[tuple[str, int, str]] = field(default_factory=list)
    """User, seq and name of events that were not emitted, because emitted events go round."""
    late: list[tuple[str, int]] = field(default_factory=list)
    """User and seq of events that came later than lateness."""
    crowded: list[tuple[str, int]] = field(default_factory=list)
    """User and seq of events that could have started one run too many."""
    poison: list[Poison] = field(default_factory=list)
    unmerged: list[int] = field(default_factory=list)
    """Places of merges that failed."""
    joined: list[str] = field(default_factory=list)
    """Ids that this batch says another user has, or nobody else any more."""
    erased_at: Instant = 0
    """When the log last says that somebody was erased."""
    in_force: InForce | None = None
    """What is in force after the batch, if that changed."""

    def gather(self, seq: int, out: Reaction) -> None:
        """What followed from the entry at this place of the log."""
        if out.emits or self.made:
            self._place(out)
        else:
            self.decisions += out.decisions
        self.looped += [(out.memory.user, seq, name) for name in out.looped]
        self.endings += out.endings
        self.goals += out.goals
        self.calls += out.calls
        if out.is_late:
            self.late.append((out.memory.user, seq))
        if out.is_crowded:
            self.crowded.append((out.memory.user, seq))

    def _place(self, out: Reaction) -> None:
        """Decisions and what steps made, each with how many were made behind the same entry before."""
        user = out.memory.user
        for decision in out.decisions:
            made = decision.made + self.made.get((user, decision.seq), 0)
            self.decisions.append(structs.replace(decision, made=made) if made else decision)
        for event in out.emits:
            count = self.made[user, event.seq] = self.made.get((user, event.seq), 0) + 1
            self.emits.append(structs.replace(event, place=event.seq * PLACES + count))


def says(out: Reaction) -> bool:
    """Whether anything followed, beside what is remembered."""
    return bool(out.decisions or out.endings or out.goals or out.calls or out.emits or out.looped)
