"""Judges schedules of all kinds of journeys.

All that becomes durable is decided a second time by the same rules in a host that is as plain as can be: one entry
after the other, no file, no batch, no end. What it decides must be what was made durable. Whether the rules themselves
are kept is asked of the history, by checks that know nothing of the engine: rights, quiet hours, caps, causes and books
as in other schedules, and what is promised of pauses, shares, arms, absences, schedules and news.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from opportune.adapters.stores.erasing import user_token
from opportune.events.event import Erased, Event, Input, Merged, Published, Tick
from opportune.events.names import EMIT_ID
from opportune.playbook.definition import Playbook
from opportune.ports import Delivery
from opportune.sending.attempt import Attempt
from opportune.wiring.in_force import in_force
from opportune.wiring.publications import Versions
from opportune.wiring.shard import Shard, Turn
from tests.faults.sim.judge import POISON, Broken, Item, Judge, decided, item_of, reached
from tests.faults.sim.kinds_promises import Promises
from tests.laws.subject import fields
from tests.oracle.oracle import Oracle


class PlainHost:
    """Takes the log one entry at a time, and remembers in this process only."""

    def __init__(self, playbooks: Sequence[Playbook], judge: "KindsJudge") -> None:
        self.versions = Versions(None)  # type: ignore[arg-type]
        for each in playbooks:
            self.versions.know(each)
        self.judge = judge
        self.shard: Shard | None = None

    def take(self, happened: Input) -> Turn:
        if self.shard is None:
            assert isinstance(happened, Published)
            self.shard = Shard(
                in_force(happened, self.versions.compiled), publications=self.versions.compiled, memories={}
            )
            self.shard.backfills = lambda seq, users: self.judge.backfilled(seq, users)
        return self.shard.feed([happened])

    def forget(self, user: str) -> None:
        assert self.shard is not None
        self.shard.memories.pop(user, None)
        self.shard.wheel.set(user, None)
        self.shard._locate(user)

    def due(self, now: int) -> list[str]:
        shard = self.shard
        wakes = {} if shard is None else {user: shard.wheel.wake(user) for user in shard.memories}
        return sorted(user for user, wake in wakes.items() if wake is not None and wake <= now)


class KindsJudge(Judge):
    """One for a whole schedule."""

    def __init__(
        self, playbooks: Sequence[Playbook], texts: Sequence[Mapping[str, str]], base: Item, users: Sequence[str]
    ) -> None:
        super().__init__({each.hash: base for each in playbooks}, users)
        self.plain = PlainHost(playbooks, self)
        self.oracle, self.first = Oracle(base), base
        self.promises = Promises(base, texts)
        self.made: list[Event] = []

    def backfilled(self, seq: int, users: Any) -> Any:
        assert self.store is not None
        return self.store.backfilled(seq, users)

    def took(self, inputs: Sequence[Input], *more: Any, **named: Any) -> None:
        self.made = []
        super().took(inputs, *more, **named)
        self.checks += 1
        told = [each for each in inputs if isinstance(each, Event) and each.id.startswith(EMIT_ID)]
        ours, theirs = (sorted(map(said_of, several)) for several in (told, self.made))
        if ours != theirs:
            raise Broken(f"emitted: the log says {ours}, and steps made {theirs}")

    def compare(self, kind: str, ours: list[Item], theirs: list[Item]) -> None:
        super().compare(kind, ours, theirs)
        if kind == "decisions":
            names = ("id", "playbook", "worth", "propensity", "zone", "verdicts", "made")
            left, right = (sorted(repr([one[name] for name in names]) for one in said) for said in (ours, theirs))
            if left != right:
                raise Broken(f"decisions differ in what they tell at {self.seq}: {left} and {right}")

    def feed(self, happened: Input, theirs: dict[str, list[Item]]) -> None:
        now = happened.received_at if isinstance(happened, Event) else happened.now
        items: list[Item] = []
        if isinstance(happened, Tick | Published):
            items = [{"kind": "tick", "user": user, "now": now} for user in self.plain.due(now)]
        self.promises.feed(happened)
        match happened:
            case Merged() if happened.user != happened.absorbed:
                said = {"user": happened.user, "from": happened.absorbed, "now": now, "seq": happened.seq}
                items = [{"kind": "merge", **said}]
                self._refused = {}
            case Event():
                self.logged[happened.id] += 1
                items = [] if happened.name == POISON else [item_of(happened)]
        assert self.oracle is not None
        for item in items:
            self.oracle.feed(item)
            self.history.append(item)
        if isinstance(happened, Event):
            for scope in [each for each in self._refused if each[0] == happened.user]:
                self._refused[scope] = self._refused[scope] and self.refuses(*scope)
        turn = self.plain.take(happened)
        if isinstance(happened, Erased):
            self.forget(happened)
        self.note(happened, turn, theirs)

    def note(self, happened: Input, turn: Turn, theirs: dict[str, list[Item]]) -> None:
        """Puts down what the plain host has made of an entry."""
        places = {
            each.get("user"): place for place, each in enumerate(self.history[-4:], max(len(self.history) - 4, 0))
        }
        last = len(self.history) - 1
        found = {
            "decisions": [decided(each) for each in turn.decisions],
            "endings": [fields(each) for each in turn.endings],
            "goals": [reached(each) for each in turn.goals],
            "attempts": [fields(each) for each in turn.calls if isinstance(each, Attempt)],
            "recalls": [fields(each) for each in turn.calls if not isinstance(each, Attempt)],
        }
        for kind, several in found.items():
            theirs[kind] += several
            self.books[kind] += [{**each, "index": places.get(each["user"], last)} for each in several]
        self.made += turn.emits
        for decision in turn.decisions:
            self.promises.decided(decision, happened)

    def forget(self, happened: Erased) -> None:
        super().forget(happened)
        assert self.store is not None
        for name in self.users:
            if user_token(self.store._secret, name) == happened.token:
                self.plain.forget(name)

    def begun(self, channel: str, delivery: Delivery, now: int) -> None:
        super().begun(channel, delivery, now)
        self.promises.begun(delivery.key)

    def attempts_to_users(self) -> list[Item]:
        return [each for each in super().attempts_to_users() if each["channel"] != "webhook"]

    def nothing_open(self) -> None:
        super().nothing_open()
        assert self.plain.shard is not None
        first = self.plain.shard.wheel.first()
        if first is not None:
            raise Broken(f"stuck: a deadline at {first} is left, and nobody looks")


def said_of(event: Event) -> tuple[object, ...]:
    """What stands in the log of an event that a step made, but for its place there."""
    return (event.id, event.user, event.name, event.at, event.received_at, event.properties, event.place)
