"""What happened to one user and what was decided, in the order of the log, newest first and in pages."""

from collections.abc import Iterator
from heapq import nlargest

from msgspec import Raw, Struct

from opportune.events.event import Event, Merged
from opportune.policies.decision import Ending
from opportune.ports import History
from opportune.units import Instant
from opportune.wiring.lives import Lives

MOST_DECISIONS = 10_000
"""Decisions of one id that are looked through, newest first."""


class Happened(Struct, frozen=True, rename="camel", tag_field="kind", tag="event"):
    """An event of the user."""

    seq: int
    at: Instant
    received_at: Instant
    id: str
    user: str
    name: str
    properties: Raw
    is_history: bool


class Joined(Struct, frozen=True, rename="camel", tag_field="kind", tag="merged"):
    """Two ids turned out to be one user."""

    seq: int
    at: Instant
    user: str
    absorbed: str


class Decided(Struct, frozen=True, rename="camel", tag_field="kind", tag="decision"):
    """A decision; its outcome and the ending's code and instant once it has ended."""

    seq: int
    at: Instant
    id: str
    user: str
    message: str
    journey: str
    key: str
    code: str
    channel: str | None
    variant: str | None
    planned_at: Instant | None
    outcome: str | None
    ended_as: str | None
    ended_at: Instant | None


class Page(Struct, frozen=True, rename="camel"):
    """Some entries, newest first; ``before`` asks for those that follow, null if there are none."""

    names: list[str]
    entries: list[Happened | Joined | Decided]
    before: int | None


def timeline(history: History, user: str, before: int | None, limit: int) -> Page | None:
    """The newest entries below this place of the log, about all ids of this user; None if there is nothing at all.

    What others did with an id before this user had it, or since another one has it, is theirs.
    All entries of one place come on one page, so that a page may be longer than ``limit``.
    """
    lives = Lives(history, user)
    names = lives.names
    found = nlargest(limit + 1, _entries(history, lives, before), key=lambda entry: entry[0])
    if len(found) > limit:
        last = found[limit - 1][0]
        rest = [place for place in _entries(history, lives, before) if place[0] >= last]
        found = sorted(rest, key=lambda entry: entry[0], reverse=True)
        return Page(names, [entry for _, entry in found], last)
    if not found and before is None:
        return None
    return Page(names, [entry for _, entry in found], None)


def _entries(history: History, lives: Lives, before: int | None) -> Iterator[tuple[int, Happened | Joined | Decided]]:
    merges = set[int]()
    for name in lives.names:
        for entry in history.events_of(name):
            if before is not None and entry.seq >= before:
                break
            if isinstance(entry, Event) and lives.holds(entry.user, entry.seq):
                yield entry.seq, _happened(entry)
            elif isinstance(entry, Merged) and entry.seq not in merges and lives.joins(entry):
                merges.add(entry.seq)
                yield entry.seq, Joined(entry.seq, entry.now, entry.user, entry.absorbed)
        yield from _decided(history, lives, name, before)


def _happened(event: Event) -> Happened:
    said = Raw(event.properties)
    return Happened(event.seq, event.at, event.received_at, event.id, event.user, event.name, said, event.is_history)


def _decided(history: History, lives: Lives, name: str, before: int | None) -> Iterator[tuple[int, Decided]]:
    for each in history.decisions_of(name, MOST_DECISIONS):
        if (before is not None and each.seq >= before) or not lives.holds(name, each.seq):
            continue
        ending: Ending | None = history.ending(each.id)
        yield (
            each.seq,
            Decided(
                *(each.seq, each.due, each.id, each.user, each.message, each.journey, each.key, each.code),
                channel=each.chosen.channel if each.chosen else None,
                variant=each.chosen.variant if each.chosen else None,
                planned_at=each.chosen.at if each.chosen else None,
                outcome=ending.outcome if ending else None,
                ended_as=ending.code if ending else None,
                ended_at=ending.at if ending else None,
            ),
        )
