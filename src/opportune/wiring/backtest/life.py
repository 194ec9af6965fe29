"""A past, lived by one user under one playbook, with a dispatcher to whom everything succeeds at once.

All that the engine decides hangs on one user, so neither a wheel of all users nor a store is needed: a memory stays
in RAM while its user's past goes by, and is then forgotten. What a ``Shard`` makes of the same past is the same.
"""

from collections import deque
from collections.abc import Iterable, Sequence
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
from opportune.wiring.backtest.lived import Lived

Happened: TypeAlias = Event | Merged
"""What a past is made of; ticks and receipts are added where it is lived."""
ACCEPTED = Receipt("sent", "accepted")
LAPSED = Receipt("lapsed", "expired")


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

    def __init__(self, playbook: Compiled) -> None:
        self._playbook = playbook
        self._seqs = count(1)
        self._users: dict[str, _User] = {}

    def take(self, happened: Happened) -> None:
        """What comes next; all that is due by then is decided first."""
        if isinstance(happened, Event):
            self._user(happened.user).take(happened)
        else:
            for user in self._users.values():
                user.wait(happened.now)
            self._merge(happened)

    def until(self, at: Instant) -> list[Lived]:
        """Time passes up to and with this instant; what became of everybody by then, sorted by user."""
        for user in self._users.values():
            user.wait(at)
        return [self._users[name].lived for name in sorted(self._users)]

    def _user(self, name: str) -> "_User":
        found = self._users.get(name)
        if found is None:
            found = self._users[name] = _User(self._playbook, self._seqs, name)
        return found

    def _merge(self, said: Merged) -> None:
        """One of two; an id that is its own again begins anew, and what it did before stays with whoever got it."""
        if said.user == said.absorbed:
            self._users.pop(said.user, None)
            self._user(said.user).begin_anew(said)
            return
        kept, absorbed = self._user(said.user), self._user(said.absorbed)
        del self._users[said.absorbed]
        kept.absorb(absorbed, said)


class _User:
    """One memory and what became of its user so far."""

    __slots__ = ("_base", "_playbook", "_seqs", "_taken", "_wake", "lived", "memory")

    def __init__(self, playbook: Compiled, seqs: "count[int]", name: str) -> None:
        self._playbook = playbook
        self._seqs = seqs
        self.memory = fresh(name)
        self.lived = Lived(name, (name,))
        self._wake: Instant | None = None
        self._base = b""
        """The memory before ``_taken``; empty for a fresh one."""
        self._taken: list[Event | Tick] = []

    def wait(self, at: Instant) -> None:
        """Whatever is due up to and with this instant, each at its own."""
        while (wake := self._wake) is not None and wake <= at:
            self._react(Tick(wake, next(self._seqs)))

    def take(self, event: Event) -> None:
        """One event, behind all that is due by the time it arrives."""
        self.wait(event.received_at)
        self.lived.events += 1
        if event.name in ENGAGEMENTS:
            self.lived.noticed.add(str(decoded(event.properties).get("decision")))
        if event.name == MESSAGE_SENT:
            known = len(self._sent_by_others(event.at))
            self._react(replace(event, seq=next(self._seqs)))
            self.lived.others += self._sent_by_others(event.at)[known:]
        else:
            self._react(replace(event, seq=next(self._seqs)))

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
            receipt = event_of(Claim(attempt, 1), ACCEPTED if at < attempt.expires else LAPSED, at)
            open_calls += self._taking(replace(receipt, user=self.memory.user, seq=next(self._seqs)))

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
