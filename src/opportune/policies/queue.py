"""What waits for one instant, where not all of it may go then."""

from collections.abc import Sequence

from msgspec import Struct

from opportune.features.ledger import Pending
from opportune.messages.message import Message
from opportune.policies.quiet_hours import QuietHours
from opportune.policies.view import View
from opportune.units import Instant, Micros

QUEUED_OUT = "queued_out"
"""The code of what gives way to a better message at the end of quiet hours."""


class Waiting(Struct, frozen=True, gc=False):
    """A planned marketing decision at its instant, to which no gate objects."""

    pending: Pending
    message: Message

    @property
    def rank(self) -> tuple[Micros, int, Instant, str, str, str]:
        """The smallest goes first: by worth, priority, then the older run; the rest only breaks ties."""
        each = self.pending
        return -each.worth, -self.message.priority, each.entry, each.message, each.journey, each.key


def giving_way(nights: Sequence[QuietHours], queue: Sequence[Waiting], view: View) -> list[Pending]:
    """The decisions that do not go as of the view's instant, because quiet hours end then and a better one goes.

    Where several of the policies end then, each picks among those that the ones before it have left.
    """
    left, gone = sorted(queue, key=lambda each: each.rank), list[Pending]()
    for night in (each for each in nights if each.ends_at(view.now, view)):
        best: dict[str, Waiting] = {}
        for each in [each for each in left if night.binds(each.message, each.pending.channel)]:
            if best.setdefault(night.group_of(each.pending.topic), each) is not each:
                left.remove(each)
                gone.append(each.pending)
    return gone
