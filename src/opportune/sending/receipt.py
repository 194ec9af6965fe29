"""A provider's answer, and the event that brings it back into the log."""

from typing import Final, Literal, TypeAlias, assert_never

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from opportune.events import names
from opportune.events.event import Event
from opportune.sending.outbox import AT_THE_END, OPEN, Claim, Mode, Row, obstacle
from opportune.units import Instant

Answer: TypeAlias = Literal["sent", "failed", "unknown", "lapsed"]
PREFIX: Final = names.RECEIPT_ID
"""How ids of receipts begin; no client may send such an id."""
BARRED: Final = "suppressed"
"""The code of an attempt at an address that must never be written to, whoever it belongs to."""


class Receipt(Struct, frozen=True, gc=False):
    """How one attempt ended, with a code that says why."""

    answer: Answer
    code: str
    bounce: str = ""
    """What a refusal said of the address, as kind and status such as ``hard 5.1.1``, or nothing."""


class Reported(Struct, frozen=True, gc=False):
    """The properties of a receipt's event."""

    decision: str
    code: str
    message: str
    channel: str


class Bounced(Struct, frozen=True, gc=False):
    """The properties of an Email Bounced event."""

    decision: str
    type: str
    code: str


class Barred(Struct, frozen=True, gc=False):
    """The properties of a Suppressed event."""

    decision: str
    channel: str
    reason: str


def given_up(row: Row, why: str) -> Receipt:
    """What is said of an open attempt that must not be tried again: it lapsed, or nobody knows what became of it."""
    return Receipt("unknown", "no_answer") if AT_THE_END[row.stage] == "unknown" else Receipt("lapsed", why)


def receipt_of(row: Row, now: Instant, mode: Mode) -> Receipt | None:
    """What a restart makes of this attempt; None for one that is answered, or may be asked for again.

    One that was never sent lapses, for its decision is looked at again; one that may have been is asked for again with
    the body it had, or unknown, as its mode says.
    """
    if row.stage not in OPEN:
        return None
    why = obstacle(row, now, mode)
    if why is None and row.stage == "data_sent" and row.body is not None:
        return None
    return given_up(row, why or "restarted")


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


def events_of(claim: Claim, receipt: Receipt, at: Instant) -> tuple[Event, ...]:
    """All that a receipt tells the log, itself last: once the log holds it, nothing of it is told again."""
    attempt, told = claim.attempt, event_of(claim, receipt, at)
    kind, _, status = receipt.bounce.partition(" ")
    if kind in ("hard", "soft") and attempt.channel == "email":
        bounced = Bounced(attempt.decision, kind, status)
        return (_beside(told, names.EMAIL_BOUNCED, "bounce", bounced), told)
    if receipt.answer == "failed" and receipt.code == BARRED:
        barred = Barred(attempt.decision, attempt.channel, "address")
        return (_beside(told, names.SUPPRESSED, "barred", barred), told)
    return (told,)


def _beside(told: Event, name: str, suffix: str, properties: Struct) -> Event:
    return replace(told, id=f"{told.id}-{suffix}", name=name, properties=msgspec.json.encode(properties))


def claim_named(event: Event) -> tuple[str, int] | None:
    """The decision and count of the claim this event reports; None if it is no receipt of ours."""
    if event.name not in names.RECEIPTS or not event.id.startswith(PREFIX):
        return None
    decision, _, nth = event.id.removeprefix(PREFIX).rpartition("-")
    return (decision, int(nth)) if decision and nth.isdecimal() else None
