"""What one row says: a usual call of an analytics client by a short way, all else by the way of an import.

Nobody knows when a file's events were received, so each was as of its own instant. Both ways say the same of any row.
"""

from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Final

from msgspec.json import encode
from msgspec.structs import replace

from opportune.adapters.sources.ndjson import MOST_DEPTH
from opportune.errors import EventError
from opportune.events import names
from opportune.events.batch import DEFAULT
from opportune.events.event import Event
from opportune.events.identity import stated_id, stated_name, stated_user
from opportune.events.instants import instant_of
from opportune.events.strict_json import checked
from opportune.events.wire import KINDS, Arrival, read
from opportune.units import Instant
from opportune.wiring.backtest.entry import Entry, Linked
from opportune.wiring.mapping import Columns, call_of

_SHORT: Final = DEFAULT.call_bytes // 8
"""A line within it is no longer than a call may be, however its numbers are written."""
_FAR: Final[Instant] = 1 << 52
"""Later than any instant that can be stated."""
_SELDOM: Final = frozenset({"anonymousId", "previousId", "groupId", "name", "category", "sentAt", "originalTimestamp"})
"""What the short way leaves to the other one."""
_NONE: Final[dict[str, object]] = {}
_TOLD: Final = names.INTERNAL | {names.MESSAGE_SENT}
"""Names whose events are looked at before they are believed."""


def usual(line: bytes, place: int, now: Instant) -> Event | None:
    """The event of a usual ``track`` or ``identify`` call; None for whatever wants a closer look."""
    if len(line) > _SHORT:
        return None
    try:
        call = checked(line, depth=MOST_DEPTH)
        if type(call) is not dict or not _SELDOM.isdisjoint(call):
            return None
        id, user, stated = call.get("messageId"), call.get("userId"), call.get("timestamp")
        if not (type(id) is str and id and type(user) is str and user and type(stated) is str and stated):
            return None
        event, kind, context = call.get("event"), call.get("type"), call.get("context", _NONE)
        if kind == "track" and type(event) is str and event not in _TOLD:
            name, properties = stated_name(event, "event"), call.get("properties", _NONE)
        elif kind == "identify" and event is None:
            name, properties = names.IDENTIFIED, call.get("traits")
        else:
            return None
        at = _instant(stated)
        if type(properties) is not dict or type(context) is not dict or (not properties and kind == "identify"):
            return None
        if not 0 <= at <= now or stated_id(id, "messageId") is None or id.startswith(names.OWN_IDS):
            return None
        stated_user(user, "userId", DEFAULT.placeholders)
    except EventError:
        return None
    return Event(id, user, name, at, at, place, encode(properties), encode(context), stated_at=at)


def _instant(stated: str) -> Instant:
    """The instant that is written there; quickly if it is as clients write it, ``2026-03-01T12:00:00.000Z``."""
    part = stated[20:23]
    signs = stated[10:11] + stated[19:20] + stated[23:]
    if signs == "T.Z" and part.isdigit() and part.isascii():
        return _day(stated[:10]) + _clock(stated[11:19]) + int(part)
    return instant_of(stated, "timestamp")


@lru_cache(maxsize=4_096)
def _day(day: str) -> Instant:
    return instant_of(day, "timestamp")


@lru_cache(maxsize=86_400)
def _clock(clock: str) -> Instant:
    """Since midnight; raises EventError."""
    return instant_of(f"1970-01-01T{clock}", "timestamp")


def said_in(cells: Mapping[str, object], columns: Columns, *, place: int, now: Instant) -> Iterator[Entry]:
    """What a row says, as an import has it; raises EventError."""
    arrival = Arrival(_FAR)
    if cells.get("type") in KINDS and not columns.named:
        if "sentAt" in cells:
            received = _received(cells.get("receivedAt"))
            if received is None:  # then it is not known how wrong the client's clock was
                cells = {name: cell for name, cell in cells.items() if name != "sentAt"}
            else:
                arrival = Arrival(received)
        if not (cells.get("timestamp") or cells.get("originalTimestamp")):
            raise EventError("missing_instant", "no timestamp says when it happened")
    for number, each in enumerate(read(call_of(cells, columns), arrival)):
        happened_by(now, each.at)
        if isinstance(each, Event):
            yield replace(each, received_at=each.at, seq=place + number)
        else:
            yield Linked(each.id, each.previous, each.user, each.at, place + number)


def happened_by(now: Instant, at: Instant) -> None:
    """Raises EventError ``in_future`` for what had not happened by then, of which nothing can have come."""
    if at > now:
        raise EventError("in_future", "it happened later than now; look at the clock and the form of its instant")


def _received(stated: object) -> Instant | None:
    """When the sender of the export received the call; None if it does not say so."""
    try:
        return instant_of(stated, "receivedAt") if isinstance(stated, str) and stated else None
    except EventError:
        return None
