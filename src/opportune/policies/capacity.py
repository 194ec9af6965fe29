"""No hour gets more than it has room for: what was planned for all users at once, as one share for each hour.

What spans users is a snapshot. Each user's lot is drawn from their own name, so that everybody knows for themselves
which hours let them in, and nobody has to count.
"""

from typing import ClassVar

from opportune.draws import draw
from opportune.messages.candidate import Candidate
from opportune.messages.message import Message
from opportune.policies.planned import Capacity, hour_of
from opportune.policies.verbs import Gate, Reason
from opportune.policies.view import View
from opportune.units import HOUR, ONE, Instant, Micros


def lot_of(plan: str, bucket: str, salt: str) -> Micros:
    """The user's lot in this plan, from 0 to 999,999: the smaller, the more hours let them in."""
    return draw(salt, "capacity", plan, bucket)


class CapacityGate(Gate, frozen=True, tag="capacity"):
    """Lets into each hour of a plan only users whose lots lie below its share."""

    plans: dict[tuple[str, str], tuple[str, dict[int, Micros]]] = {}
    """By message and channel: the plan's name, and shares by hour since 1970."""
    codes: ClassVar[tuple[str, ...]] = ("over_capacity",)

    def binds(self, message: Message, channel: str) -> bool:
        """What was planned, if it is marketing."""
        return message.kind == "marketing" and (message.name, channel) in self.plans

    def objection(self, candidate: Candidate, view: View) -> Reason | None:
        """``over_capacity``, until the next hour that lets the user in."""
        plan, shares = self.plans[candidate.message.name, candidate.channel]
        hour = candidate.at // HOUR
        if shares.get(hour, ONE) == ONE:
            return None
        lot = lot_of(plan, view.bucket, view.salt)
        if lot < shares[hour]:
            return None
        while lot >= shares.get(hour, ONE):
            hour += 1
        return Reason("over_capacity", hour * HOUR)

    def stays(self, reason: Reason | None, candidate: Candidate, view: View) -> Instant | None:
        """Up to the next hour, or the one that lets the user in."""
        return (candidate.at // HOUR + 1) * HOUR if reason is None else reason.until

    def closes(self, candidate: Candidate, view: View) -> Instant | None:
        """The end of the hour, if the next one does not let the user in."""
        plan, shares = self.plans[candidate.message.name, candidate.channel]
        following = candidate.at // HOUR + 1
        is_closed = lot_of(plan, view.bucket, view.salt) >= shares.get(following, ONE)
        return following * HOUR if is_closed else None


def gate_of(capacity: Capacity) -> CapacityGate:
    """The same, ready to be asked."""
    return CapacityGate({
        (plan.message, channel): (plan.name, {hour_of(text) or 0: opening.share for text, opening in hours.items()})
        for plan in capacity.plans
        for channel, hours in plan.hours.items()
    })  # fmt: skip
