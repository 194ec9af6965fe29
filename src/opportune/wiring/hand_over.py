"""When a message was planned for, handed to its channel, and accepted."""

from collections.abc import Iterator, Sequence

from msgspec import Struct

from opportune.policies.decision import Decision, Ending
from opportune.sending.outbox import Row
from opportune.units import MINUTE, SECOND, Instant, Millis
from opportune.wiring.limits import rounded
from opportune.wiring.plain_words import clock_of


class HandOver(Struct, frozen=True):
    """The instants of one message; None: it has not come to that, or it is not known any more."""

    planned_at: Instant
    attempted_at: Instant | None
    """When its last attempt was begun: from then on its channel may send it."""
    accepted_at: Instant | None
    """When the channel said that it had taken it."""
    late: Millis | None
    """From the planned instant to the last of these that is known."""


def hand_over_of(decision: Decision, ending: Ending | None, rows: Sequence[Row]) -> HandOver | None:
    """Of a message that was chosen; ``rows`` are its attempts, oldest first."""
    if decision.chosen is None:
        return None
    planned, last = decision.chosen.at, rows[-1] if rows else None
    attempted = None if last is None else last.claim.attempt.at
    accepted = None
    if last is not None and last.stage == "sent":
        accepted = last.at
    if accepted is None and ending is not None and ending.outcome == "sent":
        accepted = ending.at
    known = [at for at in (attempted, accepted) if at is not None]
    return HandOver(planned, attempted, accepted, max(known) - planned if known else None)


def hand_over_said(decision: Decision, hand_over: HandOver | None) -> Iterator[str]:
    """The three instants; said of what ``send_time`` had a part in, and of what came a minute late or more."""
    if hand_over is None or (decision.timing is None and (hand_over.late or 0) < MINUTE):
        return
    zone = decision.zone if decision.timing is None else decision.timing.zone
    said = [f"It was planned for {_to_the_second(zone, hand_over.planned_at)}"]
    for verb, at in (("begun", hand_over.attempted_at), ("accepted", hand_over.accepted_at)):
        if at is not None:
            said.append(f"{verb} {_later(at - hand_over.planned_at)}")
    yield f"{', '.join(said)}."


def _later(by: Millis) -> str:
    if by == 0:
        return "at that very instant"
    return f"{rounded(abs(by)) if abs(by) >= SECOND else f'{abs(by)} ms'} {'later' if by > 0 else 'before'}"


def _to_the_second(zone: str, at: Instant) -> str:
    return f"{clock_of(zone, at)}:{at // SECOND % 60:02}"
