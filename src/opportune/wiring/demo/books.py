"""The demo's own account of what was decided and how it ended: it must balance at any instant."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from opportune.events.event import Event, Input
from opportune.policies.decision import Decision, Ending
from opportune.sending.receipt import PREFIX
from opportune.wiring.obstacles import nearest
from opportune.wiring.shard import Turn


class Books:
    """Counts what is durable: decisions, and how each of them ended."""

    def __init__(self) -> None:
        self.events = 0
        self.decisions = 0
        self.sent: Counter[str] = Counter()
        """By channel."""
        self.held: Counter[str] = Counter()
        """What was not sent, by the code that tells most."""
        self.unknown = 0
        self.pending: dict[str, Decision] = {}

    def watch(self, inputs: Sequence[Input], turn: Turn) -> None:
        """A batch has become durable."""
        self.events += sum(isinstance(each, Event) and not each.id.startswith(PREFIX) for each in inputs)
        self.decisions += len(turn.decisions)
        self.pending |= {each.id: each for each in turn.decisions}
        for ending in turn.endings:
            self._end(ending, self.pending.pop(ending.decision))

    def _end(self, ending: Ending, decision: Decision) -> None:
        match ending.outcome:
            case "sent":
                assert decision.chosen is not None
                self.sent[decision.chosen.channel] += 1
            case "unknown":
                self.unknown += 1
            case "not_sent" | "expired":
                near = nearest(decision)
                self.held[ending.code if near is None else near.code] += 1


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


class Report(Struct, frozen=True):
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

    def problems(self) -> list[str]:
        """Where the books do not balance: empty if all is well."""
        figures, found = self.figures, []
        ended = figures.sent + sum(figures.held.values()) + self.unknown
        if figures.decisions != ended + self.pending:
            found.append(f"{figures.decisions} decisions, but {ended} ended and {self.pending} pending")
        mails = self.by_channel.get("email", 0)
        if not mails <= figures.mails_received <= mails + self.unknown:
            found.append(f"{mails} sent by email, but {figures.mails_received} received")
        if self.differences:
            found.append(f"{self.differences} decisions or endings differ when the log is decided again")
        return found
