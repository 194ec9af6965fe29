"""Caps, gaps, fatigue and pace beside a model that looks at every window (R7).

Whatever is planned, claimed, accepted, refused or never answered, wherever the user goes and whatever is published, no
window ever holds more than so many of what may still reach the user; and nothing is refused for longer than that.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from opportune.events.event import Event
from opportune.events.names import EMAIL_OPENED, MESSAGE_SENT
from opportune.features.evolve import fold_ledger, forget_sent
from opportune.features.ledger import Ledger, Pending
from opportune.features.profile import Profile, Stated
from opportune.features.scope import Scope
from opportune.features.traits import PACE_TRAIT
from opportune.journeys.memory import fresh
from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.deciding import release
from opportune.policies.fatigue import Fatigue
from opportune.policies.frequency_cap import FrequencyCap
from opportune.policies.minimum_gap import MinimumGap
from opportune.policies.pace import PaceGate
from opportune.policies.verbs import Gate
from opportune.policies.view import View
from opportune.sending.claiming import count
from opportune.units import DAY, HOUR, MINUTE, WEEK, Instant, Millis
from tests.laws.machines.cap_model import Limit, Thing, bucket
from tests.laws.machines.running import run
from tests.laws.slates import named_zone

START: Instant = 1_792_882_800_000
"""2026-10-24T23:00Z, on the day on which Berlin's clocks go back, and a week before those of Havana do."""
CHANNELS = ("email", "push", "sms")
TOPICS = ("news", "cart")
ZONES = ("UTC", "Europe/Berlin", "America/Havana", "Asia/Kolkata", "Pacific/Auckland")
SPANS = (10 * MINUTE, HOUR, DAY)

few = st.integers(1, 3)
some_channels = st.sampled_from([(), (), ("email",), ("email", "push")])
some_topics = st.sampled_from([(), (), ("news",)])
steps = st.sampled_from([0, 1, MINUTE, 2 * MINUTE, 10 * MINUTE - 1, 10 * MINUTE, HOUR, 5 * HOUR, DAY, 3 * DAY])
Rule = tuple[Gate, Limit]


@st.composite
def rules(draw: st.DrawFn) -> Rule:
    """A gate, and what it should do."""
    kind, most = draw(st.sampled_from(["cap", "cap", "calendar", "gap", "fatigue"])), draw(few)
    span, channels, topics = draw(st.sampled_from(SPANS)), draw(some_channels), draw(some_topics)
    if kind == "gap":
        return MinimumGap(span=span, channels=channels), Limit("minimum_gap", 1, span, channels)
    if kind == "fatigue":
        ignored = draw(st.sampled_from([None, 1, 2]))
        most += 0 if ignored is None else 3
        fatigue = Fatigue(at_most=most, within=span, ignored=ignored)
        return fatigue, Limit("fatigue", most, span, counts_all=True, ignored=ignored)
    within: Millis | str = draw(st.sampled_from(["day", "week"])) if kind == "calendar" else span
    cap = FrequencyCap(at_most=most, within=within, channels=channels, topics=topics)  # type: ignore[arg-type]
    return cap, Limit("frequency_cap", most, within, channels, topics)


class Caps(RuleBasedStateMachine):
    """One user, some rules, and everything that was ever said or may be."""

    def __init__(self) -> None:
        super().__init__()
        self.now = START
        self.memory = fresh("ann")
        self.things: dict[str, Thing] = {}
        self.asked: dict[str, int] = {}
        """When each was claimed because nothing objected, as a count of all that happened."""
        self.heard: dict[str, int] = {}
        """When each was claimed at all, or heard of."""
        self.number = self.since = 0
        self.zone = "UTC"
        self.pace: int | None = None
        self.rules: list[Rule] = []

    # What is in force

    @initialize(listed=st.lists(rules(), min_size=1, max_size=3), zone=st.sampled_from(ZONES))
    def begin(self, listed: list[Rule], zone: str) -> None:
        self.rules, self.zone = listed, zone

    @rule(listed=st.lists(rules(), min_size=1, max_size=3))
    def publish(self, listed: list[Rule]) -> None:
        self.rules, self.since = listed, self.following()

    @rule(pace=st.none() | st.integers(1, 4))
    def wish(self, pace: int | None) -> None:
        self.pace, self.since = pace, self.following()

    @rule(zone=st.sampled_from(ZONES))
    def travel(self, zone: str) -> None:
        self.zone, self.since = zone, self.following()

    def in_force(self) -> list[Rule]:
        return [*self.rules, *([] if self.pace is None else [(PaceGate(), Limit("pace", self.pace, WEEK))])]

    def following(self) -> int:
        self.number += 1
        return self.number

    # What is asked

    @rule(after=steps, channel=st.sampled_from(CHANNELS), topic=st.sampled_from(TOPICS), counts=st.booleans())
    def plan_after(self, after: Millis, channel: str, topic: str, counts: bool) -> None:
        self.wants(self.now + after, channel, topic, counts=counts)

    @precondition(lambda self: self.things)
    @rule(
        which=st.integers(0, 20),
        span=st.sampled_from([*SPANS, -DAY, WEEK]),
        off=st.sampled_from([-1, 0, 1]),
        channel=st.sampled_from(CHANNELS),
    )
    def plan_at_an_edge(self, which: int, span: Millis, off: Millis, channel: str) -> None:
        """Where a window of some other begins or ends, to the millisecond."""
        other = self.one_of(list(self.things), which)
        self.wants(max(self.now, self.things[other].last + span + off), channel, "news", counts=True)

    def wants(self, at: Instant, channel: str, topic: str, *, counts: bool) -> None:
        """Planned if nothing objects, and claimed if it is time."""
        name = f"d{self.following():04}"
        if self.is_allowed(at, channel, topic):
            self.open(name, at, channel, topic, counts=counts)
            self.pass_to(self.now)

    def is_allowed(self, at: Instant, channel: str, topic: str, *, without: str = "") -> bool:
        """Asks every gate that binds, and holds each answer against the model's."""
        message = Message(name="m", channels=CHANNELS, topic=topic)
        candidate = Candidate(message, channel, at, at + DAY)
        view, others = self.view(without), [each for name, each in self.things.items() if name != without]
        allowed = True
        for gate, limit in self.in_force():
            is_bound = (not limit.channels or channel in limit.channels) and (not limit.topics or topic in limit.topics)
            assert gate.binds(message, channel) == is_bound
            if is_bound:
                allowed &= agree(gate, limit, candidate, view, others)
        return allowed

    def view(self, without: str = "") -> View:
        traits = {} if self.pace is None else {PACE_TRAIT: [Stated(0, 1, self.pace)]}
        scope = Scope(Profile(traits, {}, [], {}), self.now)
        zones = (named_zone(self.zone), named_zone("Asia/Tokyo"))
        return View(self.now, "ann", "salt", self.ledger, scope, zones, None, frozenset({without} if without else ()))

    @property
    def ledger(self) -> Ledger:
        return self.memory.ledger

    # What goes out unasked

    @rule(repeats=st.booleans(), channel=st.sampled_from(CHANNELS), useful_for=st.sampled_from([MINUTE, DAY]))
    def must_be_said(self, repeats: bool, channel: str, useful_for: Millis) -> None:
        """Transactional: no cap binds it, every cap counts it."""
        name = f"d{self.following():04}"
        pending = self.open(name, self.now, channel, "cart", counts=True, is_marketing=False, useful_for=useful_for)
        self.claim(pending, may_repeat=repeats)

    @rule(channel=st.sampled_from(CHANNELS), ago=steps, kind=st.sampled_from(["marketing", "transactional"]))
    def another_system_sends(self, channel: str, ago: Millis, kind: str) -> None:
        at = self.now - ago
        while any(each.last == at for each in self.things.values()):
            at -= 1
        name = f"#{self.following():04}"
        self.happens(MESSAGE_SENT, at, {"channel": channel, "kind": kind, "topic": "news"})
        self.things[name] = Thing(name, at, at, channel, "news", kind == "marketing", is_noticed=False)
        self.heard[name] = self.number

    # What becomes of it

    @rule(span=steps)
    def time_passes(self, span: Millis) -> None:
        self.pass_to(self.now + span)
        forget_sent(self.ledger, self.now - max(WEEK, *(gate.looks_back for gate, _ in self.in_force())))

    @precondition(lambda self: self.claimed())
    @rule(which=st.integers(0, 9), takes=st.sampled_from([0, 1, MINUTE, 2 * MINUTE - 1, 2 * MINUTE, 9 * HOUR]))
    def accepted(self, which: int, takes: Millis) -> None:
        """At an instant that was possible; what was to be claimed before is claimed before."""
        pending = self.one_of(self.claimed(), which)
        at = min(pending.at + takes, self.things[pending.id].last)
        self.pass_to(max(self.now, at))
        count(self.memory, pending, at)
        self.things[pending.id] = self.things[pending.id].out(at)

    @precondition(lambda self: self.claimed())
    @rule(which=st.integers(0, 9))
    def failed(self, which: int) -> None:
        self.end(self.one_of(self.claimed(), which))

    @precondition(lambda self: self.claimed())
    @rule(which=st.integers(0, 9))
    def lapsed(self, which: int) -> None:
        """Not begun in time: it is asked again as if planned for now."""
        pending = self.one_of(self.claimed(), which)
        pending.state, pending.at = "planned", self.now
        self.things[pending.id] = replace(
            self.things[pending.id], first=self.now, last=self.now, is_planned=pending.is_marketing
        )
        if pending.is_marketing:
            self.pass_to(self.now)
        else:
            self.claim(pending, may_repeat=False)

    @precondition(lambda self: self.planned())
    @rule(which=st.integers(0, 9))
    def released(self, which: int) -> None:
        self.end(self.one_of(self.planned(), which))

    @precondition(lambda self: self.ledger.sent)
    @rule(which=st.integers(0, 9))
    def opened(self, which: int) -> None:
        sent = self.one_of(self.ledger.sent, which)
        if sent.id:
            self.happens(EMAIL_OPENED, self.now, {"decision": sent.id})
            self.notice(sent.id)
            return
        self.happens(EMAIL_OPENED, sent.at, {})
        mails = [each for each in self.things.values() if each.channel == "email" and each.is_noticed is not None]
        before = [each for each in mails if each.last <= sent.at]
        if before:
            self.notice(max(before, key=lambda each: (each.last, each.name)).name)

    def notice(self, name: str) -> None:
        self.things[name] = replace(self.things[name], is_noticed=True)

    def happens(self, name: str, at: Instant, properties: Mapping[str, object]) -> None:
        event = Event(f"e{self.following()}", "ann", name, at, self.now, self.number, msgspec.json.encode(properties))
        fold_ledger(self.ledger, event, properties, {})

    def open(
        self,
        name: str,
        at: Instant,
        channel: str,
        topic: str,
        *,
        counts: bool,
        is_marketing: bool = True,
        useful_for: Millis = DAY,
    ) -> Pending:
        pending = Pending(
            id=name,
            at=at,
            state="planned",
            message="m",
            channel=channel,
            topic=topic,
            variant="default",
            counts=counts,
            is_marketing=is_marketing,
            worth=1,
            journey="j",
            key=name,
            entry=self.now,
            step=0,
            deadline=at + useful_for,
        )
        self.ledger.pending.append(pending)
        self.things[name] = Thing(name, at, at, channel, topic, counts, is_planned=is_marketing)
        return pending

    def pass_to(self, now: Instant) -> None:
        """What is planned is asked once more at its instant, and claimed if nothing objects."""
        while due := [each for each in self.planned() if each.at <= now]:
            pending = min(due, key=lambda each: (each.at, each.id))
            self.now = max(self.now, pending.at)
            if self.is_allowed(self.now, pending.channel, pending.topic, without=pending.id):
                self.claim(pending, may_repeat=False)
                self.asked[pending.id] = self.number
            else:
                self.end(pending)
        self.now = max(self.now, now)

    def claim(self, pending: Pending, *, may_repeat: bool) -> None:
        pending.state, pending.at, pending.may_repeat = "claimed", self.now, may_repeat
        self.heard[pending.id] = self.following()
        lasts = min(self.now + 23 * HOUR, pending.deadline) + MINUTE if may_repeat else self.now + 2 * MINUTE
        self.things[pending.id] = replace(self.things[pending.id], first=self.now, last=lasts, is_planned=False)

    def end(self, pending: Pending) -> None:
        release(self.memory, pending, "failed", self.now)
        del self.things[pending.id]

    def planned(self) -> list[Pending]:
        return [each for each in self.ledger.pending if each.state == "planned" and each.is_marketing]

    def claimed(self) -> list[Pending]:
        return [each for each in self.ledger.pending if each.state == "claimed"]

    @staticmethod
    def one_of(listed: Sequence[object], which: int):  # type: ignore[no-untyped-def]
        return listed[which % len(listed)]

    @invariant()
    def no_window_holds_more_than_so_many_of_what_is_out(self) -> None:
        """Whenever providers took it; whoever was asked last in a window, by these very rules, was not one too many.

        What is only planned is asked again before it is out.
        """
        out = [each for each in self.things.values() if not each.is_planned]
        for _, limit in self.in_force():
            for window in limit.overfull(out, self.zone):
                for each in window:
                    before = sum(self.heard[other.name] < self.heard[each.name] for other in window)
                    assert before < limit.most or self.asked.get(each.name, -1) <= self.since, (limit, each, window)


def agree(gate: Gate, limit: Limit, candidate: Candidate, view: View, others: Sequence[Thing]) -> bool:
    """Whether the gate allows the candidate; as the model does, until the same instant, for the same planned ones."""
    at, zone = candidate.at, view.zones[0].name
    reason, allowed = gate.objection(candidate, view), limit.passes(others, at, zone)
    assert (reason is None) == allowed, (limit, at, others)
    stays = gate.stays(reason, candidate, view)
    if reason is None:
        closes = limit.closes(others, at, zone)
        assert closes is None or (stays is not None and at < stays <= closes)
        return True
    assert reason.code == limit.code
    opens = limit.opens(others, at, zone)
    assert opens is not None and reason.until is not None and stays is not None and at < stays <= reason.until
    assert at < reason.until <= opens
    if isinstance(limit.within, str):
        assert reason.until == bucket(at, zone, limit.within)[1]
    elif limit.ignored is None:
        assert reason.until == opens, "not a millisecond later than need be, nor sooner"
    planned = {each.name for each in others if each.is_planned}
    assert planned.issuperset(reason.blockers)
    if limit.passes([each for each in others if not each.is_planned], at, zone) and reason.blockers == ():
        raise AssertionError(f"{reason} does not say which planned ones are in its way")
    return False


def test_no_window_ever_holds_too_many_and_nothing_waits_longer_than_it_must() -> None:
    run(Caps, examples=150, steps=50)
