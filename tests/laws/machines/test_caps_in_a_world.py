"""The same caps where they are kept: in the engine, turned by the shard, over all that reaches one user (R7, R8).

What counts here is only what the engine said and what providers answered; the machine is user and provider.
"""

from dataclasses import replace
from functools import cache

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from opportune.events.names import ATTEMPT_LAPSED, IDENTIFIED, MESSAGE_FAILED, MESSAGE_SENT, MESSAGE_UNKNOWN
from opportune.playbook.definition import Playbook
from opportune.sending.attempt import Attempt
from opportune.testing.world import World
from opportune.units import DAY, HOUR, MINUTE, SECOND, Instant, Millis
from tests.laws.machines.cap_model import Limit, Thing, bucket
from tests.laws.machines.running import run
from tests.stories.shop import shop

START: Instant = 1_792_756_800_000
"""2026-10-23T12:00Z."""
LIMITS = {
    "frequency_cap: {at_most: 1, within: 1 hour}": Limit("frequency_cap", 1, HOUR),
    "frequency_cap: {at_most: 2, within: 1 day}": Limit("frequency_cap", 2, DAY),
    "frequency_cap: {at_most: 2, within: 1 hour, channels: [email]}": Limit("frequency_cap", 2, HOUR, ("email",)),
    "frequency_cap: {at_most: 2, within: day}": Limit("frequency_cap", 2, "day"),
    "frequency_cap: {at_most: 3, within: week}": Limit("frequency_cap", 3, "week"),
    "minimum_gap: {span: 10 minutes}": Limit("minimum_gap", 1, 10 * MINUTE),
    "fatigue: {at_most: 3, within: 1 day}": Limit("fatigue", 3, DAY, counts_all=True),
}
USEFUL = {"news": 3 * DAY, "tip": 20 * DAY, "receipt": HOUR, "code": 2 * HOUR}
CHANNELS = {"news": "email", "tip": "push", "receipt": "email", "code": "push"}
MUST = ("receipt", "code")
JOURNEYS = {
    name: f"journey: {name}\nkey: n\nenter: {{on: {name.title()}}}\nsteps:\n  - send: {name}\n" for name in CHANNELS
}
MESSAGES = {
    name: f"channels: [{channel}]\nuseful_for: {USEFUL[name] // HOUR} hours"
    + ("\nkind: transactional" if name in MUST else "")
    + ("\ndelivery: at_least_once\ncounts: true" if name == "code" else "")
    for name, channel in CHANNELS.items()
}
policies = st.lists(st.sampled_from(sorted(LIMITS)), min_size=1, max_size=3, unique=True).map(tuple)
steps = st.sampled_from([0, 1, SECOND, MINUTE, 10 * MINUTE - 1, HOUR, 7 * HOUR, DAY])


@cache
def playbook_with(listed: tuple[str, ...]) -> Playbook:
    return shop(*listed, journeys=JOURNEYS, messages=MESSAGES)


class CapsInAWorld(RuleBasedStateMachine):
    """One user of one engine, whose providers answer when the machine says so."""

    @initialize(listed=policies)
    def begin(self, listed: tuple[str, ...]) -> None:
        self.world = World(playbook_with(listed), start=START, answers=lambda attempt: "none")
        self.ann = self.world.user("ann", push_token="p")
        self.limits = [LIMITS[each] for each in listed]
        self.zone = "UTC"
        self.things: dict[str, Thing] = {}
        self.open: dict[str, Attempt] = {}
        self.asked: dict[str, int] = {}
        self.heard: dict[str, int] = {}
        self.number = self.since = 0
        self.read = [0, 0, 0]

    @rule(listed=policies)
    def publish(self, listed: tuple[str, ...]) -> None:
        self.world.publish(playbook_with(listed))
        self.limits = [LIMITS[each] for each in listed]
        self.look(is_change=True)

    @rule(zone=st.sampled_from(["Europe/Berlin", "America/Havana", "Asia/Kolkata"]))
    def travel(self, zone: str) -> None:
        self.ann.does(IDENTIFIED, timezone=zone)
        self.zone = zone
        self.look(is_change=True)

    @rule(message=st.sampled_from([*CHANNELS, "news", "tip"]))
    def something_happens(self, message: str) -> None:
        """The engine wants to say this now; it says it at the first instant at which no cap objects, or why not."""
        (expected, is_free), now = self.first_free(message), self.world.now
        before = len(self.world.decisions)
        self.ann.does(message.title(), n=self.following())
        [decision] = self.world.decisions[before:]
        assert decision.due == now
        if is_free:
            assert decision.chosen is not None, decision
            assert decision.chosen.at == expected, (decision, expected)
        else:
            assert decision.chosen is None
            assert decision.code in {limit.code for limit in self.limits}
            assert decision.until == expected, (decision, expected)
        self.look()

    def first_free(self, message: str) -> tuple[Instant, bool]:
        """Where one comes who moves from until to until, at most eight times (R8), and whether one may stay there."""
        at, things = self.world.now, list(self.things.values())
        bound = [each for each in self.limits if not each.channels or CHANNELS[message] in each.channels]
        for moves in range(9):
            untils = [until_of(each, things, at, self.zone) for each in bound if not each.passes(things, at, self.zone)]
            if not untils or message in MUST:
                return at, True
            at = max(untils)
            if at >= self.world.now + USEFUL[message] or moves == 8:
                break
        return at, False

    @rule(channel=st.sampled_from(["email", "push"]), ago=steps)
    def another_system_sends(self, channel: str, ago: Millis) -> None:
        at, name = self.world.now - ago, f"other{self.following()}"
        self.ann.does(MESSAGE_SENT, at=at, channel=channel)
        self.things[name] = Thing(name, at, at, channel)
        self.heard[name] = self.number
        self.look()

    @rule(span=steps)
    def time_passes(self, span: Millis) -> None:
        self.pass_to(self.world.now + span)

    @precondition(lambda self: self.open)
    @rule(
        which=st.integers(0, 9),
        takes=st.sampled_from([0, 1, MINUTE, 2 * MINUTE, HOUR]),
        name=st.sampled_from([MESSAGE_SENT, MESSAGE_SENT, MESSAGE_UNKNOWN, MESSAGE_FAILED, ATTEMPT_LAPSED]),
        heard_after=st.sampled_from([0, 0, HOUR]),
    )
    def answered(self, which: int, takes: Millis, name: str, heard_after: Millis) -> None:
        """At an instant that was possible, and perhaps heard of much later."""
        decision = list(self.open)[which % len(self.open)]
        at = min(self.open[decision].at + takes, self.things[decision].last)
        self.pass_to(max(self.world.now, at) + heard_after)
        if name in (MESSAGE_SENT, MESSAGE_UNKNOWN):
            self.things[decision] = self.things[decision].out(at)
        del self.open[decision]
        self.ann.does(name, at=at, decision=decision, code="refused")
        self.world.until(self.world.now)
        self.look()

    def pass_to(self, end: Instant) -> None:
        self.world.until(end)
        self.look()

    def following(self) -> int:
        self.number += 1
        return self.number

    def look(self, *, is_change: bool = False) -> None:
        """Reads what the engine has said since: what is planned, what is handed over, what is over."""
        decisions, attempts, endings = self.world.decisions, self.world.attempts, list(self.world.endings.values())
        for decision in decisions[self.read[0] :]:
            if decision.chosen is not None:
                at, name = decision.chosen.at, decision.message
                self.things[decision.id] = Thing(
                    decision.id, at, at, CHANNELS[name], "cart", name != "receipt", is_planned=True
                )
        if is_change:
            self.since = self.following()
        for attempt in attempts[self.read[1] :]:
            at, lasts = attempt.at, attempt.at + 2 * MINUTE
            if attempt.delivery == "at_least_once":
                assert attempt.deadline is not None
                lasts = min(at + 23 * HOUR, attempt.deadline) + MINUTE
            self.things[attempt.decision] = replace(
                self.things[attempt.decision], first=at, last=lasts, is_planned=False
            )
            self.open[attempt.decision] = attempt
            self.heard[attempt.decision] = self.following()
            if attempt.is_marketing:
                self.asked[attempt.decision] = self.number
        for ending in endings[self.read[2] :]:
            if ending.outcome in ("not_sent", "expired"):
                self.things.pop(ending.decision, None)
                self.open.pop(ending.decision, None)
        self.read = [len(decisions), len(attempts), len(endings)]

    @invariant()
    def no_window_holds_more_than_so_many_of_what_is_out(self) -> None:
        out = [each for each in getattr(self, "things", {}).values() if not each.is_planned]
        for limit in self.limits if out else ():
            for window in limit.overfull(out, self.zone):
                for each in window:
                    before = sum(self.heard[other.name] < self.heard[each.name] for other in window)
                    assert before < limit.most or self.asked.get(each.name, -1) <= self.since, (limit, each, window)

    @invariant()
    def the_ledger_knows_what_is_out_and_what_is_open(self) -> None:
        if hasattr(self, "things"):
            ledger = self.world.memory(self.ann).ledger
            assert {each.id for each in ledger.pending if each.state == "claimed"} == set(self.open)
            known = {each.id for each in ledger.pending} | {each.id for each in ledger.sent if each.id}
            assert known >= {each.name for each in self.things.values() if self.world.now - each.last < 3 * DAY} - {
                name for name in self.things if name.startswith("other")
            }


def until_of(limit: Limit, things: list[Thing], at: Instant, zone: str) -> Instant:
    """The start of the next bucket; of a rolling span the first instant at which one more fits."""
    found = bucket(at, zone, limit.within)[1] if isinstance(limit.within, str) else limit.opens(things, at, zone)
    assert found is not None
    return found


def test_in_a_world_of_receipts_and_publications_no_window_ever_holds_too_many() -> None:
    run(CapsInAWorld, examples=60, steps=40)
