"""One decision as it is shown to whoever asks: in sentences, and as fields for programs."""

from typing import Literal, TypeAlias

from msgspec import Struct

from opportune.policies.decision import Decision, Ending, Outcome
from opportune.policies.obstacles import Obstacle, code_of, nearest, obstacles
from opportune.ports import History
from opportune.units import Instant
from opportune.wiring.around import NOTHING_AROUND, Around
from opportune.wiring.closed import Closed, closed_of
from opportune.wiring.counterfactuals import Otherwise, otherwise_of
from opportune.wiring.hand_over import HandOver, hand_over_of
from opportune.wiring.rivalry import Considered, considered
from opportune.wiring.sentences import sentences_of

State: TypeAlias = Outcome | Literal["pending"]


class Told(Struct, frozen=True):
    """One decision and how it ended."""

    sentences: list[str]
    message: str
    journey: str
    key: str
    state: State
    code: str
    """How it ended, of a silence for the channel that came nearest; while pending, how it was decided."""
    channel: str | None
    variant: str | None
    address: str | None
    at: Instant
    """When it ended; while pending, when it will go out."""
    until: Instant | None
    """The first instant at which the reason for silence might be gone: of the channel that came nearest."""
    hand_over: HandOver | None
    """When it was planned for, begun and accepted; None of a silence."""
    closed: list[Closed]
    """Where ``send_time`` chose the moment: when none could be, and why; what it chose between is in the decision."""
    obstacles: list[Obstacle]
    """What stood against each channel, where gates settled a silence."""
    considered: list[Considered]
    """What else was proposed to the user at the same instant, the most worth first."""
    otherwise: Otherwise | None
    """What would have let it go at once, where that is sure."""
    zone: str
    decision: Decision


def told_of(history: History, decision: Decision, around: Around = NOTHING_AROUND) -> Told:
    """One decision, with its ending and its last attempt, and what can be told of it from what is around it."""
    ending, rows = history.ending(decision.id), history.outbox(decision.id)
    chosen = decision.chosen
    address = rows[-1].claim.attempt.address if rows else None
    hand_over = hand_over_of(decision, ending, rows)
    return Told(
        sentences=sentences_of(decision, ending, address, around, hand_over=hand_over),
        message=decision.message,
        journey=decision.journey,
        key=decision.key,
        state=ending.outcome if ending else "pending",
        code=code_of(decision, ending),
        channel=chosen.channel if chosen else None,
        variant=chosen.variant if chosen else None,
        address=address,
        at=ending.at if ending else chosen.at if chosen else decision.due,
        until=_until(decision, ending),
        hand_over=hand_over,
        closed=closed_of(decision),
        obstacles=obstacles(decision) if nearest(decision) else [],
        considered=considered(decision, around),
        otherwise=otherwise_of(decision, around),
        zone=decision.zone,
        decision=decision,
    )


def _until(decision: Decision, ending: Ending | None) -> Instant | None:
    if ending is not None and ending.until is not None:
        return ending.until
    near = nearest(decision)
    return decision.until if near is None else near.until
