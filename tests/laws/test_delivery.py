"""What the delivery modes promise, whatever providers, crashes and recalls do and in whatever order."""

import asyncio
from dataclasses import dataclass, field
from itertools import count
from typing import ClassVar

import msgspec
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from opportune.adapters.stores.memory import MemoryStore
from opportune.errors import Rejected, Retryable, Unavailable
from opportune.events.event import Event
from opportune.messages.template import Rendered
from opportune.ports import Batch, Channel, Commits, Delivery
from opportune.sending.attempt import Attempt, Recall
from opportune.sending.outbox import Claim, Mode, mode_of
from opportune.sending.receipt import Receipt
from opportune.units import DAY, HOUR, MINUTE, SECOND, Instant, Millis
from opportune.wiring.dispatcher import Dispatcher
from opportune.wiring.lane import Lane
from tests.contracts.made import NOW, attempt

FATES = ("accept", "accept_in_silence", "silence", "not_now", "not_now_after", "refuse", "outage", "fault")
CRASHES = ("crash", "crash_after_mark", "crash_after_accepting")
Step = tuple[str, Millis, bool]
"""What the provider does, how long it takes over it, and whether the user takes the right away meanwhile."""


@dataclass
class Place:
    """A clock that moves when somebody waits on it, a store, and a provider that does as a script says."""

    mode: Mode
    script: list[Step]
    attempt: Attempt
    is_keyed: bool
    now_at: Instant = NOW
    store: MemoryStore = field(default_factory=MemoryStore)
    begun: list[tuple[Instant, Instant]] = field(default_factory=list)
    """When a try began, and the instant before which it had to."""
    bodies: list[Rendered] = field(default_factory=list)
    arrived: int = 0
    is_recalled: bool = False
    begun_after_recall: int = 0
    reported: dict[str, Event] = field(default_factory=dict)

    def now(self) -> Instant:
        return self.now_at

    async def pause(self, span: Millis) -> None:
        self.now_at += span
        await asyncio.sleep(0)

    async def send(self, rendered: Rendered, delivery: Delivery, *, commits: Commits) -> Receipt:
        fate, span, recalls = self.script.pop(0) if self.script else ("accept", 0, False)
        self.now_at += span
        if recalls:
            self.store.commit_now(Batch(calls=(Recall("d1", "ann", "exited"),)))
            self.is_recalled = True
        match fate:
            case "not_now" | "outage":
                raise Retryable("later", is_outage=fate == "outage")
            case "crash":
                raise Unavailable("the power went")
        if not await commits():
            return Receipt("lapsed", "withdrawn")
        must = self.attempt.delivery == "at_least_once" and delivery.is_repeat
        longest = min(NOW + 23 * HOUR, self.attempt.deadline or NOW + 23 * HOUR)
        self.begun.append((self.now_at, longest if must else self.attempt.expires))
        self.begun_after_recall += self.is_recalled
        self.bodies.append(rendered)
        return self.taken(fate)

    def taken(self, fate: str) -> Receipt:
        match fate:
            case "silence":
                return Receipt("unknown", "no_answer")
            case "fault":
                raise KeyError("a bug of the channel's own")
            case "crash_after_mark":
                raise Unavailable("the power went")
            case "refuse" if not (self.is_keyed and self.arrived):
                raise Rejected("never", code="refused")
            case "not_now_after":
                raise Retryable("later")
        self.arrived = 1 if self.is_keyed else self.arrived + 1
        if fate == "crash_after_accepting":
            raise Unavailable("the power went")
        return Receipt("unknown", "no_answer") if fate == "accept_in_silence" else Receipt("sent", "accepted")

    async def lives(self) -> None:
        """One life of an engine after the other, until the attempt is answered."""
        words = count()

        def render(attempt: Attempt) -> Rendered:
            return Rendered(f"version {next(words)}", "text", "")

        claims = None
        while not self.reported:
            dispatcher = Dispatcher(
                self.store, {"email": Lane(provider_of(self))}, render=render, report=self.heard, clock=self
            )
            await dispatcher.recover()
            if claims is None:
                claims = self.store.commit_now(Batch(calls=(self.attempt,)))
                dispatcher.take(claims)
            running = asyncio.create_task(dispatcher.run())
            settled = asyncio.create_task(dispatcher.settled())
            await asyncio.wait({running, settled}, return_when=asyncio.FIRST_COMPLETED)
            settled.cancel()
            await dispatcher.stop()
            await asyncio.gather(running, return_exceptions=True)

    def heard(self, event: Event) -> None:
        self.reported[event.id] = event


def provider_of(place: Place) -> Channel:
    class Provider:
        is_keyed: ClassVar[bool] = place.is_keyed
        send = staticmethod(place.send)

        async def close(self) -> None:
            pass

    return Provider()


STEPS = st.lists(
    st.tuples(
        st.sampled_from(FATES + CRASHES),
        st.sampled_from([0, 0, SECOND, 20 * SECOND, MINUTE, HOUR, 11 * HOUR]),
        st.sampled_from([False] * 7 + [True]),
    ),
    max_size=8,
)


def lived(mode: Mode, script: list[Step], *, useful_for: Millis = DAY, is_keyed: bool | None = None) -> Place:
    wanted = msgspec.structs.replace(
        attempt("d1"),
        deadline=NOW + useful_for,
        delivery="at_least_once" if mode == "at_least_once" else "once",
    )
    keyed = mode == "keyed" if is_keyed is None else is_keyed
    assert mode_of(wanted, is_keyed=keyed) == mode
    place = Place(mode, list(script), wanted, keyed)
    asyncio.run(place.lives())
    return place


@pytest.mark.parametrize("mode", ["once", "keyed"])
@settings(max_examples=400)
@given(script=STEPS)
def test_at_most_one_message_arrives_once_or_keyed(mode: Mode, script: list[Step]) -> None:
    place = lived(mode, script)
    assert place.arrived <= 1
    if mode == "once":
        assert len(place.begun) <= 1 + sum(fate == "not_now_after" for fate, _, _ in script)


@pytest.mark.parametrize("mode", ["once", "keyed", "at_least_once"])
@settings(max_examples=400)
@given(script=STEPS, useful_for=st.sampled_from([MINUTE, HOUR, 3 * DAY]))
def test_no_try_begins_after_its_bound_or_after_a_recall_that_was_durable(
    mode: Mode, script: list[Step], useful_for: Millis
) -> None:
    place = lived(mode, script, useful_for=useful_for)
    assert all(begun < bound for begun, bound in place.begun)
    assert place.begun_after_recall == 0


@settings(max_examples=400)
@given(script=STEPS, is_keyed=st.booleans(), useful_for=st.sampled_from([MINUTE, HOUR, 3 * DAY]))
def test_at_least_one_arrives_or_the_answer_says_that_it_may_not_have(
    script: list[Step], is_keyed: bool, useful_for: Millis
) -> None:
    place = lived("at_least_once", script, useful_for=useful_for, is_keyed=is_keyed)
    (event,) = place.reported.values()
    assert place.arrived >= 1 or event.name != "Message Sent"
    if place.arrived == 0 and not any(fate in ("refuse", "crash") or recalls for fate, _, recalls in script):
        assert place.now_at >= place.attempt.expires, "only time has ended it"


@pytest.mark.parametrize("mode", ["once", "keyed", "at_least_once"])
@settings(max_examples=400)
@given(script=STEPS)
@example(script=[("accept_in_silence", 0, False), ("refuse", 0, False)])
@example(script=[("accept_in_silence", 0, False), ("crash", 0, True)])
def test_what_is_said_in_the_end_is_true_and_said_under_one_name(mode: Mode, script: list[Step]) -> None:
    place = lived(mode, script)
    (event,) = place.reported.values()
    assert event.id == "receipt-d1-1"
    if event.name == "Message Sent":
        assert place.arrived >= 1
    if event.name in ("Message Failed", "Attempt Lapsed"):
        assert place.arrived == 0


@pytest.mark.parametrize("mode", ["keyed", "at_least_once"])
@settings(max_examples=400)
@given(script=STEPS)
def test_a_provider_sees_the_same_words_at_every_try(mode: Mode, script: list[Step]) -> None:
    assert len(set(map(msgspec.json.encode, lived(mode, script).bodies))) <= 1


@pytest.mark.parametrize("mode", ["once", "keyed", "at_least_once"])
def test_an_answer_keeps_no_words(mode: Mode) -> None:
    place = lived(mode, [("silence", 0, False), ("crash", 0, False)])
    assert [row.body for row in place.store.outbox()] == [None]


def test_silence_is_followed_as_the_mode_says() -> None:
    said = [("accept_in_silence", 0, False)]
    assert [(lived(mode, said).arrived, len(lived(mode, said).begun)) for mode in ("once", "keyed")] == [(1, 1), (1, 2)]
    assert lived("at_least_once", said).arrived == 2


def test_after_a_crash_a_keyed_attempt_goes_on_and_a_single_one_does_not() -> None:
    crash: list[Step] = [("crash_after_mark", SECOND, False)]
    assert [event.name for event in lived("keyed", crash).reported.values()] == ["Message Sent"]
    assert [event.name for event in lived("once", crash).reported.values()] == ["Message Unknown"]
    late: list[Step] = [("crash_after_mark", MINUTE - 1, False), ("silence", SECOND, False)]
    assert [event.name for event in lived("keyed", late).reported.values()] == ["Message Unknown"]


class SlowDisk(MemoryStore):
    """One whose marks take long to become durable."""

    def __init__(self, place: Place, span: Millis) -> None:
        super().__init__()
        self.place, self.span = place, span

    async def mark_data_sent(self, claim: Claim, body: bytes | None = None, *, again: bool = False) -> bool:
        found = await super().mark_data_sent(claim, body, again=again)
        self.place.now_at += self.span
        return found


@pytest.mark.parametrize("mode", ["once", "keyed", "at_least_once"])
def test_nothing_begins_after_its_bound_because_the_disk_was_slow(mode: Mode) -> None:
    wanted = msgspec.structs.replace(attempt("d1"), delivery="at_least_once" if mode == "at_least_once" else "once")
    wanted = msgspec.structs.replace(wanted, deadline=wanted.expires)
    for span, arrived, name in ((0, 1, "Message Sent"), (2 * MINUTE, 0, "Attempt Lapsed")):
        place = Place(mode, [], wanted, mode == "keyed")
        place.store = SlowDisk(place, span)
        asyncio.run(place.lives())
        (event,) = place.reported.values()
        assert (place.arrived, event.name) == (arrived, name)
        assert place.store.open_claims() == []
