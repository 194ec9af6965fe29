"""Quiet hours beside clocks that are read minute by minute, in every zone in which the user may be.

Whoever travels, whatever clocks do at night: no marketing goes out inside, and nothing waits longer than the night.
"""

from functools import cache

import msgspec
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from opportune.events.names import IDENTIFIED
from opportune.features.ledger import Ledger
from opportune.features.local_time import WallTime
from opportune.features.profile import Profile
from opportune.features.scope import Scope
from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.playbook.definition import Playbook
from opportune.policies.quiet_hours import QuietHours
from opportune.policies.view import View
from opportune.testing.world import World, instant
from opportune.units import DAY, HOUR, MINUTE, SECOND, Instant, Millis
from tests.laws.machines.clock_model import Window, begins, is_quiet, opens
from tests.laws.machines.running import run
from tests.laws.slates import named_zone
from tests.stories.shop import shop

STARTS = (
    "2026-10-24T18:00Z",  # Berlin goes back at 01:00Z
    "2027-03-27T18:00Z",  # and on
    "2026-10-31T22:00Z",  # New York goes back at 06:00Z, Havana at 05:00Z
    "2027-03-13T20:00Z",  # and on: Havana leaves midnight out
    "2026-10-03T06:00Z",  # Lord Howe goes on by half an hour at 15:30Z
    "2027-04-03T06:00Z",  # and back
    "2026-06-01T12:00Z",
)
ZONES = ("Europe/Berlin", "America/New_York", "America/Havana", "Australia/Lord_Howe", "Asia/Kathmandu", "UTC")
WINDOWS: tuple[Window, ...] = (
    (1260, 480),
    (720, 840),
    (90, 150),
    (0, 30),
    (1410, 60),
    (0, 1439),
    (600, 600),
    (481, 480),
)
steps = st.sampled_from([0, 1, 59_999, MINUTE, 20 * MINUTE, HOUR, 5 * HOUR, DAY])


class Nights(RuleBasedStateMachine):
    """The policy itself: one window, a few zones, and time that passes, often to an edge."""

    @initialize(start=st.sampled_from(STARTS), window=st.sampled_from(WINDOWS))
    def begin(self, start: str, window: Window) -> None:
        self.now, self.zones, self.window = instant(start), ["UTC"], window

    @rule(zones=st.lists(st.sampled_from(ZONES), min_size=1, max_size=3, unique=True))
    def travel(self, zones: list[str]) -> None:
        self.zones = zones

    @rule(window=st.sampled_from(WINDOWS) | st.tuples(st.integers(0, 1439), st.integers(0, 1439)))
    def publish(self, window: Window) -> None:
        self.window = window

    @rule(span=steps)
    def time_passes(self, span: Millis) -> None:
        self.now += span

    @rule(off=st.sampled_from([-1, 0, 1]))
    def time_passes_to_an_edge(self, off: Millis) -> None:
        edge = (opens if is_quiet(self.now, self.window, self.zones) else begins)(self.now, self.window, self.zones)
        if edge is not None:
            self.now = max(self.now, edge + off)

    @invariant()
    def allowed_exactly_outside_and_no_longer_refused_than_that(self) -> None:
        if not hasattr(self, "now"):
            return
        start, end = map(WallTime, self.window)
        gate = QuietHours(start=start, end=end)
        message = Message(name="m", channels=("email",), topic="t")
        candidate = Candidate(message, "email", self.now, self.now + DAY)
        scope = Scope(Profile({}, {}, [], {}), self.now)
        zones = tuple(map(named_zone, self.zones))
        view = View(self.now, "ann", "salt", Ledger([], [], [], []), scope, zones, None)
        reason, free = gate.objection(candidate, view), opens(self.now, self.window, self.zones)
        stays = gate.stays(reason, candidate, view)
        assert (reason is None) == (free == self.now)
        if reason is not None:
            assert (reason.code, reason.until) == ("quiet_hours", free)
            assert stays is not None and self.now < stays
            assert free is None or stays <= free
        else:
            night = begins(self.now, self.window, self.zones)
            assert gate.closes(candidate, view) == stays == night


@cache
def playbook_with(window: Window) -> Playbook:
    start, end = (f"{minutes // 60:02}:{minutes % 60:02}" for minutes in window)
    journeys = {
        name: f"journey: {name}\nkey: n\nenter: {{on: {name.title()}}}\nsteps:\n  - send: {name}\n"
        for name in ("mail", "code", "card", "brief")
    }
    messages = {
        "mail": "channels: [email]\nuseful_for: 40 hours",
        "code": "channels: [email]\nkind: transactional",
        "card": "channels: [in_app]",
        "brief": "channels: [sms]\nuseful_for: 30 seconds",
    }
    night = f'quiet_hours: {{from: "{start}", to: "{end}"}}'
    return shop(night, journeys=journeys, messages=messages, main="lateness: 48 hours")


USEFUL = {"mail": 40 * HOUR, "brief": 30 * SECOND}
NOT_EMPTY = tuple(each for each in WINDOWS if each[0] != each[1])
"""A playbook names no empty window."""
NO_ZONES = ("Mars/Olympus", "", "europe/berlin")


class NightsInAWorld(RuleBasedStateMachine):
    """One user of one engine who travels, says so early or late, and is written to."""

    @initialize(start=st.sampled_from(STARTS), window=st.sampled_from(NOT_EMPTY))
    def begin(self, start: str, window: Window) -> None:
        self.world, self.window = World(playbook_with(window), start=start), window
        self.ann = self.world.user("ann", phone="+49 30 123456")
        self.stated: list[tuple[Instant, int, str]] = []
        self.came_from: list[tuple[Instant, int, str]] = []
        self.number = 0
        self.decided = self.attempted = 0

    @rule(zone=st.sampled_from([*ZONES, *NO_ZONES]), ago=st.sampled_from([0, 0, HOUR, DAY]))
    def states_a_zone(self, zone: str, ago: Millis) -> None:
        """The newest by its own instant counts, whenever it is heard."""
        at, self.number = self.world.now - ago, self.number + 1
        self.ann.does(IDENTIFIED, at=at, timezone=zone)
        self.stated.append((at, self.number, zone))
        self.look()

    @rule(zone=st.sampled_from([*ZONES, *NO_ZONES]), ago=st.sampled_from([0, 0, HOUR, DAY]))
    def comes_from_a_zone(self, zone: str, ago: Millis) -> None:
        at, self.number = self.world.now - ago, self.number + 1
        event = self.world.event("ann", "Page Viewed", {}, at=at)
        self.world.feed([msgspec.structs.replace(event, context=msgspec.json.encode({"timezone": zone}))])
        self.came_from.append((at, self.number, zone))
        self.look()

    @rule(window=st.sampled_from(NOT_EMPTY))
    def publish(self, window: Window) -> None:
        self.world.publish(playbook_with(window))
        self.window = window
        self.look()

    @rule(message=st.sampled_from(["mail", "mail", "mail", "code", "card", "brief"]))
    def something_happens(self, message: str) -> None:
        self.number += 1
        self.ann.does(message.title(), n=self.number)
        assert self.world.decisions[-1].due == self.world.now
        assert self.world.decisions[-1].message == message
        self.look()

    @rule(span=steps)
    def time_passes(self, span: Millis) -> None:
        self.world.until(self.world.now + span)
        self.look()

    @rule(off=st.sampled_from([-1, 0, 1]))
    def time_passes_to_an_edge(self, off: Millis) -> None:
        now, zones = self.world.now, self.zones()
        edge = (opens if is_quiet(now, self.window, zones) else begins)(now, self.window, zones)
        if edge is not None:
            self.world.until(max(now, edge + off))
            self.look()

    def zones(self) -> list[str]:
        """Where the user may be: as stated, and as the newest event said; else where the playbook is."""
        found = [max(said)[2] for said in (self.stated, self.came_from) if said]
        return [zone for zone in found if zone in ZONES] or ["UTC"]

    def look(self) -> None:
        """Each decision, and each call, since the last look; the zones have been the same since."""
        zones = self.zones()
        for decision in self.world.decisions[self.decided :]:
            if decision.message in USEFUL:
                free = opens(decision.due, self.window, zones)
                if decision.chosen is None:
                    assert (decision.code, decision.until) == ("quiet_hours", free)
                    assert free is None or free - decision.due >= USEFUL[decision.message]
                else:
                    assert decision.chosen.at == free, decision
            else:
                assert decision.chosen is not None and decision.chosen.at == decision.due, "it does not ring"
        for attempt in self.world.attempts[self.attempted :]:
            assert attempt.at < attempt.expires <= attempt.at + MINUTE
            if attempt.message in USEFUL:
                assert not is_quiet(attempt.at, self.window, zones), attempt
                assert not is_quiet(attempt.expires - 1, self.window, zones), attempt
                night = begins(attempt.at, self.window, zones)
                assert attempt.deadline is not None
                ends = [attempt.at + MINUTE, attempt.deadline, *([] if night is None else [night])]
                assert attempt.expires == min(ends)
        self.decided, self.attempted = len(self.world.decisions), len(self.world.attempts)

    @invariant()
    def what_is_due_is_said_or_over(self) -> None:
        if hasattr(self, "world"):
            pending = self.world.memory(self.ann).ledger.pending
            assert all(each.at > self.world.now for each in pending if each.state == "planned")


def test_nothing_is_allowed_at_night_on_any_clock_and_everything_after_it() -> None:
    run(Nights, examples=80, steps=30)


def test_in_a_world_of_travellers_nothing_goes_out_at_night_and_nothing_waits_longer() -> None:
    run(NightsInAWorld, examples=60, steps=30)
