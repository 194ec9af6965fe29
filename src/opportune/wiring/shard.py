"""The core of every host: log entries in, memories as bytes between batches, what follows out (R14).

A shard knows no clock, file or network. A host numbers its inputs, lets the shard turn them, makes the turn durable in
one transaction, and only then calls ``keep`` and acts on it.
"""

from collections import deque
from collections.abc import Callable, Collection, Generator, Iterable, Iterator, Mapping, Sequence
from typing import TypeAlias

import msgspec

from opportune.engine import react
from opportune.events.event import Erased, Event, Input, Merged, Published, Tick
from opportune.journeys.deadline import earliest
from opportune.journeys.memory import Memory, at_rest, awake, fresh
from opportune.journeys.memory import before as before_at_rest
from opportune.policies.compiled import Compiled
from opportune.ports import Erasure
from opportune.sending.merging import merge
from opportune.sending.publishing import concerns_everybody
from opportune.sending.reaction import Reaction, reaction_to
from opportune.sending.receiving import heard
from opportune.units import Instant
from opportune.wiring.in_force import InForce, for_everybody, in_force
from opportune.wiring.moved import MOVED, Moved, mark_of, moved
from opportune.wiring.taking_up import Passage, in_slices, seq_of
from opportune.wiring.turn import Poison as Poison
from opportune.wiring.turn import Turn as Turn
from opportune.wiring.turn import says
from opportune.wiring.wheel import Wheel

Backfills: TypeAlias = Callable[[int, Collection[str]], Iterable[tuple[str, bytes]]]


class Shard:
    """Memories of many users, and the playbook that decides for them."""

    def __init__(
        self,
        playbook: Compiled | InForce,
        *,
        publications: Callable[[str], Compiled] | None = None,
        memories: Mapping[str, bytes] | None = None,
        wakes: Mapping[str, Instant] | None = None,
        unmerged: Iterable[int] = (),
    ) -> None:
        """``publications`` gives the compiled playbook of a hash that the log says was published.

        ``wakes`` are the next deadlines of those among ``memories`` who have one; None: read them from the memories.
        ``unmerged`` are the places of merges that are known to fail.
        """
        self.in_force = playbook if isinstance(playbook, InForce) else for_everybody(playbook)
        self.memories = dict(memories or {})
        self._holders: dict[str, str] = {}
        self._heirs: dict[str, str] = {}
        self._absorbed: dict[str, list[str]] | None = None
        self.wheel = Wheel()
        self._publications = publications
        self.backfills: Backfills = lambda seq, users: ()
        """What these users remember from the publication at this place on that they did not before, as rows."""
        self._unmerged = set(unmerged)
        self._named: set[str] = set()
        self._replayed: set[str] = set()
        self._erased_at: Instant = 0
        for user, raw in self.memories.items():
            if raw[:1] == MOVED:
                self._locate(user)
            else:
                self.wheel.set(user, earliest(awake(raw)) if wakes is None else wakes.get(user))

    def turn(self, inputs: Iterable[Input]) -> Turn:
        """Takes these inputs, in order; the shard itself stays as it was until ``keep``.

        Between two entries that concern many, all events of one user are taken together: a memory is read and written
        once for them, and is gone before the next one is read.
        """
        turn = Turn()
        waiting: dict[str, list[Event | Tick]] = {}
        for happened in inputs:
            if isinstance(happened, Event):
                user = happened.user
                raw = (turn.memories.get(user) or self.memories.get(user, b"")) if happened.place else b""
                if raw[:1] != MOVED:  # else made by an id in the merge that absorbed it, and folded there
                    waiting.setdefault(user, []).append(happened)
                continue
            self._take_all(turn, waiting)
            waiting = {}
            match happened:
                case Tick():
                    self._take_all(turn, {user: [happened] for user in self._due(turn, happened)})
                case Merged():
                    self._merge(turn, happened)
                case Erased():
                    turn.erased_at = happened.now
                case Published():
                    deque(self._publish(turn, in_force(happened, self._published)), maxlen=0)
        self._take_all(turn, waiting)
        return turn

    def taking_up(self, standing: InForce) -> Generator[None, None, Turn]:
        """A turn that is a publication alone, cut after every few users; meanwhile nothing else may be turned."""
        turn = Turn()
        try:
            yield from self._publish(turn, standing)
        except BaseException:
            for user in turn.wakes:  # who was due is still
                self.wheel.set(user, earliest(self.memory(user)))
            raise
        return turn

    def keep(self, turn: Turn) -> None:
        """The turn is durable: its memories are the shard's from now on."""
        deque(self.keeping(turn), maxlen=0)

    def keeping(self, turn: Turn) -> Iterator[Sequence[str]]:
        """The same, a few users at a time; meanwhile nothing may be turned."""
        self.in_force = turn.in_force or self.in_force
        for users in in_slices(turn.memories):
            for user in users:
                self.memories[user] = turn.memories[user]
                if user in turn.wakes:
                    self.wheel.set(user, turn.wakes[user])
            yield users
        self._replayed.update(user for user in turn.joined if user not in self._holders)
        self._erased_at = max(self._erased_at, turn.erased_at)
        for user in turn.joined:
            self._locate(user)
        self._named.clear()

    @property
    def playbook(self) -> Compiled:
        """The newest that was published."""
        return self.in_force.playbook

    def playbook_of(self, memory: Memory, turn: Turn | None = None) -> Compiled:
        """The playbook that decides for this user."""
        return ((turn and turn.in_force) or self.in_force).of(memory)

    def told(self, turn: Turn, following: Callable[[], int]) -> list[Event]:
        """What steps made in this turn, which is kept already, as entries to be put into the log behind its inputs."""
        entries = [msgspec.structs.replace(each, seq=following()) for each in turn.emits]
        if entries:
            noted = self.feed(entries)
            turn.memories |= noted.memories
            turn.wakes |= noted.wakes
        return entries

    def settle(self) -> None:
        """The log was folded to its end: what it told of erased users, and does no longer, may have changed hands."""
        for user in self._replayed:
            raw = self.memories.get(user, b"")
            if raw[:1] == MOVED and self._erased_at:
                said = moved(raw)
                since = max(said.since, self._erased_at)
                self.memories[user] = mark_of(Moved(said.heir, said.holder, said.is_known, since))
        self._replayed.clear()

    def feed(self, inputs: Sequence[Input]) -> Turn:
        """Turn and keep at once: what follows must be made durable before anybody hears of it."""
        turn = self.turn(inputs)
        self.keep(turn)
        return turn

    def memory(self, user: str, turn: Turn | None = None) -> Memory:
        """The user's memory, decoded; a fresh one for a user never heard of, or absorbed.

        Where the log is folded again from before the absorption, a kept mark knows already what the id was said as.
        """
        raw = None if turn is None else turn.memories.get(user)
        raw = raw or self.memories.get(user)
        if raw is not None and raw[:1] != MOVED:
            return awake(raw)
        memory = fresh(user)
        memory.is_known = raw is not None and moved(raw).is_known
        return memory

    def resolved(self, user: str) -> str:
        """The user this id stands for now: itself, or whoever has it since it was absorbed."""
        return self.heir(self._holders.get(user, user))

    def heir(self, user: str) -> str:
        """The user who remembers what this id was told and sent, whoever has the id now."""
        while user in self._heirs:
            user = self._heirs[user]
        return user

    def name(self, user: str) -> None:
        """A client says this id as a ``userId``, in an entry to come."""
        self._named.add(user)

    def is_known(self, user: str) -> bool:
        """Whether this id was ever said as a ``userId``."""
        if user in self._named:
            return True
        raw = self.memories.get(user)
        return raw is not None and (moved(raw).is_known if raw[:1] == MOVED else awake(raw).is_known)

    def is_claimed(self, user: str) -> bool:
        """Whether another user has this id, and it was never said but as an anonymous one."""
        return user in self._holders and not self.is_known(user)

    def before(self, user: str) -> tuple[Instant, str] | None:
        """Until when this id was an anonymous one of somebody else, and who remembers what it did then."""
        raw = self.memories.get(user)
        return None if raw is None or raw[:1] == MOVED else before_at_rest(raw)

    def changed_hands_at(self, user: str) -> Instant:
        """When this id last became another user's; 0 if it is its first one's still."""
        raw = self.memories.get(user, b"")
        if raw[:1] == MOVED:
            return moved(raw).since
        was = self.before(user)
        return 0 if was is None else was[0]

    def release(self, user: str) -> None:
        """This id is its own again from the next entry on, which says so."""
        self._heirs.pop(user, None)
        self._holders.pop(user, None)

    def heirs(self, user: str) -> Iterator[str]:
        """Whose memory holds this id's, step by step, to the one who lives; nobody for an id that was not absorbed."""
        while (heir := self._heir_at_rest(user)) is not None:
            user = heir
            yield user

    def _heir_at_rest(self, user: str) -> str | None:
        if self.memories.get(user, b"")[:1] == MOVED:
            return self._heirs.get(user)
        was = self.before(user)
        return None if was is None else was[1]

    def join(self, absorbed: str, user: str) -> None:
        """This id is the user's from the next entry on, which says so; ``keep`` takes it back if the entry fails."""
        self._holders[absorbed] = user
        self._heirs.setdefault(absorbed, user)
        if self._absorbed is not None:
            self._absorbed.setdefault(user, []).append(absorbed)

    def related(self, user: str) -> list[str]:
        """This id and all that it, or one of them, absorbed or took over, sorted."""
        if self._absorbed is None:
            self._absorbed = {}
            for each in (self._heirs, self._holders):
                for absorbed, owner in each.items():
                    self._absorbed.setdefault(owner, []).append(absorbed)
        found, new = set[str](), {user}
        while new:
            found |= new
            new = {each for owner in new for each in self._absorbed.get(owner, ())} - found
        return sorted(found)

    def forget(self, erasure: Erasure) -> None:
        """These users were erased, durably: nothing of them is known from now on."""
        for user in erasure.names:
            self.memories.pop(user, None)
            self.wheel.set(user, None)
        self.memories.update(erasure.moved)
        for user in (*erasure.names, *dict(erasure.moved)):
            self._locate(user)

    def _locate(self, user: str) -> None:
        """Where the id and its memory are, as its bytes tell."""
        raw = self.memories.get(user, b"")
        if raw[:1] == MOVED:
            said = moved(raw)
            self._heirs[user], self._holders[user] = said.heir, said.holder
        else:
            self._heirs.pop(user, None)
            self._holders.pop(user, None)

    def _due(self, turn: Turn, tick: Tick) -> list[str]:
        """Whom the tick means: the wheel's users, and those of this turn, which it does not know yet."""
        found = {user for user in self.wheel.due(tick.now, tick.upto) if user not in turn.memories}
        wakes = ((wake, user) for user, wake in turn.wakes.items() if wake is not None and wake <= tick.now)
        found |= {user for wake, user in wakes if tick.upto is None or (wake, user) <= tick.upto}
        return sorted(found)

    def _take_all(self, turn: Turn, inputs: Mapping[str, Sequence[Event | Tick]]) -> None:
        """Takes the inputs of each user; what follows from them is put down in the order of the log."""
        said: list[tuple[int, Reaction]] = []
        for user, happened in inputs.items():
            said += self._take(turn, user, happened)
        for seq, out in sorted(said, key=_place):
            turn.gather(seq, out)
        turn.poison.sort(key=lambda poison: poison.seq)

    def _take(self, turn: Turn, user: str, inputs: Sequence[Event | Tick]) -> list[tuple[int, Reaction]]:
        """What follows from one user's inputs, where anything does, each with its place in the log.

        An input that fails changes nothing but the right to send: the memory is read again and folded without it. A
        deadline that fails is left alone until the user's next event.
        """
        memory = self.memory(user, turn)
        playbook = self.playbook_of(memory, turn)
        wake: Instant | None = None
        taken: list[Event | Tick] = []
        said: list[tuple[int, Reaction]] = []
        for happened in inputs:
            try:
                out = react(playbook, memory, happened)
            except Exception as error:  # noqa: BLE001 the boundary around one entry: recorded, and the next one is taken
                turn.poison.append(Poison(user, happened.seq, f"{type(error).__name__}: {error}"))
                memory, wake = self._without(turn, user, taken), None
                if isinstance(happened, Event):
                    memory.is_known = memory.is_known or happened.names_user
                    memory, calls = _heard(playbook, memory, happened)
                    said += calls
                    wake = earliest(memory)
                turn.memories[user], taken = at_rest(memory), []
                continue
            taken.append(happened)
            wake = out.wake
            if out.is_late or out.is_crowded or says(out):
                said.append((happened.seq, out))
        turn.memories[user], turn.wakes[user] = at_rest(memory), wake
        return said

    def _without(self, turn: Turn, user: str, taken: Sequence[Event | Tick]) -> Memory:
        """The user's memory after these inputs and without the one that failed after them."""
        memory = self.memory(user, turn)
        for before in taken:
            react(self.playbook_of(memory, turn), memory, before)
        return memory

    def _published(self, name: str) -> Compiled:
        assert self._publications is not None
        return self._publications(name)

    def _publish(self, turn: Turn, standing: InForce) -> Iterator[None]:
        """Everybody goes through the publication; what fell due before it is decided by the playbook before it (R6)."""
        said, before = standing.said, turn.in_force or self.in_force
        tick = Tick(said.now, said.seq)
        due = self._due(turn, tick)
        here = {user for user in due if seq_of(self._raw(user, turn)) < said.seq}
        self._take_all(turn, {user: [tick] for user in due})
        turn.in_force = standing
        is_known = turn.memories.keys() <= self.memories.keys()
        users = self.memories.keys() if is_known else self.memories.keys() | turn.memories.keys()
        passage = Passage(standing, before.said, turn, lambda user: self._raw(user, turn), here)
        yield from passage.fill(self.backfills(said.seq, users))
        playbooks, earlier = ((each.playbook, each.stable) for each in (standing, before))
        if concerns_everybody(said, before.said, playbooks, earlier):
            yield from passage.take_up(users)

    def _raw(self, user: str, turn: Turn) -> bytes:
        return turn.memories.get(user) or self.memories.get(user, b"")

    def _merge(self, turn: Turn, happened: Merged) -> None:
        """One memory of two; if that fails, both stay what they were, and the id stays whose it was."""
        user, absorbed = happened.user, happened.absorbed
        if happened.seq in self._unmerged:
            return
        if user == absorbed:
            self._free(turn, happened)
            return
        memory, other = self.memory(user, turn), self.memory(absorbed, turn)
        turn.joined.append(absorbed)
        try:
            said = merge(self.playbook_of(memory, turn), memory, other, happened)
        except Exception as error:  # noqa: BLE001 the boundary around one entry: recorded, and the next one is taken
            turn.poison.append(Poison(user, happened.seq, f"{type(error).__name__}: {error}"))
            turn.unmerged.append(happened.seq)
            return
        for out in said:
            turn.gather(happened.seq, out)
        raw = turn.memories.get(absorbed) or self.memories.get(absorbed, b"")
        mark = Moved(user, user, other.is_known)
        if raw[:1] == MOVED:
            mark = moved(raw)
            if mark.holder != user:
                mark = Moved(mark.heir, user, mark.is_known, max(happened.now, mark.since))
        turn.memories[user], turn.wakes[user] = at_rest(memory), earliest(memory)
        turn.memories[absorbed], turn.wakes[absorbed] = mark_of(mark), None

    def _free(self, turn: Turn, happened: Merged) -> None:
        """A user's own id, that somebody had claimed before, begins anew; what it did then stays with that one."""
        user = happened.user
        raw = turn.memories.get(user) or self.memories.get(user, b"")
        turn.joined.append(user)
        if raw[:1] != MOVED:
            return
        memory = fresh(user)
        memory.clock, memory.seq, memory.is_known = happened.now, happened.seq, True
        memory.before = happened.now, moved(raw).heir
        turn.memories[user], turn.wakes[user] = at_rest(memory), None


def _heard(playbook: Compiled, memory: Memory, failed: Event) -> tuple[Memory, list[tuple[int, Reaction]]]:
    """The memory with what the failed event said of the right to send; without it if that fails as well."""
    raw, out = at_rest(memory), reaction_to(memory)
    try:
        heard(playbook, failed, out)
    except Exception:  # noqa: BLE001 the event is recorded as failed already
        return awake(raw), []
    return memory, [(failed.seq, out)]


def _place(said: tuple[int | str, Reaction]) -> int | str:
    return said[0]
