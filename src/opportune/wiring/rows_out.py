"""What leaves a store as rows for others: the columns, which stay the same from release to release."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Final, Literal, TypeAlias

from msgspec import Raw, Struct, json

from opportune.events.event import Event, Merged
from opportune.policies.decision import Decision, Ending
from opportune.ports import History
from opportune.units import Instant
from opportune.wiring.naming import named

What: TypeAlias = Literal["events", "decisions", "endings", "merges"]
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)


class EventRow(Struct, frozen=True):
    """One event; instants are ISO 8601 in UTC, properties and context are JSON objects."""

    id: str
    user: str
    name: str
    at: str
    received_at: str
    seq: int
    properties: Raw
    context: Raw
    stated_at: str | None
    sent_at: str | None
    is_history: bool
    place: int
    """Of what a step made: the seq behind which it was taken, times 1,048,576, and the how many'th there; else 0."""


class DecisionRow(Struct, frozen=True):
    """One decision; without a channel it is a silence, and ``code`` says why."""

    id: str
    user: str
    journey: str
    key: str
    message: str
    due: str
    seq: int
    channel: str | None
    variant: str | None
    at: str | None
    code: str
    worth_millionths: int
    propensity_millionths: int
    playbook: str
    zone: str
    verdicts: Raw
    made: int
    """How many events that steps had made behind ``seq`` it knew of, too."""
    timing: Raw
    """What ``send_time`` chose between and why, with names as HTTP answers write them; null where it had no part."""


class EndingRow(Struct, frozen=True):
    """How one decision ended."""

    decision: str
    user: str
    outcome: str
    code: str
    at: str


class MergeRow(Struct, frozen=True):
    """From this place in the log on, ``user`` has done what ``absorbed`` had; the same id twice begins anew."""

    user: str
    absorbed: str
    at: str
    seq: int


Row: TypeAlias = EventRow | DecisionRow | EndingRow | MergeRow
SHAPES: Final[dict[What, type[EventRow] | type[DecisionRow] | type[EndingRow] | type[MergeRow]]] = {
    "events": EventRow,
    "decisions": DecisionRow,
    "endings": EndingRow,
    "merges": MergeRow,
}
INSTANTS: Final = ("at", "received_at", "stated_at", "sent_at", "due")
"""Columns that hold instants."""


def rows(history: History, what: What) -> Iterator[tuple[Instant, Row]]:
    """Each row with the instant that says on which day it belongs: arrival, due, end; of a merge, when it was said."""
    match what:
        case "events":
            events = (entry for entry in history.log() if isinstance(entry, Event))
            return ((event.received_at, _event(event)) for event in events)
        case "decisions":
            return ((decision.due, _decision(decision)) for decision in history.decisions())
        case "endings":
            return ((ending.at, _ending(ending)) for ending in history.endings())
        case "merges":
            merges = (entry for entry in history.log() if isinstance(entry, Merged))
            return ((each.now, MergeRow(each.user, each.absorbed, _iso(each.now), each.seq)) for each in merges)


def iso(at: Instant | None) -> str | None:
    """The instant as ISO 8601 in UTC, to the millisecond."""
    return None if at is None else _iso(at)


def _iso(at: Instant) -> str:
    return f"{(_EPOCH + timedelta(milliseconds=at)).replace(tzinfo=None).isoformat(timespec='milliseconds')}Z"


def _event(event: Event) -> EventRow:
    return EventRow(
        event.id,
        event.user,
        event.name,
        _iso(event.at),
        _iso(event.received_at),
        event.seq,
        Raw(event.properties),
        Raw(event.context),
        iso(event.stated_at),
        iso(event.sent_at),
        event.is_history,
        event.place,
    )


def _decision(each: Decision) -> DecisionRow:
    chosen = each.chosen
    return DecisionRow(
        each.id,
        each.user,
        each.journey,
        each.key,
        each.message,
        _iso(each.due),
        each.seq,
        chosen.channel if chosen else None,
        chosen.variant if chosen else None,
        _iso(chosen.at) if chosen else None,
        each.code,
        each.worth,
        each.propensity,
        each.playbook,
        each.zone,
        Raw(json.encode(each.verdicts)),
        each.made,
        Raw(json.encode(named(each.timing))),
    )


def _ending(each: Ending) -> EndingRow:
    return EndingRow(each.decision, each.user, each.outcome, each.code, _iso(each.at))
