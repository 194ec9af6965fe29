"""From a row of somebody's file to a call as analytics clients make it: which column says what."""

from collections.abc import Mapping
from datetime import datetime
from typing import Final, Literal, TypeAlias
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from opportune.draws import hash_of
from opportune.errors import EventError
from opportune.events.batch import DEFAULT
from opportune.events.strict_json import check
from opportune.events.wire import KINDS

Field: TypeAlias = Literal["user", "anonymous", "event", "at", "id"]
USUAL: Final[dict[Field, tuple[str, ...]]] = {
    "user": ("user", "user_id", "userId", "distinct_id", "customer_id"),
    "anonymous": ("anonymous_id", "anonymousId"),
    "event": ("event", "name", "event_name", "eventName"),
    "at": ("at", "timestamp", "originalTimestamp", "time", "event_time", "created_at", "occurred_at"),
    "id": ("id", "message_id", "messageId", "insert_id", "event_id", "$insert_id"),
}
"""Names that a column of each meaning usually has; the first that a row has is taken."""
MADE: Final = "import:"
"""How the id of a row begins that states none; what follows stands for all that the row says."""


class Columns(Struct, frozen=True, kw_only=True):
    """What the author of an import says of a file."""

    named: dict[Field, str] = {}
    """Columns with names that are not usual."""
    event: str | None = None
    """The name of every row's event, where no column says it."""
    kind: Literal["track", "identify"] = "track"
    """identify: the other columns are traits."""
    form: str | None = None
    """How instants are written, as strptime has it, where they are not ISO 8601 or numbers since 1970."""
    zone: ZoneInfo | None = None
    """The zone of instants that state none; UTC without it."""


def call_of(cells: Mapping[str, object], columns: Columns) -> bytes:
    """The row as one call in JSON, its id made of what it says if it states none.

    A row that is a call already stays what it is. Raises EventError ``missing_instant`` if nothing says when, and
    ``bad_instant`` if it cannot be read, and as for any event if properties written as text cannot be taken; what else
    may be wrong, reading the call will say.
    """
    if not columns.named and cells.get("type") in KINDS and ("userId" in cells or "anonymousId" in cells):
        return _with_id(dict(cells))
    rest = dict(cells)
    found = {field: _taken(rest, field, columns) for field in USUAL}
    at = stated_instant(found["at"], columns)
    if at is None:
        raise EventError("missing_instant", _no_instant(cells, columns))
    call: dict[str, object] = {"type": columns.kind, "userId": found["user"], "timestamp": at}
    if found["anonymous"] is not None:
        call["anonymousId"] = found["anonymous"]
    if found["id"] is not None:
        call["messageId"] = found["id"]
    if columns.kind == "track":
        call["event"] = columns.event if columns.event is not None else found["event"]
    call["traits" if columns.kind == "identify" else "properties"] = _said(rest)
    context = stated_object(rest.get("context"))
    return _with_id(call | ({"context": context} if context else {}))


def _no_instant(cells: Mapping[str, object], columns: Columns) -> str:
    stated = columns.named.get("at")
    if stated in cells:
        return f"column {stated!r} does not say when it happened"
    there = ", ".join(repr(name) for name in list(cells)[:20])
    if stated is not None:
        return f"there is no column {stated!r}; there are {there}"
    if any(cells.get(name, "") is None for name in USUAL["at"]):
        return "its column does not say when it happened"
    return f"no column says when it happened; name one of {there} with --map at=COLUMN"


def _taken(rest: dict[str, object], field: Field, columns: Columns) -> object:
    """What the row says in this field; the column is no property of the event any more."""
    for name in (columns.named[field],) if field in columns.named else USUAL[field]:
        if name in rest:
            if field == "event" and columns.event is not None:
                return None
            return rest.pop(name)
    return None


def _said(rest: Mapping[str, object]) -> dict[str, object]:
    """The properties: a column of that name that holds an object, else all columns that say something."""
    stated = stated_object(rest.get("properties"))
    if stated is not None:
        return stated
    return {name: value for name, value in rest.items() if value is not None}


def stated_object(value: object) -> dict[str, object] | None:
    """The object that a cell is, or says in JSON, or None; raises EventError for one that cannot be taken."""
    if isinstance(value, str) and value.startswith("{"):
        try:
            check(value.encode(), depth=DEFAULT.depth)
        except EventError as refusal:
            if refusal.code in ("not_json", "bad_text"):
                return None
            raise
        value = msgspec.json.decode(value)
    return value if isinstance(value, dict) else None


def stated_instant(value: object, columns: Columns) -> object:
    """The instant as a call may state it; raises EventError ``bad_instant``."""
    if isinstance(value, datetime):
        return (value if value.tzinfo else value.replace(tzinfo=columns.zone or ZoneInfo("UTC"))).isoformat()
    if not isinstance(value, str) or (columns.form is None and columns.zone is None):
        return value
    try:
        read = datetime.strptime(value, columns.form) if columns.form else datetime.fromisoformat(value)
    except ValueError:
        wanted = f"as {columns.form!r} says" if columns.form else "ISO 8601"
        raise EventError("bad_instant", f"{value!r:.60} is not written {wanted}") from None
    return stated_instant(read, columns)


def _with_id(call: dict[str, object]) -> bytes:
    if call.get("messageId") in (None, ""):
        body = msgspec.json.encode(call, order="deterministic")
        call["messageId"] = MADE + hash_of("import", body.decode()).hex()
    return msgspec.json.encode(call)
