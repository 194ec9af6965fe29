"""What is on record of a simulated world: the instants of all that happened, and what machines did besides.

The same record is read as columns to learn from and told as events; a reader of the events must come to the columns.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np

from opportune.events import names
from opportune.events.event import Event
from opportune.testing.attention_habits import Flags, Numbers, Whole
from opportune.testing.attention_lives import NEVER, Lives
from opportune.testing.attention_zones import FIRST_MONDAY, Homes, placed, read
from opportune.training.histories import Histories, histories_of
from opportune.units import HOUR, MINUTE, SECOND

KNOWN, UNSURE, QUIET = 1, 2, 3
"""Machines that our rules know; those that open within ten seconds, of which nobody can say; those that only their
delay betrays, for they wait for up to five minutes and look human."""
_KINDS: Final = (0.6, 0.2, 0.2)
_LATEST_PART: Final = 0.97
"""Of an hour: an open and what follows from it lie in one hour."""
_FOLLOWED: Final = ((names.EMAIL_CLICKED, 20 * SECOND), ("Product Viewed", 40 * SECOND))


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Columns of instants, each sort of event beside its user and the zone that the user is in."""

    users: tuple[str, ...]
    homes: Homes
    visitor: Whole
    visit_zone: Whole
    visit_at: Whole
    sent_user: Whole
    sent_zone: Whole
    sent_at: Whole
    open_at: Whole
    """By message: when the user opened it; ``NEVER`` if they did not."""
    followed: Flags
    """By message: whether the open led on to the product."""
    machine: Whole
    """By user: which machine opens all their mail; 0: none."""
    machine_at: Whole
    """By message: when the machine opened it; ``NEVER`` without one."""


def recorded(lives: Lives, homes: Homes, *, machines: float, hides: float, generator: np.random.Generator) -> Record:
    """What is on record where this share of the users has a machine that opens all of their mail.

    hides : the share of those users whose own opens nobody sees then
    """
    users = len(homes.away)
    machine = np.where(generator.random(users) < machines, 1 + generator.choice(3, size=users, p=_KINDS), 0)
    is_hidden = (machine > 0) & (generator.random(users) < hides)
    visit_zone = homes.of(lives.visitor, lives.visited)
    sent_zone = homes.of(lives.sent_user, lives.sent)
    sent_at = placed(homes, sent_zone, lives.sent, np.zeros(len(lives.sent)))
    opened = lives.sent + np.maximum(lives.delay, 0)
    open_at = placed(homes, sent_zone, opened, 0.02 + (_LATEST_PART - 0.02) * generator.random(len(opened)))
    is_seen = (lives.delay != NEVER) & ~is_hidden[lives.sent_user]
    lag = np.array([0, 60 * SECOND, 8 * SECOND, 5 * MINUTE])[machine][lives.sent_user]
    at_machine = sent_at + np.maximum(3 * SECOND, (lag * generator.random(len(lag))).astype(np.int64))
    return Record(
        users=tuple(f"user-{number:06}" for number in range(users)), homes=homes,
        visitor=lives.visitor, visit_zone=visit_zone,
        visit_at=placed(homes, visit_zone, lives.visited, _LATEST_PART * generator.random(len(lives.visited))),
        sent_user=lives.sent_user, sent_zone=sent_zone, sent_at=sent_at, open_at=np.where(is_seen, open_at, NEVER),
        followed=is_seen & (lives.followed == 1), machine=machine,
        machine_at=np.where(lag > 0, at_machine, NEVER),
    )  # fmt: skip


def histories(record: Record, *, opens_say_zone: bool) -> Histories:
    """The record as all training reads it: nothing told but what events tell.

    What says no zone is read on the clock that was said last. Visits in an hour in which something of ours was opened
    are no check-ins.
    """
    said = _first_said(record, opens_say_zone=opens_say_zone)
    sent = _read_there(record, said, record.sent_at)
    delay = np.full(len(sent), NEVER)
    looked: list[Whole] = []
    for at, says in ((_quiet(record), False), (record.open_at, opens_say_zone)):
        some = at != NEVER
        hour = np.where(says, read(record.homes, record.sent_zone, at), _read_there(record, said, at))
        later = some & ((delay == NEVER) | (hour - sent < delay)) & (hour >= sent)
        delay[later] = (hour - sent)[later]
        looked.append((record.sent_user << 32 | hour)[some])
    led = record.followed
    visitor = np.concatenate([record.visitor, record.sent_user[led]])
    zone = np.concatenate([record.visit_zone, record.sent_zone[led]])
    hour = read(record.homes, zone, np.concatenate([record.visit_at, record.open_at[led] + _FOLLOWED[-1][1]]))
    own = ~np.isin(visitor << 32 | hour, np.concatenate(looked))
    group = np.zeros(len(sent), dtype=np.int64)
    columns = record.sent_user, sent, group, delay
    return histories_of(record.users, (visitor[own], hour[own]), columns, ("email marketing",))


def first_looks(record: Record) -> Whole:
    """By message the first open that passes for a human's; ``NEVER`` without one."""
    quiet = _quiet(record)
    both = np.minimum(quiet, record.open_at)
    return np.where(both == NEVER, np.maximum(quiet, record.open_at), both)


def _quiet(record: Record) -> Whole:
    """By message the open of a machine that passes for a human; ``NEVER`` without one."""
    return np.where(record.machine[record.sent_user] == QUIET, record.machine_at, NEVER)


def _first_said(record: Record, *, opens_say_zone: bool) -> Whole:
    """By user, when it was first said that they had moved; far in the future if it never was."""
    found = np.full(len(record.users), np.iinfo(np.int64).max)
    homes = record.homes
    moved = record.visit_zone != homes.before[record.visitor]
    np.minimum.at(found, record.visitor[moved], record.visit_at[moved])
    moved = (record.sent_zone != homes.before[record.sent_user]) & (record.open_at != NEVER)
    if opens_say_zone:
        np.minimum.at(found, record.sent_user[moved], record.open_at[moved])
    moved &= record.followed
    np.minimum.at(found, record.sent_user[moved], record.open_at[moved] + _FOLLOWED[-1][1])
    return found


def _read_there(record: Record, said: Whole, at: Whole) -> Whole:
    """The local hours of instants of messages, on the clock that was said last."""
    homes, user = record.homes, record.sent_user
    return read(homes, np.where(at >= said[user], homes.after[user], homes.before[user]), at)


def events(record: Record, *, opens_say_zone: bool) -> Iterator[Event]:
    """The record as the log would keep it, in the order of instants; the first of each user says where they live."""
    rows = sorted(_rows(record, opens_say_zone=opens_say_zone), key=lambda row: row[:3])
    for seq, (at, user, _, name, properties, zone) in enumerate(rows, start=1):
        yield Event(
            id=f"event-{seq}", user=record.users[user], name=name, at=at, received_at=at, seq=seq,
            properties=msgspec.json.encode(properties),
            context=msgspec.json.encode({"timezone": zone} if zone else {}),
        )  # fmt: skip


def calls(record: Record, *, opens_say_zone: bool) -> Iterator[bytes]:
    """The same as calls that analytics clients make, one in each line."""
    for each in events(record, opens_say_zone=opens_say_zone):
        track = {"type": "track", "messageId": each.id, "userId": each.user, "event": each.name, "timestamp": each.at}
        said = {"properties": msgspec.Raw(each.properties), "context": msgspec.Raw(each.context)}
        yield msgspec.json.encode({**track, **said}) + b"\n"


_Row = tuple[int, int, int, str, dict[str, object], str]
"""Instant, user, place among those of one instant, name, properties, zone."""


def _rows(record: Record, *, opens_say_zone: bool) -> Iterator[_Row]:
    zones = record.homes.names
    for user, zone in enumerate(record.homes.before.tolist()):
        yield FIRST_MONDAY - 24 * HOUR, user, 0, names.IDENTIFIED, {}, zones[zone]
    visits = zip(*(each.tolist() for each in (record.visitor, record.visit_zone, record.visit_at)), strict=True)
    for user, zone, at in visits:
        yield at, user, 2, "Product Viewed", {}, zones[zone]
    columns = (record.sent_user, record.sent_zone, record.sent_at, record.open_at, record.followed, record.machine_at)
    for user, zone, sent, opened, followed, machine in zip(*(each.tolist() for each in columns), strict=True):
        there = zones[zone] if opens_say_zone else ""
        yield sent, user, 0, names.MESSAGE_SENT, {"channel": "email"}, ""
        if machine != NEVER:
            yield _machine_row(int(record.machine[user]), user, machine, machine - sent)
        if opened != NEVER:
            yield opened, user, 1, names.EMAIL_OPENED, _open(opened - sent, "human"), there
        if followed:
            (click, later), (view, last) = _FOLLOWED
            yield opened + later, user, 1, click, _open(opened + later - sent, "human"), there
            yield opened + last, user, 2, view, {}, zones[zone]


def _machine_row(kind: int, user: int, at: int, after: int) -> _Row:
    match kind:
        case 1:
            return at, user, 1, names.EMAIL_OPENED_BY_MACHINE, _open(after, "machine"), ""
        case 2:
            return at, user, 1, names.EMAIL_OPENED, _open(after, "unsure"), ""
        case _:
            return at, user, 1, names.EMAIL_OPENED, _open(after, "human"), ""


def _open(after: int, by: str) -> dict[str, object]:
    return {"channel": "email", "by": by, "after": after}


def by_hour(record: Record) -> Numbers:
    """How many messages were opened by local hour of the week: shape (users, 168), as a naive reader counts."""
    found = np.zeros((len(record.users), 168))
    looks = first_looks(record)
    some = looks != NEVER
    hours = read(record.homes, record.sent_zone[some], looks[some])
    np.add.at(found, (record.sent_user[some], (hours + 72) % 168), 1)
    return found
