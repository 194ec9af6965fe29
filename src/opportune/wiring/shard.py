"""The core of every host: log entries in, memories as bytes between batches, what follows out (R14).

A shard knows no clock, file or network. A host numbers its inputs, lets the shard turn them, makes the turn durable in
one transaction, and only then calls ``keep`` and acts on it.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from opportune.engine import react
from opportune.events.event import Event, Input, Merged, Published, Tick
from opportune.journeys.deadline import earliest
from opportune.journeys.journey import GoalReached
from opportune.journeys.memory import Memory, at_rest, awake, fresh
from opportune.policies.compiled import Compiled
from opportune.policies.decision import Decision, Ending
from opportune.sending.attempt import Call
from opportune.sending.merging import merge
from opportune.sending.reaction import Reaction
from opportune.units import Instant
from opportune.wiring.wheel import Wheel


MOVED = b"\0"
"""In place of a version byte: this id was absorbed by the user whose name follows."""


@dataclass(slots=True)
class Poison:
    """A log entry that the engine could not take: our fault, kept with its reason, and the next one is taken."""

    user: str
    seq: int
    reason: str


@dataclass(slots=True)
class Turn:
    """What a batch of inputs came to; nothing of it is true before it is durable."""

    memories: dict[str, Memory | None] = field(default_factory=dict)
    """The users touched; None for an id that was absorbed by another."""
    wakes: dict[str, Instant | None] = field(default_factory=dict)
    decisions: list[Decision] = field(default_factory=list)
    endings: list[Ending] = field(default_factory=list)
    goals: list[GoalReached] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    late: list[tuple[str, int]] = field(default_factory=list)
    """User and seq of events that came later than lateness."""
    poison: list[Poison] = field(default_factory=list)
    moved: dict[str, str] = field(default_factory=dict)
    """Ids absorbed in this batch, and by whom."""
    playbook: Compiled | None = None
    """The playbook in force after the batch, if it changed."""


class Shard:
    """Memories of many users, and the playbook that decides for them."""

    def __init__(
        self,
        playbook: Compiled,
        *,
        publications: Callable[[str], Compiled] | None = None,
        memories: Mapping[str, bytes] | None = None,
    ) -> None:
        """``publications`` gives the compiled playbook of a hash that the log says was published."""
        self.playbook = playbook
        self.memories = dict(memories or {})
        self.moved: dict[str, str] = {}
        self.wheel = Wheel()
        self._publications = publications
        for user, raw in self.memories.items():
            if raw[:1] == MOVED:
                self.moved[user] = raw[1:].decode()
            else:
                self.wheel.set(user, earliest(awake(raw)))

    def turn(self, inputs: Iterable[Input]) -> Turn:
        """Takes these inputs, in order; the shard itself stays as it was until ``keep``."""
        turn = Turn()
        done: dict[str, list[Event | Tick]] = {}
        for happened in inputs:
            match happened:
                case Event():
                    self._take(turn, happened.user, happened, done)
                case Tick():
                    for user in self._due(turn, happened.now):
                        self._take(turn, user, happened, done)
                case Merged():
                    self._merge(turn, happened, done)
                case Published():
                    assert self._publications is not None
                    turn.playbook = self._publications(happened.playbook)
        return turn

    def keep(self, turn: Turn) -> None:
        """The turn is durable: its memories are the shard's from now on."""
        self.playbook = turn.playbook or self.playbook
        for user, memory in turn.memories.items():
            self.memories[user] = MOVED + turn.moved[user].encode() if memory is None else at_rest(memory)
            self.wheel.set(user, turn.wakes.get(user))
        self.moved |= turn.moved

    def feed(self, inputs: Sequence[Input]) -> Turn:
        """Turn and keep at once, for hosts with nothing to make durable."""
        turn = self.turn(inputs)
        self.keep(turn)
        return turn

    def memory(self, user: str, turn: Turn | None = None) -> Memory:
        """The user's memory, decoded; a fresh one for a user never heard of."""
        known = turn.memories.get(user) if turn is not None else None
        if known is not None:
            return known
        return self._at_rest(user) if turn is None or user not in turn.memories else fresh(user)

    def resolved(self, user: str) -> str:
        """The user this id stands for now: itself, or whoever absorbed it."""
        while user in self.moved:
            user = self.moved[user]
        return user

    def _at_rest(self, user: str) -> Memory:
        raw = self.memories.get(user)
        return fresh(user) if raw is None or raw[:1] == MOVED else awake(raw)

    def _due(self, turn: Turn, now: Instant) -> list[str]:
        """Users with something due by now: the wheel's, and those of this turn, which it does not know yet."""
        found = {user for user in self.wheel.due(now) if user not in turn.memories}
        found |= {user for user, wake in turn.wakes.items() if wake is not None and wake <= now}
        return sorted(found)

    def _take(self, turn: Turn, user: str, happened: Event | Tick, done: dict[str, list[Event | Tick]]) -> None:
        memory = self.memory(user, turn)
        before = done.setdefault(user, [])
        try:
            out = react(turn.playbook or self.playbook, memory, happened)
        except Exception as error:  # noqa: BLE001 the boundary around one entry: recorded, and the memory made whole again
            turn.poison.append(Poison(user, happened.seq, f"{type(error).__name__}: {error}"))
            turn.memories[user] = self._refolded(user, before)
            return
        before.append(happened)
        _gather(turn, out)
        if out.is_late:
            turn.late.append((user, happened.seq))

    def _refolded(self, user: str, before: Sequence[Event | Tick]) -> Memory:
        """The memory as it was before an entry that failed halfway: read again and folded without it."""
        memory = self._at_rest(user)
        for happened in before:
            react(self.playbook, memory, happened)
        return memory

    def _merge(self, turn: Turn, happened: Merged, done: dict[str, list[Event | Tick]]) -> None:
        kept, absorbed = self.memory(happened.user, turn), self.memory(happened.absorbed, turn)
        for out in merge(turn.playbook or self.playbook, kept, absorbed, happened):
            _gather(turn, out)
        turn.memories[happened.absorbed] = None
        turn.wakes[happened.absorbed] = None
        turn.moved[happened.absorbed] = happened.user


def _gather(turn: Turn, out: Reaction) -> None:
    user = out.memory.user
    turn.memories[user], turn.wakes[user] = out.memory, out.wake
    turn.decisions += out.decisions
    turn.endings += out.endings
    turn.goals += out.goals
    turn.calls += out.calls

