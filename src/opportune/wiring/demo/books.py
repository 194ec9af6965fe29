"""The demo's own account of what was decided, how it ended and what came back: it must balance at any instant."""

from collections import Counter
from collections.abc import Sequence

import msgspec
from msgspec import Struct

from opportune.events import names
from opportune.events.event import Event, Input, Merged
from opportune.policies.decision import Decision, Ending
from opportune.policies.obstacles import code_of
from opportune.wiring.shard import Turn

_OURS = (names.RECEIPT_ID, names.INBOX_ID)
RETURNS = {
    names.EMAIL_OPENED_BY_MACHINE: "opens by machines",
    names.EMAIL_CLICKED: "clicks",
    names.EMAIL_CLICKED_BY_MACHINE: "clicks by machines",
    names.PUSH_OPENED: "pushes opened",
    names.IN_APP_SHOWN: "in-app shown",
    names.IN_APP_CLICKED: "in-app clicked",
    names.IN_APP_EXPIRED: "in-app never seen",
    names.EMAIL_BOUNCED: "bounces",
    names.EMAIL_COMPLAINED: "complaints",
    names.UNSUBSCRIBED: "unsubscribes",
}
"""What is told of messages that went out, as the report calls it; openings are told apart by who opened."""


class _Opened(Struct, frozen=True):
    by: str = "human"


class Books:
    """Counts what is durable: decisions, how each of them ended, and what users and providers made of it."""

    def __init__(self) -> None:
        self.events = 0
        self.decisions = 0
        self.sent: Counter[tuple[str, str]] = Counter()
        """By journey and channel."""
        self.held: Counter[tuple[str, str]] = Counter()
        """What was not sent, by journey and the code that tells most."""
        self.unknown: Counter[str] = Counter()
        """By journey."""
        self.goals: Counter[str] = Counter()
        """By journey."""
        self.returns: Counter[str] = Counter()
        self.merges = 0
        self.moved: set[str] = set()
        """Users whose zone is not what it was."""
        self.pending: dict[str, Decision] = {}
        self.told_of: dict[str, str] = {}
        """The first user of whom something can be told, by what it is."""
        self._zones: dict[str, str] = {}

    def watch(self, inputs: Sequence[Input], turn: Turn) -> None:
        """A batch has become durable."""
        for each in inputs:
            if isinstance(each, Event):
                self._note(each)
        self.merges += sum(isinstance(each, Merged) for each in inputs)
        self.decisions += len(turn.decisions)
        for decision in turn.decisions:
            self.pending[decision.id] = decision
            if self._zones.setdefault(decision.user, decision.zone) != decision.zone:
                self.moved.add(decision.user)
        self.goals.update(each.journey for each in turn.goals)
        for ending in turn.endings:
            self._end(ending, self.pending.pop(ending.decision))

    def by_channel(self) -> dict[str, int]:
        """What was sent, by channel in the order of the alphabet."""
        found: Counter[str] = Counter()
        for (_, channel), count in sorted(self.sent.items(), key=lambda each: each[0][1]):
            found[channel] += count
        return dict(found)

    def by_code(self) -> dict[str, int]:
        """What was not sent, by code in the order of the alphabet."""
        found: Counter[str] = Counter()
        for (_, code), count in sorted(self.held.items(), key=lambda each: each[0][1]):
            found[code] += count
        return dict(found)

    def by_journey(self) -> dict[str, "Account"]:
        """What became of each journey, in the order of the alphabet."""
        journeys = {each for each, _ in (*self.sent, *self.held)} | set(self.unknown)
        journeys |= {each.journey for each in self.pending.values()}
        pending = Counter(each.journey for each in self.pending.values())
        return {
            journey: Account(
                sent={channel: count for (each, channel), count in sorted(self.sent.items()) if each == journey},
                held=sum(count for (each, _), count in self.held.items() if each == journey),
                unknown=self.unknown[journey],
                pending=pending[journey],
                goals=self.goals[journey],
            )
            for journey in sorted(journeys)
        }

    def _note(self, event: Event) -> None:
        self.events += not event.id.startswith(_OURS)
        if event.name == names.EMAIL_OPENED:
            by = msgspec.json.decode(event.properties, type=_Opened).by
            self.returns["opens by humans" if by == "human" else "opens, unsure by whom"] += 1
        elif event.name in RETURNS:
            self.returns[RETURNS[event.name]] += 1
        elif event.id.startswith(names.CHOICE_ID):
            self.returns["preferences changed"] += 1

    def _end(self, ending: Ending, decision: Decision) -> None:
        match ending.outcome:
            case "sent":
                assert decision.chosen is not None
                self.sent[decision.journey, decision.chosen.channel] += 1
                if decision.chosen.channel == "in_app":
                    self.told_of.setdefault("who was told in the app, instead of by mail", ending.user)
                elif decision.chosen.at > decision.due:
                    self.told_of.setdefault("who was written to later, and why not at once", ending.user)
            case "unknown":
                self.unknown[decision.journey] += 1
            case "not_sent" | "expired":
                code = code_of(decision, ending)
                self.held[decision.journey, code] += 1
                if code == "frequency_cap":
                    self.told_of.setdefault("who was spared one message too many", ending.user)


class Account(Struct, frozen=True):
    """What became of the decisions of one journey."""

    sent: dict[str, int]
    """By channel."""
    held: int
    unknown: int
    pending: int
    goals: int


class Figures(Struct, frozen=True):
    """What a script reads of one demo."""

    events: int
    """That users caused and the log took; without the engine's own receipts."""
    users: int
    decisions: int
    sent: int
    """Messages that went out, on all channels."""
    held: dict[str, int]
    """Decisions that ended without a message, by code: of a silence the one of the channel that came nearest."""
    mails_received: int
    decide_p99_ms: float
    """Engine time for one decision, 99th percentile, measured while the log is decided again entry by entry."""
    seconds: float
    """Real seconds from the first event to the last answer."""


class Report(Struct, frozen=True, kw_only=True):
    """How a demo ended."""

    figures: Figures
    by_channel: dict[str, int]
    unknown: int
    pending: int
    differences: int
    """Decisions and endings that were not the same when the log was decided again."""
    days: int
    """Simulated, the last of them as far as it was played."""
    seed: int
    by_journey: dict[str, Account] = {}
    returns: dict[str, int] = {}
    """What came back, by what it is."""
    pushes: int | None = None
    """That the provider has taken; None: nobody counted."""
    examples: dict[str, str] = {}
    """A user of whom ``why`` tells something, by what it is."""

    def problems(self) -> list[str]:
        """Where the books do not balance: empty if all is well."""
        figures, found = self.figures, []
        ended = figures.sent + sum(figures.held.values()) + self.unknown
        if figures.decisions != ended + self.pending:
            found.append(f"{figures.decisions} decisions, but {ended} ended and {self.pending} pending")
        mails, pushes = self.by_channel.get("email", 0), self.by_channel.get("push", 0)
        if not mails <= figures.mails_received <= mails + self.unknown:
            found.append(f"{mails} sent by email, but {figures.mails_received} received")
        if self.pushes is not None and not pushes <= self.pushes <= pushes + self.unknown:
            found.append(f"{pushes} sent by push, but {self.pushes} received")
        if self.differences:
            found.append(f"{self.differences} decisions or endings differ when the log is decided again")
        return found
