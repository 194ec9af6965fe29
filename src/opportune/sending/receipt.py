"""A provider's answer, and the event that brings it back into the log."""

from typing import Final, Literal, TypeAlias, assert_never

import msgspec
from msgspec import Struct

from opportune.events import names
from opportune.events.event import Event
from opportune.sending.outbox import Claim, Row
from opportune.units import Instant

Answer: TypeAlias = Literal["sent", "failed", "unknown", "lapsed"]
PREFIX: Final = names.RECEIPT_ID
"""How ids of receipts begin; no client may send such an id."""


class Receipt(Struct, frozen=True, gc=False):
    """How one attempt ended, with a code that says why."""

    answer: Answer
    code: str


class Reported(Struct, frozen=True, gc=False):
    """The properties of a receipt's event."""

    decision: str
    code: str
    message: str
    channel: str


def receipt_of(row: Row, now: Instant) -> Receipt | None:
    """What a restart makes of this attempt: open ones are answered by what the stage proves; others stay."""
    match row.stage:
        case "claimed":
            return Receipt("lapsed", row.recalled or ("expired" if now >= row.claim.attempt.expires else "restarted"))
        case "data_sent":
            return Receipt("unknown", "no_answer")
        case "sent" | "failed" | "unknown" | "lapsed":
            return None
        case never:
            assert_never(never)


def name_of(answer: Answer) -> str:
    """The name of the event that reports this answer."""
    match answer:
        case "sent":
            return names.MESSAGE_SENT
        case "failed":
            return names.MESSAGE_FAILED
        case "unknown":
            return names.MESSAGE_UNKNOWN
        case "lapsed":
            return names.ATTEMPT_LAPSED
        case never:
            assert_never(never)


def event_of(claim: Claim, receipt: Receipt, at: Instant) -> Event:
    """The receipt as an event; the same claim has the same event id, so that a second report changes nothing."""
    attempt = claim.attempt
    told = Reported(attempt.decision, receipt.code, attempt.message, attempt.channel)
    return Event(
        id=f"{PREFIX}{attempt.decision}-{claim.nth}",
        user=attempt.user,
        name=name_of(receipt.answer),
        at=at,
        received_at=at,
        properties=msgspec.json.encode(told),
    )


def claim_named(event: Event) -> tuple[str, int] | None:
    """The decision and count of the claim this event reports; None if it is no receipt of ours."""
    if event.name not in names.RECEIPTS or not event.id.startswith(PREFIX):
        return None
    decision, _, nth = event.id.removeprefix(PREFIX).rpartition("-")
    return (decision, int(nth)) if decision and nth.isdecimal() else None
