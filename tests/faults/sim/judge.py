"""Watches everything that becomes durable, decides all of it a second time, and says which promise was broken."""

import json
from collections import Counter
from collections.abc import Sequence
from typing import Any

from opportune.adapters.stores.erasing import user_token
from opportune.adapters.stores.sqlite import SqliteStore
from opportune.events.event import Erased, Event, Input, Merged, Published, Tick, log_clock
from opportune.events.names import EMIT_ID
from opportune.policies.decision import Decision, Ending, GoalReached
from opportune.ports import Delivery, Erasure
from opportune.sending.attempt import Attempt, Call
from opportune.wiring.shard import Turn
from tests.faults.sim.provider import Arrival
from tests.laws.living import OUTPUTS, Pair
from tests.laws.subject import fields
from tests.laws.told import receipts_of
from tests.oracle import memory
from tests.oracle.checker import violations
from tests.oracle.oracle import Oracle

Item = dict[str, Any]
POISON = "Poisoned"
"""An event that the engine cannot take."""


class Broken(AssertionError):
    """A promise was broken."""


class Judge:
    """One for a whole schedule."""

    def __init__(self, playbooks: dict[str, Item], users: Sequence[str]) -> None:
        """``playbooks`` by the hash under which they are published."""
        self.playbooks = playbooks
        self.users = list(users)
        self.oracle: Oracle | None = None
        self.first: Item = {}
        self.history: list[Item] = []
        self.books: dict[str, list[Item]] = {kind: [] for kind in OUTPUTS}
        self.seq = 0
        self.logged: Counter[str] = Counter()
        self.acknowledged: list[tuple[str, str]] = []
        """Id and user."""
        self.to_erase: set[str] = set()
        """Of whom somebody has asked that they be erased."""
        self.gone: set[str] = set()
        """Of whom it was answered that they are."""
        self.erased: set[str] = set()
        """Of whom the log says so."""
        self.promised: set[str] = set()
        """Ids of which, it was answered, nothing is taken any more."""
        self.barred: set[tuple[str, str]] = set()
        """Channels and addresses to which, since an erasure was answered, nothing is sent."""
        self.holders: dict[str, str] = {}
        """By id that was absorbed: who has it."""
        self.clock = 0
        """The newest instant in the log."""
        self.forgotten: set[str] = set()
        """Decisions of those who were erased."""
        self.store: SqliteStore | None = None
        self._refused: dict[tuple[str, str, str], bool] = {}
        self._known: set[tuple[str, str]] = set()
        self._claims: Counter[str] = Counter()
        self.has_parted = False
        """Whether an id became its own again after a merge, of which the checker of whole histories knows nothing."""
        self.calls: dict[str, int] = {}
        """By decision: when the newest call for it began."""
        self.checks = 0

    # What becomes durable

    def watched(self, inputs: Sequence[Input], turn: Turn) -> None:
        """A batch that the host says is durable."""
        if inputs and inputs[0].seq > self.seq + 1:
            self.read_on(before=inputs[0].seq)
        self.took(inputs, turn.decisions, turn.endings, turn.goals, turn.calls)

    def reopened(self, store: SqliteStore) -> None:
        """A new life begins: what the earlier one made durable and nobody saw is seen now."""
        self.store = store
        self.read_on()
        self.nothing_lost()
        self.nothing_told()

    def read_on(self, before: int | None = None) -> None:
        """Takes in what the log holds beyond what was seen."""
        assert self.store is not None
        inputs = [each for each in self.store.log(self.seq) if before is None or each.seq < before]
        decisions = [each for each in self.store.decisions() if ("decision", each.id) not in self._known]
        endings = [each for each in self.store.endings() if ("ending", each.decision) not in self._known]
        if before is not None:  # what the host has not shown yet comes with the batch
            if not all(isinstance(each, Erased) for each in inputs):
                raise Broken(f"log: nobody was shown {inputs}")
            decisions, endings = [], []
        calls = []
        if before is None:
            rows = [row.claim for row in self.store.outbox()]
            calls = [claim.attempt for claim in rows if claim.nth > self._claims[claim.attempt.decision]]
        self.took(inputs, decisions, endings, None, calls, with_recalls=False)

    def took(
        self,
        inputs: Sequence[Input],
        decisions: Sequence[Decision],
        endings: Sequence[Ending],
        goals: Sequence[GoalReached] | None,
        calls: Sequence[Call],
        *,
        with_recalls: bool = True,
    ) -> None:
        """Hands the same inputs to the second engine, and compares."""
        theirs: dict[str, list[Item]] = {kind: [] for kind in OUTPUTS}
        for happened in inputs:
            if happened.seq <= self.seq:
                raise Broken(f"log: {happened.seq} comes after {self.seq}")
            self.seq = happened.seq
            self.belongs(happened)
            self.feed(happened, theirs)
        ours = {
            "decisions": [decided(each) for each in decisions],
            "endings": [fields(each) for each in endings],
            "goals": None if goals is None else [reached(each) for each in goals],
            "attempts": [fields(each) for each in calls if isinstance(each, Attempt)],
            "recalls": [fields(each) for each in calls if not isinstance(each, Attempt)] if with_recalls else None,
        }
        self._known |= {("decision", each.id) for each in decisions} | {("ending", each.decision) for each in endings}
        for kind, found in ours.items():
            if found is not None:
                self.compare(kind, found, theirs[kind])
        for each in theirs["attempts"]:
            self._claims[each["decision"]] += 1

    def compare(self, kind: str, ours: list[Item], theirs: list[Item]) -> None:
        """Raises Broken unless both say the same."""
        self.checks += 1
        names = Pair.FIELDS[kind]
        left, right = (
            sorted(
                repr({name: one.get(name) for name in names})
                for one in said
                if one.get("user") not in self.erased or kind != "attempts"
            )
            for said in (ours, theirs)
        )
        if left != right:
            lines = [f"{kind} differ at {self.seq}, after {self.history[-1] if self.history else None}"]
            lines += [f"  only the engine: {one}" for one in left if one not in right]
            lines += [f"  only the oracle: {one}" for one in right if one not in left]
            raise Broken("\n".join(lines))

    def belongs(self, happened: Input) -> None:
        """Whether this entry may stand here: the log clock never falls, and nothing is said of who is no more."""
        now = log_clock(happened)
        if isinstance(happened, Event) and happened.id.startswith(EMIT_ID):
            if now > self.clock:
                raise Broken(f"log: {happened.id} is {now - self.clock} ms ahead of what led to it")
            return
        if now < self.clock:
            raise Broken(f"log: the clock falls by {self.clock - now} ms at {happened.seq}")
        self.clock = now
        match happened:
            case Merged() if happened.user == happened.absorbed:
                self.holders.pop(happened.user, None)
                self.has_parted = True
            case Merged():
                self.holders[happened.absorbed] = happened.user
            case Event() if happened.user in self.erased:
                raise Broken(f"erased: {happened.id} is taken, and {happened.user} was erased")
            case Event() if happened.user in self.holders:
                raise Broken(f"identity: {happened.id} is {happened.user}'s, whom {self.holders} has absorbed")

    def feed(self, happened: Input, theirs: dict[str, list[Item]]) -> None:
        """One entry of the log, as the second engine reads it."""
        match happened:
            case Published():
                self.publish(happened, theirs)
            case Tick():
                assert self.oracle is not None
                due = [name for name, user in self.oracle.users.items() if self.is_due(user, happened.now)]
                for name in sorted(due):
                    self.give({"kind": "tick", "user": name, "now": happened.now}, theirs)
            case Merged() if happened.user != happened.absorbed:
                said = {"user": happened.user, "from": happened.absorbed, "now": happened.now, "seq": happened.seq}
                self.give({"kind": "merge", **said}, theirs)
                self._refused = {}
            case Event():
                self.logged[happened.id] += 1
                if happened.name != POISON:
                    self.give(item_of(happened), theirs)
                for scope in [each for each in self._refused if each[0] == happened.user]:
                    self._refused[scope] = self._refused[scope] and self.refuses(*scope)
            case Erased():
                self.forget(happened)

    def publish(self, happened: Published, theirs: dict[str, list[Item]]) -> None:
        playbook = self.playbooks[happened.playbook]
        if self.oracle is None:
            self.oracle, self.first = Oracle(playbook), playbook
        else:
            self.give({"kind": "publication", "playbook": playbook, "now": happened.now}, theirs)

    def forget(self, happened: Erased) -> None:
        assert self.oracle is not None and self.store is not None
        (name,) = [each for each in self.users if user_token(self.store._secret, each) == happened.token]
        self.erased.add(name)
        self.oracle.users.pop(name, None)
        self.forgotten |= {each["id"] for each in self.books["decisions"] if each["user"] == name}

    def give(self, item: Item, theirs: dict[str, list[Item]]) -> None:
        assert self.oracle is not None
        out = self.oracle.feed(item)
        for kind in OUTPUTS:
            theirs[kind] += out[kind]
            self.books[kind] += [{**one, "index": len(self.history)} for one in out[kind]]
        self.history.append(item)

    def is_due(self, user: Item, now: int) -> bool:
        assert self.oracle is not None
        wake = self.oracle.wake(user)
        return wake is not None and wake <= now

    # What clients and providers see

    def answered(self, id: str, user: str, *, is_refused: bool = False, is_stop: bool = False) -> None:
        """A client was told that this is durable, or that nothing of this user is taken.

        A stop out of the past calls nothing back that is on its way: only one that is said now ``is_stop``.
        """
        if is_refused:
            if not {self.owner(each) for each in self.to_erase} & {user, self.owner(user)}:
                raise Broken(f"lost: {id} was refused, and nobody has erased {user}")
            return
        self.acknowledged.append((id, user))
        if not self.logged[id] and self.owner(user) not in self.erased:
            raise Broken(f"lost: {id} was acknowledged and is not in the log")
        if not is_stop:
            return
        owner = self.owner(user)
        for channel in ("email", "push", "sms"):
            for topic in ("offers", "news", "cart"):
                self._refused[owner, channel, topic] = self.refuses(owner, channel, topic)

    def answered_erasure(self, user: str, erasure: Erasure, *, is_first: bool) -> None:
        """Somebody was told that nothing tells of this user any more."""
        names = {each for each in self.users if self.owner(each) == self.owner(user)}
        if is_first and not names <= {*erasure.names}:
            raise Broken(f"erased: {user} was, and not {names - {*erasure.names}}")
        assert self.store is not None
        told = {token for (token,) in self.store._read.execute("SELECT token FROM erased")}
        if untold := [each for each in erasure.refused if user_token(self.store._secret, each) not in told]:
            raise Broken(f"lost: {untold} were erased by what was answered, and the file does not say so")
        self.gone |= {*erasure.names}
        self.promised |= {*erasure.refused}
        self.barred |= {*erasure.addresses}

    def refuses(self, user: str, channel: str, topic: str) -> bool:
        """Whether a stop, or the want of consent, forbids marketing to this user now."""
        assert self.oracle is not None
        known = self.oracle.users.get(user)
        if known is None:
            return False
        if memory.is_suppressed(known, channel):
            return True
        words = [r for r in known["consents"] if r["channel"] in ("*", channel) and r["topic"] in ("*", topic)]
        return bool(words) and not memory.has_consent(known, self.oracle.playbook, channel, topic, known["clock"])

    def begun(self, channel: str, delivery: Delivery, now: int) -> None:
        """A call to a provider starts."""
        self.checks += 1
        self.calls[delivery.key] = now
        user = self.owner(delivery.user)
        if user in self.gone:
            raise Broken(f"stop: a call for {delivery.key} starts after {user} was erased")
        if (channel, delivery.address) in self.barred:
            raise Broken(f"stop: a call for {delivery.key} goes to the address of somebody who was erased")
        if delivery.topic and self._refused.get((user, channel, delivery.topic)):
            if self.refuses(user, channel, delivery.topic):
                raise Broken(f"stop: a call for {delivery.key} starts after the stop was answered")
        attempts = [each for each in self.books["attempts"] if each["decision"] == delivery.key]
        if not attempts:
            raise Broken(f"durable: a call for {delivery.key} starts, and no durable attempt says so")
        attempt = attempts[-1]
        if now < attempt["at"]:
            raise Broken(f"early: a call for {delivery.key} starts {attempt['at'] - now} ms before its instant")
        bound = attempt["expires"]
        if delivery.is_repeat and attempt.get("delivery") == "at_least_once":
            bound = min(attempt["at"] + 23 * 3_600_000, attempt["deadline"])
        if now >= bound:
            raise Broken(f"late: a call for {delivery.key} starts {now - bound} ms too late")

    def owner(self, user: str) -> str:
        """Who has this user's memory by now."""
        while user in self.holders:
            user = self.holders[user]
        return user

    # At the end

    def nothing_lost(self) -> None:
        """What was acknowledged is in the log, and nothing is there twice."""
        lost = [id for id, user in self.acknowledged if not self.logged[id] and self.owner(user) not in self.erased]
        if lost:
            raise Broken(f"lost: {lost} were acknowledged and are not in the log")
        twice = [id for id, count in self.logged.items() if count > 1]
        if twice:
            raise Broken(f"twice: {twice} are in the log more than once")
        if self.promised - self.erased:
            raise Broken(f"lost: {self.promised - self.erased} were erased, and the log does not say so")

    def whole(self, arrivals: Sequence[Arrival], keyed: frozenset[str]) -> None:
        """The promises that a whole history keeps."""
        self.nothing_lost()
        if not self.erased and not self.has_parted and self.oracle is not None:
            said = violations(
                self.first,
                self.history,
                self.books["decisions"],
                self.books["endings"],
                self.attempts_to_users(),
                receipts_of(self.history),
                goals=self.books["goals"],
                begun=self.calls,
            )
            if said:
                raise Broken("\n".join(said))
        self.arrivals_follow(arrivals)

    def attempts_to_users(self) -> list[Item]:
        """Those that count."""
        return self.books["attempts"]

    def arrivals_follow(self, arrivals: Sequence[Arrival]) -> None:
        """Every arrival has one decision that says so, and every decision that says so at most one arrival."""
        outcome = {each["decision"]: each["outcome"] for each in self.books["endings"]}
        attempts = {each["decision"]: each for each in self.books["attempts"]}
        count = Counter(each.key for each in arrivals)
        for key, number in count.items():
            if key in self.forgotten:
                continue
            if attempts[key].get("delivery") != "at_least_once" and number > 1:
                raise Broken(f"doubled: {key} arrived {number} times")
            if outcome.get(key) not in ("sent", "unknown"):
                raise Broken(f"books: {key} arrived and ended {outcome.get(key)}")
        for key, said in outcome.items():
            is_out = key in attempts and attempts[key]["channel"] != "in_app" and key not in self.forgotten
            if said == "sent" and is_out and not count[key]:
                raise Broken(f"books: {key} ended sent and never arrived")

    def nothing_open(self) -> None:
        """Once all is quiet every decision has ended, the outbox is empty, and no deadline is left."""
        assert self.store is not None and self.oracle is not None
        ended = {each["decision"] for each in self.books["endings"]}
        stuck = [each["id"] for each in self.books["decisions"] if each["id"] not in ended | self.forgotten]
        if stuck:
            raise Broken(f"stuck: {stuck} never ended")
        left = [row.claim.attempt.decision for row in [*self.store.open_claims(), *self.store.unlogged()]]
        if left:
            raise Broken(f"stuck: {left} are open in the outbox")
        waiting = [name for name, user in self.oracle.users.items() if self.oracle.wake(user) is not None]
        if waiting:
            raise Broken(f"stuck: deadlines of {waiting} are left, and nobody looks")

    def nothing_told(self) -> None:
        """Nothing in the file tells what those who were erased did; that a living user took their id in may stay."""
        assert self.store is not None
        for name in sorted(self.erased):
            events = [each for each in self.store.events_of(name) if isinstance(each, Event)]
            if self.store.decisions_of(name) or events or self.store.inbox(name):
                raise Broken(f"erased: the file still tells of {name}")

    def shelves_are_right(self) -> None:
        """What lies in an inbox lies there rightly."""
        assert self.store is not None
        outcome = {each["decision"]: each["outcome"] for each in self.books["endings"]}
        for name in self.users:
            for item in self.store.inbox(name):
                if name in self.holders:
                    raise Broken(f"shelf: {item.key} lies in the inbox of {name}, who was absorbed")
                if item.shown_at is None and outcome.get(item.key) in ("not_sent", "expired"):
                    raise Broken(f"shelf: {item.key} was taken back, and lies in the inbox of {name}")


def decided(decision: Decision) -> Item:
    """As the second engine writes it."""
    chosen = decision.chosen
    plain = None if chosen is None else {"channel": chosen.channel, "at": chosen.at, "variant": chosen.variant}
    return {**fields(decision), "chosen": plain}


def reached(goal: GoalReached) -> Item:
    return {**fields(goal), "value": None if goal.value is None else goal.value // 1_000_000}


def item_of(event: Event) -> Item:
    """An entry of the log as the second engine reads it."""
    return {
        "kind": "event",
        "user": event.user,
        "name": event.name,
        "at": event.at,
        "now": event.received_at,
        "seq": event.seq,
        "id": event.id,
        "properties": json.loads(event.properties),
        "context": json.loads(event.context),
        "is_history": event.is_history,
    }
