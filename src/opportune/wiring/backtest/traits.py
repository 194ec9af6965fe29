"""Files of users: a row is a user, and what else stands in it are traits, which are known before the first event.

With a column that says when, a row is heard of at that instant, as an identify call is.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from msgspec.json import encode
from msgspec.structs import replace

from opportune.errors import EventError
from opportune.events.event import Event
from opportune.events.wire import KINDS, Arrival, read
from opportune.units import Instant
from opportune.wiring.backtest.entry import Entry, at_of
from opportune.wiring.mapping import USUAL, Columns, stated_instant, stated_object

MADE: Final = "traits:"
"""How the ids of their events begin."""
UNDATED: Final[Instant] = 0
_UNDATED: Final = "1970-01-01T00:00:00.000Z"
_FAR: Final[Instant] = 1 << 52


def traits_in(cells: Mapping[str, object], columns: Columns, *, place: int, usual_user: str | None) -> Event:
    """What a row says of a user, at ``UNDATED`` if it does not say when; raises EventError.

    ``usual_user`` is the column that names users in the other files: it may do so here too.
    """
    if cells.get("type") in KINDS and "userId" in cells:
        user, at, said = _of_call(cells)
    else:
        user, at, said = _of_row(dict(cells), columns, usual_user)
    call = {"type": "identify", "userId": user, "messageId": f"{MADE}{place}", "traits": said}
    (event,) = read(encode(call | {"timestamp": _UNDATED if at in (None, "") else at}), Arrival(_FAR))
    assert isinstance(event, Event)
    return replace(event, received_at=event.at, seq=place)


def known_before(entries: Iterable[Entry], first: Instant) -> list[Entry]:
    """What was said of users before the first event of a past is history, that without an instant newest."""
    return [_as_known(each, first) if isinstance(each, Event) and at_of(each) < first else each for each in entries]


def _as_known(entry: Event, first: Instant) -> Event:
    at = max(0, first - 1) if entry.received_at == UNDATED else entry.received_at
    return replace(entry, at=at, received_at=at, stated_at=at, is_history=True)


def _of_call(cells: Mapping[str, object]) -> tuple[object, object, object]:
    if cells["type"] != "identify":
        raise EventError("unknown_type", f"a file of traits has users or identify calls in it, not {cells['type']!r}")
    return cells["userId"], cells.get("originalTimestamp") or cells.get("timestamp"), cells.get("traits")


def _of_row(rest: dict[str, object], columns: Columns, usual_user: str | None) -> tuple[object, object, object]:
    there = ", ".join(map(repr, list(rest)[:20]))
    named = columns.named.get("user")
    names = (named,) if named is not None else (usual_user or "", *USUAL["user"], "id")
    user = next((name for name in names if name in rest), None)
    if user is None:
        raise EventError("missing_user", f"no column says who it is; name one of {there} with --traits-map user=COLUMN")
    at = columns.named.get("at")
    if at is not None and at not in rest:
        raise EventError("missing_instant", f"there is no column {at!r}; there are {there}")
    who, when = rest.pop(user), None if at is None else stated_instant(rest.pop(at), columns)
    said = stated_object(rest.get("traits"))
    return who, when, {name: cell for name, cell in rest.items() if cell is not None} if said is None else said
