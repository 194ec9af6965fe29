"""Whole engines sending through crashes, beside what providers know to have arrived.

Users ask, buy and unsubscribe; providers are slow, silent, full, broken or gone; the engine dies between any two awaits
and comes back; its receipts are heard late, or again. At most one copy arrives of what is sent once or with a key;
nothing begins too late, after a recall, too fast or to a provider that is to be left alone; every decision ends once,
and as the truth is.
"""

import asyncio
from itertools import count

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from opportune.adapters.stores.memory import MemoryStore
from opportune.events.event import Event, Input, Tick
from opportune.events.names import IDENTIFIED
from opportune.messages.template import Rendered
from opportune.playbook.compiling import compiled
from opportune.policies.decision import Ending
from opportune.ports import Batch
from opportune.sending.attempt import Attempt, Recall
from opportune.sending.outbox import Claim
from opportune.sending.rate_limit import RateLimit
from opportune.units import HOUR, MINUTE, SECOND, Instant
from opportune.wiring.dispatcher import Dispatcher
from opportune.wiring.lane import Lane
from opportune.wiring.shard import Shard
from tests.laws.machines.outside import AFTER, BEFORE, Clock, Disk, Provider, channel_of
from tests.laws.machines.running import run
from tests.stories.shop import shop

START: Instant = 1_780_315_200_000
USERS = ("ann", "bob")
JOURNEYS = {
    name: f"journey: {name}\nkey: n\nenter: {{on: {name.title()}}}\nexit: {{on: Bought}}\nsteps:\n  - send: {name}\n"
    for name in ("once", "keyed", "must", "gone")
}
MESSAGES = {
    "once": "useful_for: 5 minutes",
    "keyed": "channels: [push]\nuseful_for: 1 hour",
    "must": "kind: transactional\ndelivery: at_least_once\nuseful_for: 2 hours",
    "gone": "channels: [sms]",
}
PLAYBOOK = compiled(shop(journeys=JOURNEYS, messages=MESSAGES))
MOST_CALLS = RateLimit(per_second=5, burst=2)
WORKERS = 2
fates = st.tuples(
    st.sampled_from(BEFORE + AFTER + ("accept", "accept", "accept_in_silence", "outage", "silence")),
    st.sampled_from([0, 0, 1, SECOND, 61 * SECOND]),
)


class Sending(RuleBasedStateMachine):
    """Two users, three channels of which one is not set up, and one engine after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock(START)
        self.store = MemoryStore()
        self.loop = asyncio.new_event_loop()
        self.is_held = False
        self.providers = {
            "email": Provider(self.clock, is_keyed=False, is_held=lambda: self.is_held),
            "push": Provider(self.clock, is_keyed=True, is_held=lambda: self.is_held),
        }
        self.number = count(1)
        self.words = count(1)
        self.endings: dict[str, Ending] = {}
        self.attempts: dict[str, list[Attempt]] = {}
        self.called_back: set[str] = set()
        self.doubtful: set[str] = set()
        """Decisions that a crash has left in doubt."""
        self.restarts = 0
        self.shard = Shard(PLAYBOOK)
        for user in USERS:
            stated = {"email": f"{user}@example.com", "push_token": "p", "phone": "+49 30 123456"}
            self._feed([self._event(user, IDENTIFIED, stated)])
        self._start()

    @rule(
        user=st.sampled_from(USERS),
        kind=st.sampled_from(["once", "once", "keyed", "keyed", "must", "must", "gone"]),
        told=st.lists(fates, max_size=3),
    )
    def asks(self, user: str, kind: str, told: list[tuple[str, int]]) -> None:
        """A decision is made, and claimed at once."""
        if kind != "gone":
            self.providers["push" if kind == "keyed" else "email"].fates.extend(told)
        self._feed([self._event(user, kind.title(), {"n": next(self.number)})])

    @rule(
        user=st.sampled_from(USERS),
        kind=st.sampled_from(["once", "keyed", "must"]),
        fate=st.sampled_from(["accept", "accept_in_silence", "refuse", "not_now_after"]),
        parts=st.integers(0, 2),
        then=st.sampled_from(["is bought", "is held", "dies", "dies, and it lands", "passes"]),
        span=st.sampled_from([SECOND, 61 * SECOND]),
    )
    def something_happens_on_the_way(self, user: str, kind: str, fate: str, parts: int, then: str, span: int) -> None:
        """The provider is slow before it is committed, and after; ``parts``: so much of that has passed."""
        provider = self.providers["push" if kind == "keyed" else "email"]
        self._rest()
        provider.fates.clear()
        provider.fates.append((fate, SECOND))
        self._feed([self._event(user, kind.title(), {"n": next(self.number)})])
        self._rest()
        for _ in range(parts):
            self._until(self.clock.at + SECOND)
        match then:
            case "is bought":
                self.takes_it_back(user, "Bought")
            case "is held":
                self.is_held = True
            case "dies" | "dies, and it lands":
                self.the_engine_dies(lands=then != "dies")
        self._until(self.clock.at + span)

    @rule(channel=st.sampled_from(["email", "push"]), outages=st.integers(3, 6), wishes=st.integers(2, 6))
    def a_provider_is_out(self, channel: str, outages: int, wishes: int) -> None:
        """It takes nobody's message for a while, and many wait."""
        self.providers[channel].fates.extend([("outage", 0)] * outages)
        for place in range(wishes):
            name = "Keyed" if channel == "push" else "Must"
            self._feed([self._event(USERS[place % 2], name, {"n": next(self.number)})])

    @rule(user=st.sampled_from(USERS), name=st.sampled_from(["Bought", "Bought", "Unsubscribed"]))
    def takes_it_back(self, user: str, name: str) -> None:
        """What is claimed is recalled."""
        self._feed([self._event(user, name, {} if name == "Bought" else {"channel": "email"})])

    @rule(channel=st.sampled_from(["email", "push"]), told=st.lists(fates, min_size=1, max_size=5))
    def a_provider_will(self, channel: str, told: list[tuple[str, int]]) -> None:
        """So it will do with the next calls."""
        self.providers[channel].fates.extend(told)

    @rule(steps=st.integers(1, 16), is_heard=st.booleans())
    def works(self, steps: int, is_heard: bool) -> None:
        """The engine goes on for a moment, and the log perhaps hears at once what is reported."""
        for _ in range(steps):
            self._spin(1)
            while is_heard and self.reported:
                self._hear(self.reported.pop(0))

    @rule(span=st.sampled_from([1, 200, SECOND, 10 * SECOND, MINUTE, 5 * MINUTE, HOUR]))
    def time_passes(self, span: int) -> None:
        """Whoever waits is woken on the way."""
        self._until(self.clock.at + span)

    @rule(is_held=st.booleans())
    def sending_is_held(self, is_held: bool) -> None:
        """Or let go on."""
        self._rest()
        self.is_held = is_held

    @rule(most=st.integers(1, 3))
    def receipts_are_heard(self, most: int) -> None:
        """The log takes what was reported; again where it was heard before."""
        for _ in range(min(most, len(self.reported))):
            self._hear(self.reported.pop(0))

    @precondition(lambda self: self.reported)
    @rule()
    def a_receipt_is_heard_again(self) -> None:
        """It was reported twice: by this life, and by the one before."""
        self._hear(self.reported[0])
        self._hear(self.reported.pop(0))

    @rule(lands=st.booleans())
    def the_engine_dies(self, lands: bool) -> None:
        """Between two awaits; what was on its way arrives, or does not."""
        self._kill(lands=lands)
        self._start()

    def _event(self, user: str, name: str, properties: dict[str, object]) -> Event:
        at = self.clock.at
        return Event(
            f"e{next(self.number)}", user, name, at, at, next(self.number), properties=msgspec.json.encode(properties)
        )

    def _feed(self, inputs: list[Input]) -> tuple[Claim, ...]:
        """The log takes these, and what follows is durable, before the dispatcher hears of it."""
        turn = self.shard.feed(inputs)
        assert not turn.poison, turn.poison
        claims = self.store.commit_now(
            Batch(tuple(inputs), tuple(turn.decisions), tuple(turn.endings), calls=tuple(turn.calls))
        )
        self.shard.keep(turn)
        for ending in turn.endings:
            assert ending.decision not in self.endings, "a decision ends once"
            self.endings[ending.decision] = ending
        for call in turn.calls:
            if isinstance(call, Attempt):
                self.attempts.setdefault(call.decision, []).append(call)
            else:
                assert isinstance(call, Recall)
                self.called_back.add(call.decision)
        if hasattr(self, "dispatcher"):
            self.dispatcher.take(claims)
        return claims

    def _hear(self, event: Event) -> None:
        entry = msgspec.structs.replace(event, received_at=self.clock.at, seq=next(self.number))
        if self.store.admit(entry):
            self._feed([entry])

    def _start(self) -> None:
        """A life of the engine: it recovers what the last one left open."""
        self.reported: list[Event] = []
        self.disk = Disk(self.store, self.called_back)
        lanes = {
            name: Lane(channel_of(each), workers=WORKERS, limit=MOST_CALLS) for name, each in self.providers.items()
        }
        for each in self.providers.values():
            each.again()
        self.dispatcher = Dispatcher(
            self.disk, lanes, render=self._render, report=self.reported.append, clock=self.clock
        )
        self.dispatcher.is_held = lambda: self.is_held
        self.shard = Shard(PLAYBOOK)
        self.shard.keep(self.shard.feed(list(self.store.log())))
        self.loop.run_until_complete(self.dispatcher.recover())
        if self.is_held:
            self.dispatcher.take(row.claim for row in self.store.open_claims() if row.stage == "claimed")
        self.running = self.loop.create_task(self.dispatcher.run())

    def _kill(self, *, lands: bool) -> None:
        self.disk.is_dead = True
        self.doubtful |= {row.claim.attempt.decision for row in self.store.open_claims() if row.stage == "data_sent"}
        if lands:
            for each in self.providers.values():
                for key in each.on_the_way.values():
                    each.land(key)
        tasks = asyncio.all_tasks(self.loop)
        for task in tasks:
            task.cancel()
        self.loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
        self.restarts += 1

    def _render(self, attempt: Attempt) -> Rendered:
        return Rendered(f"{attempt.message} {next(self.words)}", "text", "")

    def _spin(self, steps: int) -> None:
        async def goes_on() -> None:
            for _ in range(steps):
                await asyncio.sleep(0)

        self.loop.run_until_complete(goes_on())
        assert not self.running.done(), self.running.exception()

    def _rest(self) -> None:
        """Until nobody goes on without the clock."""
        self._spin(40)

    def _until(self, end: Instant) -> None:
        self._rest()
        while True:
            dues = [due for due in (self.clock.next(), self.shard.wheel.first()) if due is not None and due <= end]
            if not dues:
                break
            self.clock.at = max(self.clock.at, min(dues))
            self.clock.wake()
            if (wake := self.shard.wheel.first()) is not None and wake <= self.clock.at:
                self._feed([Tick(self.clock.at, next(self.number))])
            self._rest()
        self.clock.at = end

    @invariant()
    def nobody_gets_a_second_copy_who_should_not(self) -> None:
        for provider in self.providers.values():
            for decision, copies in provider.arrived.items():
                if self.attempts[decision][0].delivery == "once":
                    assert len(copies) <= 1
                else:
                    assert len(copies) <= 20 + self.restarts

    @invariant()
    def nobody_saw_anything_wrong(self) -> None:
        assert not self.disk.wrong
        assert not [wrong for provider in self.providers.values() for wrong in provider.wrong]

    @invariant()
    def nothing_begins_too_late(self) -> None:
        """Nor too early, nor while sending is held, nor after a recall that was durable when it was asked for."""
        for provider in self.providers.values():
            for begun in provider.begun:
                attempts = self.attempts[begun.key]
                assert any(
                    each.at
                    <= begun.at
                    < (each.expires if not self._may_go_on(each, begun.is_repeat) else _longest(each))
                    for each in attempts
                )
                assert not begun.held

    def _may_go_on(self, attempt: Attempt, is_repeat: bool) -> bool:
        return is_repeat and attempt.delivery == "at_least_once"

    @invariant()
    def calls_are_few_at_once_and_few_a_second(self) -> None:
        for provider in self.providers.values():
            assert sum(call.ended is None for call in provider.calls) <= WORKERS
            ats = [call.began for call in provider.calls]
            for place, first in enumerate(ats):
                for more, last in enumerate(ats[place:], start=1):
                    assert more <= MOST_CALLS.burst or last - first >= (more - MOST_CALLS.burst) * 200 - 1

    def teardown(self) -> None:
        """Whatever has failed, nothing goes on."""
        try:
            self._all_comes_right()
        finally:
            self._kill(lands=False)
            self.loop.run_until_complete(self.loop.shutdown_asyncgens())
            self.loop.close()

    def _all_comes_right(self) -> None:
        """Everything works again, and there is time: the books must balance."""
        self.is_held = False
        for provider in self.providers.values():
            provider.fates.clear()
        self._kill(lands=False)
        self._start()
        for span in [MINUTE] * 60 + [4 * HOUR]:
            self._until(self.clock.at + span)
            for event in self.reported:
                self._hear(event)
            self.reported.clear()
            if not self._open():
                break
        assert not self._open(), "every decision ends"
        for row in self.store.outbox():
            assert row.at is not None and row.is_logged and row.body is None
        self._is_true()

    def _has_done_all(self, attempt: Attempt, ending: Ending, is_refused: bool) -> None:
        """Where it may be asked again it was, until it was too late, or recalled."""
        if is_refused or attempt.decision in self.called_back:
            return
        if attempt.delivery == "at_least_once":
            assert ending.at >= _longest(attempt)
        elif _is_keyed(attempt):
            assert ending.at >= attempt.expires

    def _open(self) -> bool:
        return any(self.shard.memory(user).ledger.pending for user in USERS)

    def _is_true(self) -> None:
        """What was said of each decision is what became of it."""
        arrived = {key: copies for each in self.providers.values() for key, copies in each.arrived.items()}
        refused = {key for each in self.providers.values() for key in each.refused}
        doubtful = self.doubtful | {key for each in self.providers.values() for key in each.doubtful}
        for decision in self.attempts:
            ending, copies = self.endings[decision], arrived.get(decision, [])
            if ending.outcome == "sent":
                assert copies
            if ending.outcome in ("not_sent", "expired"):
                assert not copies, ending
            if ending.outcome == "unknown":
                assert decision in doubtful, "nobody says that he does not know what he could"
                self._has_done_all(self.attempts[decision][-1], ending, decision in refused)
        logged = [each.id for each in self.store.log() if isinstance(each, Event)]
        assert len(logged) == len(set(logged))


def _is_keyed(attempt: Attempt) -> bool:
    return attempt.channel == "push"


def _longest(attempt: Attempt) -> Instant:
    assert attempt.deadline is not None
    return min(attempt.at + 23 * HOUR, attempt.deadline)


def test_engines_that_die_send_what_they_should_and_say_what_became_of_it() -> None:
    run(Sending, examples=150, steps=30)
