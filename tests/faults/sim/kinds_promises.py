"""What is promised of pauses, shares, arms, absences, schedules and calls, asked of the history alone."""

import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from zoneinfo import ZoneInfo

from opportune.events.event import Event, Input, Merged, Published
from opportune.policies.decision import Decision
from opportune.units import ONE
from tests.faults.sim.judge import Broken
from tests.faults.sim.kinds import SPLITS
from tests.laws.worlds import HOUR, MINUTE
from tests.oracle.draws import draw

Item = dict[str, Any]
SPANS = {"1 hour": HOUR, "45 minutes": 45 * MINUTE, "6 hours": 6 * HOUR, "5 minutes": 5 * MINUTE}
USERS_OWN = frozenset(
    ("no_consent", "suppressed", "quiet_hours", "frequency_cap", "minimum_gap", "fatigued", "held_out", "outranked",
     "not_in_session", "messages_paused", "pace", "not_worth_it", "displaced", "queued_out")
)  # fmt: skip
"""What binds messages to users, and never a call to our own systems."""


class Promises:
    """Of one schedule."""

    def __init__(self, base: Item, versions: Sequence[Mapping[str, str]]) -> None:
        """``versions``: the files of each."""
        self.base = base
        self.journeys: dict[str, list[Item]] = defaultdict(list)
        """Of each name, as every version that has it writes it."""
        for files in versions:
            for name, text in files.items():
                if name.startswith("journeys/"):
                    self.journeys[json.loads(text)["journey"]].append(json.loads(text))
        self.said: Published | None = None
        self.shares = 0
        """Publications for a share of the users."""
        self.hushed: set[str] = set()
        """Journeys of which it was answered that they are paused, and nobody has asked since that they go on."""
        self.decisions: dict[str, Decision] = {}
        self.merged: set[str] = set()
        self.events: dict[str, list[Event]] = defaultdict(list)
        self.arms: dict[tuple[str, str], str] = {}
        self.internal = {each["message"] for each in base["messages"] if each["kind"] == "internal"}
        self.salt = base["salt"]

    def feed(self, happened: Input) -> None:
        """One entry of the log."""
        match happened:
            case Published():
                self.said = happened
                self.shares += happened.share < ONE
            case Merged():
                self.merged |= {happened.user, happened.absorbed}
            case Event():
                self.events[happened.user].append(happened)
                if happened.name == "Experiment Viewed":
                    self.viewed(happened)

    def viewed(self, event: Event) -> None:
        """An arm never changes, and is the one that is drawn."""
        said = json.loads(event.properties)
        name, arm = said["experiment_id"], said["variation_id"]
        if event.user in self.merged:
            return
        if self.arms.setdefault((event.user, name), arm) != arm:
            raise Broken(f"arm: {event.user} goes {arm} of {name} and went {self.arms[event.user, name]}")
        drawn, least = draw(self.salt, "split", name, event.user), 0
        for each, share in sorted(SPLITS[name].items()):
            is_drawn = least <= drawn < least + share * 10_000
            least += share * 10_000
            if is_drawn != (each == arm):
                raise Broken(f"arm: {event.user} goes {arm} of {name}, and that is not the one that is drawn")

    def decided(self, decision: Decision, happened: Input) -> None:
        """One decision, and the entry that led to it."""
        assert self.said is not None
        self.decisions[decision.id] = decision
        if decision.message in self.internal and decision.code in USERS_OWN:
            raise Broken(f"internal: {decision.id} falls silent with {decision.code}")
        if not isinstance(happened, Published):
            if decision.journey in self.said.paused and decision.code != "journey_paused":
                raise Broken(f"paused: {decision.id} of {decision.journey} is {decision.code}")
            if decision.user not in self.merged and decision.playbook != self.playbook_of(decision.user):
                raise Broken(f"share: {decision.id} is decided by {decision.playbook}")
        self.entered(decision)

    def playbook_of(self, user: str) -> str:
        """Which playbook decides for this user."""
        said = self.said
        assert said is not None
        if said.share == ONE:
            return said.playbook
        is_among = draw(self.salt, "canary", said.playbook, user) < said.share
        return said.playbook if is_among else said.stable

    def begun(self, key: str) -> None:
        """A call starts."""
        decision = self.decisions.get(key)
        if decision is not None and decision.journey in self.hushed:
            raise Broken(f"paused: a call for {key} starts after the pause of {decision.journey} was answered")

    def entered(self, decision: Decision) -> None:
        """Whether the run of this decision could begin when it did."""
        several = self.journeys[decision.journey]
        enter = several[0]["enter"]
        if decision.user in self.merged or any(each["enter"] != enter for each in several):
            return
        if "without" in enter:
            self.is_absent(decision, enter, several[0].get("key", ""))
        if "every" in enter and "on" not in enter:
            self.is_at_its_time(decision, enter)

    def is_absent(self, decision: Decision, enter: Item, key: str) -> None:
        """An event so long before, and none of the others that was known before the end of the span."""
        began = decision.entry - SPANS[enter["within"]]
        mine = [each for each in self.events[decision.user] if not each.is_history]
        if not any(each.name == enter["on"] and each.at == began for each in mine):
            raise Broken(f"absence: {decision.id} of {decision.journey} entered, and nothing had happened at {began}")
        others = enter["without"] if isinstance(enter["without"], list) else [enter["without"]]
        for each in mine:
            is_known = each.received_at < decision.entry and each.received_at - each.at <= self.base["lateness"]
            if each.name in others and each.at <= decision.entry and is_known:
                is_after = each.at > began or (each.at == began and enter["on"] not in others)
                said = json.loads(each.properties).get(key) if key else None
                if is_after and (not key or said is None or str(said) == decision.key):
                    raise Broken(f"absence: {decision.id} of {decision.journey} entered in spite of {each.id}")

    def is_at_its_time(self, decision: Decision, enter: Item) -> None:
        """The wall time that the schedule says, where one zone is all that was ever known of the user."""
        zones = set()
        for each in self.events[decision.user]:
            stated = json.loads(each.properties).get("timezone") if each.name == "Identified" else None
            zones |= {*filter(None, (stated, json.loads(each.context).get("timezone")))}
        if zones:
            return
        wall = datetime.fromtimestamp(decision.entry / 1_000, UTC).astimezone(ZoneInfo(self.base["zone"]))
        near = {wall.utcoffset()} | {
            datetime.fromtimestamp((decision.entry + by) / 1_000, UTC).astimezone(wall.tzinfo).utcoffset()
            for by in (-2 * HOUR, 2 * HOUR)
        }
        if len(near) == 1 and wall.strftime("%H:%M:%S") != enter["at"] + ":00":
            raise Broken(f"schedule: {decision.id} of {decision.journey} entered at {wall}")
