"""A past, lived by one user under one playbook, with a dispatcher to whom everything succeeds at once.

All that the engine decides hangs on one user, so neither a wheel of all users nor a store is needed: a memory stays
in RAM while its user's past goes by, and is then forgotten. What a ``Shard`` makes of the same past is the same.
"""

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from heapq import heappop, heappush
from itertools import count
from typing import TypeAlias

from msgspec.structs import replace

from opportune.engine import react
from opportune.events.event import Event, Merged, Tick
from opportune.events.names import ENGAGEMENTS, MESSAGE_SENT
from opportune.features.evolve import decoded
from opportune.features.ledger import Sent
from opportune.journeys.deadline import earliest
from opportune.journeys.memory import Memory, at_rest, awake, fresh
from opportune.policies.compiled import Compiled
from opportune.sending.attempt import Attempt
from opportune.sending.merging import merge
from opportune.sending.outbox import Claim
from opportune.sending.reaction import Reaction, reaction_to
from opportune.sending.receipt import Receipt, event_of
from opportune.sending.receiving import heard
from opportune.units import Instant
from opportune.wiring.backtest.lived import Lived, Parked

Happened: TypeAlias = Event | Merged
"""What a past is made of; ticks and receipts are added where it is lived."""
Reacts: TypeAlias = Callable[[Attempt, Instant], Iterable[Event]]
"""What follows from a message that was accepted then: events of its user, none of them earlier."""
ACCEPTED = Receipt("sent", "accepted")
LAPSED = Receipt("lapsed", "expired")


def nothing(attempt: Attempt, at: Instant) -> Iterable[Event]:
    """Of a past all is known that users did."""
    return ()


def live(playbook: Compiled, inputs: Sequence[Happened], *, until: Instant) -> Lived:
    """One user's past up to and with ``until``; raises ValueError if these inputs are of several users, or of none."""
    lives = lives_of(playbook, inputs, until=until)
    if len(lives) != 1:
        raise ValueError(f"a past of one user is wanted, not of {', '.join(each.user for each in lives) or 'nobody'}")
    return lives[0]


def lives_of(playbook: Compiled, inputs: Iterable[Happened], *, until: Instant) -> list[Lived]:
    """What became of the users whose inputs these are, sorted by user: of ids that merged, whoever is left.

    Inputs are in the order of the log, with ``received_at`` never falling; what is due is decided before each of them,
    and up to and with ``until`` behind the last.
    """
    life = Life(playbook)
    for happened in inputs:
        life.take(happened)
    return life.until(until)


class Life:
    """The users of one past, while it goes by: one, or several whose ids were joined or changed hands."""

    def __init__(self, playbook: Compiled, reacts: Reacts = nothing, *, first: int = 1) -> None:
        """``reacts`` says what follows from a message that was accepted: events of its user, then or later.

        ``first``: above all that users who are taken in have seen.
        """
        self._playbook = playbook
        self._reacts = reacts
        self._seqs = count(first)
        self._users: dict[str, _User] = {}

    def take(self, happened: Happened) -> None:
        """What comes next; all that is due by then is decided first."""
        if isinstance(happened, Event):
            self._user(happened.user).take(happened)
        else:
            self._merge(happened)

    def until(self, at: Instant) -> list[Lived]:
        """Time passes up to and with this instant; what became of everybody by then, sorted by user."""
        for user in self._users.values():
            user.wait(at)
        return [self._users[name].lived for name in sorted(self._users)]

    def knows(self, name: str) -> bool:
        """Whether this user is here, awake."""
        return name in self._users

    def resume(self, parked: Parked) -> None:
        """Takes a user in, to go on from there."""
        user = self._user(parked.lived.user)
        user.lived = parked.lived
        user.resume(parked.memory, parked.wake)

    def park(self, names: Iterable[str] | None = None) -> list[Parked]:
        """Lets these users go, or all, at rest; nothing of them stays here."""
        found = [self._users.pop(name) for name in (list(self._users) if names is None else names)]
        return [Parked(at_rest(each.memory), each.wake, each.lived) for each in found]

    def _user(self, name: str) -> "_User":
        found = self._users.get(name)
        if found is None:
            found = self._users[name] = _User(self._playbook, self._seqs, name, self._reacts)
        return found

    def _merge(self, said: Merged) -> None:
        """One of two; an id that is its own again begins anew, and what it did before stays with whoever got it."""
        if said.user == said.absorbed:
            self._users.pop(said.user, None)
            self._user(said.user).begin_anew(said)
            return
        kept, absorbed = self._user(said.user), self._user(said.absorbed)
        kept.wait(said.now)
        absorbed.wait(said.now)
        del self._users[said.absorbed]
        kept.absorb(absorbed, said)


class _User:
    """One memory and what became of its user so far."""

    __slots__ = ("_base", "_coming", "_playbook", "_reacts", "_seqs", "_taken", "_wake", "lived", "memory")

    def __init__(self, playbook: Compiled, seqs: "count[int]", name: str, reacts: Reacts) -> None:
        self._playbook = playbook
        self._seqs = seqs
        self._reacts = reacts
        self._coming: list[tuple[Instant, str, Event]] = []
        self.memory = fresh(name)
        self.lived = Lived(name, (name,))
        self._wake: Instant | None = None
        self._base = b""
        """The memory before ``_taken``; empty for a fresh one."""
        self._taken: list[Event | Tick] = []

    @property
    def wake(self) -> Instant | None:
        """The next deadline."""
        return self._wake

    def resume(self, raw: bytes, wake: Instant | None) -> None:
        """Goes on with this memory, which waits for that deadline."""
        self._base, self._taken, self._wake = raw, [], wake
        self.memory = awake(raw)

    def wait(self, at: Instant) -> None:
        """Whatever is due, or follows from messages, up to and with this instant, each at its own."""
        while True:
            wake, coming = self._wake, self._coming
            if coming and coming[0][0] <= at and (wake is None or coming[0][0] < wake):
                self._take(heappop(coming)[2])
            elif wake is not None and wake <= at:
                self._react(Tick(wake, next(self._seqs)))
            else:
                return

    def take(self, event: Event) -> None:
        """One event, behind all that is due by the time it arrives."""
        self.wait(event.received_at)
        self._take(event)

    def _take(self, event: Event) -> None:
        lived = self.lived
        lived.events += 1
        sent = len(self._sent_by_others(event.at)) if event.name == MESSAGE_SENT else 0
        poison = len(lived.poison)
        self._react(replace(event, seq=next(self._seqs)))
        if event.name == MESSAGE_SENT:
            lived.others += self._sent_by_others(event.at)[sent:]
        elif event.name in ENGAGEMENTS and len(lived.poison) == poison:
            lived.noticed.add(str(decoded(event.properties).get("decision")))

    def _sent_by_others(self, at: Instant) -> list[Sent]:
        return [each for each in self.memory.ledger.sent if each.at == at and not each.id]

    def absorb(self, other: "_User", said: Merged) -> None:
        """The other's memory and past become this user's; if the engine cannot take it, its past alone."""
        self._base, self._taken, own = at_rest(self.memory), [], self.lived
        theirs = other.lived
        own.names = tuple(sorted({*own.names, *theirs.names}))
        own.decisions = sorted([*own.decisions, *theirs.decisions], key=lambda each: each.due)
        own.endings |= theirs.endings
        own.goals += theirs.goals
        own.others += theirs.others
        own.noticed |= theirs.noticed
        own.poison += theirs.poison
        own.looped += theirs.looped
        own.events, own.late = own.events + theirs.events, own.late + theirs.late
        try:
            last, out = merge(self._playbook, self.memory, other.memory, replace(said, seq=next(self._seqs)))
        except Exception as error:  # noqa: BLE001 the boundary around one entry: recorded, and the next one is taken
            own.poison.append(f"{type(error).__name__}: {error}")
            self.memory = awake(self._base)
            return
        self._base = at_rest(self.memory)
        self._answer([*self._noted(last), *self._noted(out)])
        self._wake = earliest(self.memory)

    def begin_anew(self, said: Merged) -> None:
        """Nothing is remembered of what others did under this id."""
        memory = self.memory
        memory.clock, memory.seq, memory.is_known = said.now, next(self._seqs), True
        self._base = at_rest(memory)

    def _react(self, happened: Event | Tick) -> None:
        """One input, and the answers to all that it lets go out."""
        calls = self._taking(happened)
        if calls:
            self._answer(calls)

    def _answer(self, calls: Iterable[Attempt]) -> None:
        open_calls = deque(calls)
        while open_calls:
            attempt = open_calls.popleft()
            at = max(attempt.at, self.memory.clock)
            accepted = at < attempt.expires
            receipt = event_of(Claim(attempt, 1), ACCEPTED if accepted else LAPSED, at)
            open_calls += self._taking(replace(receipt, user=self.memory.user, seq=next(self._seqs)))
            for event in self._reacts(attempt, at) if accepted else ():
                heappush(self._coming, (event.received_at, event.id, event))

    def _taking(self, happened: Event | Tick) -> Sequence[Attempt]:
        try:
            out = react(self._playbook, self.memory, happened)
        except Exception as error:  # noqa: BLE001 the boundary around one entry: recorded, and the next one is taken
            return self._without(happened, error)
        self._taken.append(happened)
        self._wake = out.wake
        return self._noted(out)

    def _noted(self, out: Reaction) -> Sequence[Attempt]:
        """What followed from one input; the attempts in it are to be answered."""
        lived = self.lived
        if out.decisions:
            lived.decisions += out.decisions
        if out.endings:
            lived.endings |= {each.decision: each for each in out.endings}
        if out.goals:
            lived.goals += out.goals
        if out.looped:
            lived.looped += out.looped
        lived.late += out.is_late
        return [call for call in out.calls if isinstance(call, Attempt)] if out.calls else ()

    def _without(self, failed: Event | Tick, error: Exception) -> Sequence[Attempt]:
        """The memory as it was, but for what the event that failed says of the right to send; as a shard has it."""
        self.lived.poison.append(f"{type(error).__name__}: {error}")
        self._wake = None
        self.memory = awake(self._base) if self._base else fresh(self.memory.user)
        for before in self._taken:
            react(self._playbook, self.memory, before)
        calls: Sequence[Attempt] = ()
        if isinstance(failed, Event):
            self.memory.is_known = self.memory.is_known or failed.names_user
            self.memory, calls = self._heard(failed)
            self._wake = earliest(self.memory)
        self._base, self._taken = at_rest(self.memory), []
        return calls

    def _heard(self, failed: Event) -> tuple[Memory, Sequence[Attempt]]:
        raw, out = at_rest(self.memory), reaction_to(self.memory)
        try:
            heard(self._playbook, failed, out)
        except Exception:  # noqa: BLE001 the event is recorded as failed already
            return awake(raw), ()
        return self.memory, self._noted(out)
