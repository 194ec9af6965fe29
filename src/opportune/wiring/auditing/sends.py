"""What users heard of, or may have: each send with the playbook that let it go, and what was known of the user."""

from collections.abc import Sequence

from msgspec import Struct

from opportune.messages.message import Message
from opportune.playbook.definition import Playbook
from opportune.policies.decision import Decision, Ending
from opportune.sending.outbox import Row
from opportune.units import Instant
from opportune.wiring.auditing.known import Known


class Send(Struct, frozen=True, gc=False):
    """One message that went out, or may have."""

    decision: Decision
    ending: Ending
    row: Row | None
    """The attempt that did it; None where the outbox holds it no more."""
    message: Message
    playbook: Playbook | None
    """Which let it go; None where that cannot be told: a share of users was on trial, and the attempt has left."""
    claim: Instant
    """When it was let go."""
    channel: str

    @property
    def at(self) -> Instant:
        """The instant from which caps count it; of one of which nobody knows whether it went out, when it was begun."""
        return self.ending.at if self.ending.outcome == "sent" else self.claim

    @property
    def order(self) -> tuple[Instant, int, str]:
        """The order in which sends were let go."""
        return self.claim, self.decision.seq, self.decision.id


class Moment(Struct, gc=False):
    """One send, and what was known when it was let go."""

    send: Send
    playbook: Playbook
    earlier: Sequence[Send]
    """What the same user had been sent by then, in order; those of ids that were joined since are not among them."""
    readings: Sequence[Known]
    """The user as of then; two where it cannot be told which of two things of one millisecond came first."""
    remembered: Instant
    """What had gone out at this instant or before had been forgotten by then."""
