"""Nothing while users sleep."""

from typing import ClassVar, Literal

from msgspec import field

from opportune.features.local_time import WallTime, next_outside, next_start
from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.verbs import Gate, Reason
from opportune.policies.view import View
from opportune.units import Instant


class QuietHours(Gate, frozen=True, tag="quiet_hours"):
    """No sends from ``from`` to ``to`` on the user's own clock; may wrap midnight, half-open.

    Judged at the instant a candidate would go out and in every zone the user may be in, so later hours of the same
    message may survive. ``at_end``: what goes of several decisions that have waited for the end of it: all of them, the
    best of each topic, or the best alone.
    """

    start: WallTime = field(name="from")
    end: WallTime = field(name="to")
    channels: tuple[str, ...] = ("email", "sms", "push", "webhook")
    at_end: Literal["all", "one_per_topic", "best"] = "all"
    reads: ClassVar[tuple[str, ...]] = ("at",)
    codes: ClassVar[tuple[str, ...]] = ("quiet_hours",)
    has_rivals: ClassVar[bool] = True

    def binds(self, message: Message, channel: str) -> bool:
        """Marketing on the channels that ring."""
        return message.kind == "marketing" and channel in self.channels

    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        """``quiet_hours``, until the window is over on every plausible clock."""
        opens = next_outside(self.start, self.end, candidate.at, view.zones)
        return None if opens == candidate.at else Reason("quiet_hours", opens)

    def stays(self, reason: Reason | None, candidate: Candidate, view: View) -> Instant | None:
        """Up to the next edge of the window on any of the plausible clocks."""
        return self.closes(candidate, view) if reason is None else reason.until or candidate.at + 1

    def closes(self, candidate: Candidate, view: View) -> Instant | None:
        """When quiet begins on the first of the plausible clocks."""
        return None if self.start == self.end else next_start(self.start, self.end, candidate.at, view.zones)

    def ends_at(self, at: Instant, view: View) -> bool:
        """Whether it has been quiet until this instant on some plausible clock, and is so no more on any."""
        return next_outside(self.start, self.end, at - 1, view.zones) == at

    def group_of(self, topic: str) -> str:
        """Of what is about topics of one group at most one goes at the end."""
        return topic if self.at_end == "one_per_topic" else ""

    def rivals(self, candidate: Candidate, view: View) -> frozenset[str]:
        """What waits, in the same group, for the end that the candidate stands at or would have to wait for."""
        if self.at_end == "all":
            return frozenset()
        at = next_outside(self.start, self.end, candidate.at, view.zones)
        if at is None or not self.ends_at(at, view):
            return frozenset()
        group = self.group_of(candidate.message.topic)
        return frozenset(
            each.id
            for each in view.ledger.pending
            if (each.state == "planned" and each.is_marketing and each.at == at)
            and (each.channel in self.channels and self.group_of(each.topic) == group)
        )
